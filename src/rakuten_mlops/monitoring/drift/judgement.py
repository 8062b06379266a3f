"""Judge a window of traffic against the reference of the version that answered it. Pure.

Every test asks the same: does the window differ from the reference by more than windows of
unchanged traffic do (`noise`)? The answers are held to one rate of false alarms together. A
difference that is more than noise is `drift` where it matters in practice, and `watch` below.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from rakuten_mlops.monitoring.drift.accuracy import estimate_accuracy
from rakuten_mlops.monitoring.drift.domain import Domain, fingerprints, tell_apart
from rakuten_mlops.monitoring.drift.features import Feature, features_of
from rakuten_mlops.monitoring.drift.newcomers import find_newcomers
from rakuten_mlops.monitoring.drift.noise import (
    Measure,
    Noise,
    hold,
    percentile_shift,
    stability_index,
    unchanged,
)
from rakuten_mlops.monitoring.drift.report import (
    Bin,
    CategoryChange,
    DriftReport,
    State,
    Term,
    TestResult,
)
from rakuten_mlops.monitoring.drift.terms import changed_terms, count_words
from rakuten_mlops.monitoring.drift.wording import (
    findings,
    headline,
    say_domain,
    say_kinds,
    say_ordered,
)
from rakuten_mlops.monitoring.reference import Reference
from rakuten_mlops.monitoring.window import Window

FALSE_ALARM_RATE = 0.01
# Different listings, of the window and of the reference, below which nothing is said.
FEWEST = 100
# Below these a difference is not worth an alarm, however certain it is: "0.1: watch" is the usual
# reading of the index (N. Siddiqi, 2006), the others are of about its size.
FLOORS = {"PSI": 0.1, "percentile shift": 0.05, "AUC": 0.55}
SOURCES = {
    "PSI": "population stability index (Kullback and Leibler, 1951; Siddiqi, 2006), less what "
    "unchanged windows of this size show on average",
    "percentile shift": "Wasserstein distance on the reference's percentiles (Vaserstein, 1969), "
    "less what unchanged windows of this size show on average",
    "AUC": "domain classifier, cross-validated (Lopez-Paz and Oquab, 2017)",
}
TERMS = 20
# Where one of these changed, new words are no sign of a new kind of listing.
WORDS_CHANGE_TOO = ("garbled", "language")


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
    features = features_of(before, window)
    noises = [unchanged(each.reference, each.listings, _measure(each), rng) for each in features]
    values = [float(_measure(each)(each.reference, each.current)) for each in features]
    domain = tell_apart(before.sketch, window.sketch, rng)
    ps = [noise.p(value) for noise, value in zip(noises, values, strict=True)]
    held = hold([*ps, domain.p], report.false_alarm_rate)
    words = dict(known.words) | dict(names.words)
    terms, gone = changed_terms(count_words(before.sketch, window.sketch), words, most=TERMS)
    changes = _category_changes(features[0], names.categories)
    tests = tuple(
        _feature_result(feature, value, noise, level, changes, names)
        for feature, value, noise, level in zip(features, values, noises, held, strict=False)
    )
    told_apart = _domain_result(domain, held[-1], terms)
    newcomers = None
    explained = any(each.state == "drift" for each in tests if each.name in WORDS_CHANGE_TOO)
    if told_apart.state == "drift" and not explained:
        newcomers = find_newcomers(before, window, domain, words=words, categories=names.categories)
    tests = (*tests, told_apart)
    state = overall(tests)
    return replace(
        report,
        state=state,
        headline=headline(state, tests, newcomers),
        tests=tests,
        findings=findings(tests, newcomers),
        categories=changes if tests[0].state != "no drift" else (),
        terms=terms if told_apart.state != "no drift" else (),
        gone=gone if told_apart.state != "no drift" else (),
        newcomers=newcomers,
        accuracy=estimate_accuracy(before, known.right, window),
    )


def overall(tests: tuple[TestResult, ...]) -> State:
    """The gravest state of any test."""
    found = {each.state for each in tests}
    return "drift" if "drift" in found else "watch" if "watch" in found else "no drift"


def _measure(feature: Feature) -> Measure:
    return percentile_shift if feature.ordered else stability_index


def _feature_result(
    feature: Feature,
    value: float,
    noise: Noise,
    held: tuple[float, bool],
    changes: tuple[CategoryChange, ...],
    names: Names,
) -> TestResult:
    level, passes = held
    kind = "percentile shift" if feature.ordered else "PSI"
    more = value - noise.mean
    bins = _bins(feature, names)
    if feature.values is None:
        finding = say_kinds(feature.name, bins, changes)
    else:
        finding = say_ordered(feature.name, *feature.values)
    return TestResult(
        name=feature.name,
        title=feature.title,
        measure=kind,
        value=max(0.0, more),
        noise=noise.quantile(0.95) - noise.mean,
        threshold=noise.quantile(1 - level) - noise.mean,
        floor=FLOORS[kind],
        p=noise.p(value),
        state=_state(passes=passes, value=more, floor=FLOORS[kind]),
        finding=finding,
        source=SOURCES[kind],
        bins=bins,
    )


def _domain_result(domain: Domain, held: tuple[float, bool], terms: tuple[Term, ...]) -> TestResult:
    level, passes = held
    return TestResult(
        name="domain",
        title="Words as a whole",
        measure="AUC",
        value=domain.auc,
        noise=domain.threshold(0.05),
        threshold=domain.threshold(level),
        floor=FLOORS["AUC"],
        p=domain.p,
        state=_state(passes=passes, value=domain.auc, floor=FLOORS["AUC"]),
        finding=say_domain(domain.auc, terms)
        if passes
        else f"By their words, listings cannot be told from the reference's (AUC {domain.auc:.2f})",
        source=SOURCES["AUC"],
    )


def _state(*, passes: bool, value: float, floor: float) -> State:
    if not passes:
        return "no drift"
    return "drift" if value >= floor else "watch"


def _bins(feature: Feature, names: Names) -> tuple[Bin, ...]:
    before = feature.reference / max(1, feature.reference.sum())
    now = feature.current / max(1, feature.current.sum())
    labels = feature.labels
    if feature.name == "categories":
        labels = tuple(names.categories.get(int(label), label) for label in labels)
    return tuple(map(Bin, labels, before.tolist(), now.tolist()))


def _category_changes(feature: Feature, names: Mapping[int, str]) -> tuple[CategoryChange, ...]:
    """Categories whose share changed by more than chance (two shares, Bonferroni), most first."""
    before, now = feature.reference.sum(), feature.current.sum()
    both = (feature.reference + feature.current) / (before + now)
    spread = np.sqrt(both * (1 - both) * (1 / before + 1 / now))
    gap = feature.current / now - feature.reference / before
    bar = NormalDist().inv_cdf(1 - FALSE_ALARM_RATE / 2 / len(gap))
    places = np.flatnonzero(np.abs(gap) > bar * spread)
    places = places[np.argsort(-np.abs(gap[places]), kind="stable")]
    return tuple(
        CategoryChange(
            prdtypecode=int(feature.labels[place]),
            category=names.get(int(feature.labels[place]), feature.labels[place]),
            reference=float(feature.reference[place] / before),
            current=float(feature.current[place] / now),
        )
        for place in places.tolist()
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(float(seconds), UTC)
