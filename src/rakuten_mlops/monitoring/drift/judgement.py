"""Judge a window of traffic against the reference of the version that answered it. Pure.

Every test asks the same: does the window differ from the reference by more than windows of
unchanged traffic do (`noise`)? The answers are held to one rate of false alarms together. A
difference that is more than noise is `drift` where it matters in practice, and `watch` below.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from rakuten_mlops.monitoring.drift.accuracy import estimate_accuracy, with_newcomers
from rakuten_mlops.monitoring.drift.domain import fingerprints, tell_apart
from rakuten_mlops.monitoring.drift.features import features_of
from rakuten_mlops.monitoring.drift.grown_words import most_grown
from rakuten_mlops.monitoring.drift.newcomers import find_newcomers
from rakuten_mlops.monitoring.drift.noise import hold
from rakuten_mlops.monitoring.drift.report import DriftReport, Newcomers, State, TestResult
from rakuten_mlops.monitoring.drift.results import (
    category_changes,
    domain_result,
    feature_result,
    measure,
    word_result,
)
from rakuten_mlops.monitoring.drift.terms import WordCounts, changed_terms, count_words
from rakuten_mlops.monitoring.drift.wording import findings, headline
from rakuten_mlops.monitoring.reference import Reference
from rakuten_mlops.monitoring.window import Window

FALSE_ALARM_RATE = 0.01
# Different listings, of the window and of the reference, below which nothing is said.
FEWEST = 100
TERMS = 20
# Where one of these changed, new words are no sign of a new kind of listing.
WORDS_CHANGE_TOO = frozenset({"garbled", "language"})


@dataclass(frozen=True, slots=True)
class Names:
    """What codes of categories and hashes of words mean."""

    categories: Mapping[int, str]
    words: Mapping[int, str]


def judge_window(
    reference: Reference,
    window: Window,
    names: Names,
    *,
    at: datetime | None = None,
    rate: float = FALSE_ALARM_RATE,
    seed: int = 0,
) -> DriftReport:
    """Report how a window differs from the reference, and how often its answers are right.

    The same input gives the same report. Listings that are there several times count once.
    """
    kept, known = distinct(window), reference.take(distinct(reference.window))
    report = DriftReport(
        at=at or datetime.now(UTC),
        version=window.version,
        state="too few listings",
        headline=f"{len(kept)} different listings are too few to judge; {FEWEST} are needed",
        since=_moment(window.at.min()) if len(window) else None,
        until=_moment(window.at.max()) if len(window) else None,
        listings=len(kept),
        repeated=len(window) - len(kept),
        reference_listings=len(known.window),
        reference=reference.source,
        false_alarm_rate=rate,
    )
    if len(known.window) < FEWEST:
        few = f"The reference holds {len(known.window)} different listings, fewer than {FEWEST}"
        return replace(report, headline=few)
    if len(kept) < FEWEST:
        return report
    return _judge(report, known, window.take(kept), names, np.random.default_rng(seed))


def distinct(window: Window) -> NDArray[np.int64]:
    """The rows of listings that are not the same as an earlier one."""
    keys = np.column_stack(
        [
            fingerprints(window.sketch).astype(np.int64),
            window.title_chars,
            window.description_chars,
        ]
    )
    _, first = np.unique(keys, axis=0, return_index=True)
    return np.sort(first)


def _judge(
    report: DriftReport,
    known: Reference,
    window: Window,
    names: Names,
    rng: np.random.Generator,
) -> DriftReport:
    before = known.window
    measured = [measure(feature, rng) for feature in features_of(before, window)]
    domain = tell_apart(before.sketch, window.sketch, rng)
    counts = count_words(before.sketch, window.sketch)
    word = most_grown(counts)
    ps = [*(each.p for each in measured), domain.p, *([word.p] if word else [])]
    held = hold(ps, report.false_alarm_rate)
    names = replace(names, words=dict(known.words) | dict(names.words))
    terms, gone = changed_terms(counts, names.words, most=TERMS)
    changes = category_changes(measured[0].feature, names.categories, rate=report.false_alarm_rate)
    tests = (
        *(
            feature_result(each, level, changes, names.categories)
            for each, level in zip(measured, held, strict=False)
        ),
        domain_result(domain, held[len(measured)], terms),
        *([word_result(word, held[-1], names.words)] if word else []),
    )
    newcomers = _newcomers(tests, before, window, counts, names)
    # What nobody learnt matters, however small the difference that showed it.
    state = "drift" if newcomers else overall(tests)
    moved = any(each.state != "no drift" for each in tests[len(measured) :])
    return replace(
        report,
        state=state,
        headline=headline(state, tests, newcomers),
        tests=tests,
        findings=findings(tests, newcomers),
        categories=changes if tests[0].state != "no drift" else (),
        terms=terms if moved else (),
        gone=gone if moved else (),
        newcomers=newcomers,
        accuracy=with_newcomers(estimate_accuracy(before, known.right, window), newcomers),
    )


def _newcomers(
    tests: tuple[TestResult, ...],
    before: Window,
    window: Window,
    counts: WordCounts,
    names: Names,
) -> Newcomers | None:
    """Newcomers are looked for once a test says that something changed: they raise no alarm."""
    if overall(tests) == "no drift":
        return None
    if any(each.state == "drift" and each.name in WORDS_CHANGE_TOO for each in tests):
        return None
    return find_newcomers(before, window, counts, words=names.words, categories=names.categories)


def overall(tests: tuple[TestResult, ...]) -> State:
    """The gravest state of any test."""
    found = {each.state for each in tests}
    return "drift" if "drift" in found else "watch" if "watch" in found else "no drift"


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(float(seconds), UTC)
