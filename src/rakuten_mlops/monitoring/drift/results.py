"""From what was measured to results in figures and words. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from rakuten_mlops.monitoring.drift.domain import Domain
from rakuten_mlops.monitoring.drift.features import Feature
from rakuten_mlops.monitoring.drift.grown_words import GrownWord
from rakuten_mlops.monitoring.drift.noise import (
    Noise,
    percentile_shift,
    stability_index,
    unchanged,
)
from rakuten_mlops.monitoring.drift.report import (
    Bin,
    CategoryChange,
    State,
    Term,
    TestResult,
)
from rakuten_mlops.monitoring.drift.wording import (
    say_domain,
    say_kinds,
    say_ordered,
    say_word,
    told_of,
)

# Below these a difference is not worth an alarm, however certain it is: "0.1: watch" is the usual
# reading of the index (N. Siddiqi, 2006), the others are of about its size.
FLOORS = {"PSI": 0.1, "percentile shift": 0.05, "AUC": 0.55, "growth": 0.03}
SOURCES = {
    "PSI": "population stability index (Kullback and Leibler, 1951; Siddiqi, 2006), less what "
    "unchanged windows of this size show on average",
    "percentile shift": "Wasserstein distance on the reference's percentiles (Vaserstein, 1969), "
    "less what unchanged windows of this size show on average",
    "AUC": "domain classifier, cross-validated (Lopez-Paz and Oquab, 2017)",
    "growth": "share of listings that hold the word, more than in the reference; binomial, held to "
    "all words (Przyborowski and Wilenski, 1940; Tarone, 1990)",
}


@dataclass(frozen=True, eq=False)
class Measured:
    """A feature, how much it differs, and how much that of unchanged traffic does."""

    feature: Feature
    value: float
    noise: Noise

    @property
    def p(self) -> float:
        """How often unchanged traffic differs as much."""
        return self.noise.p(self.value)


def measure(feature: Feature, rng: np.random.Generator) -> Measured:
    """Measure a feature as suits it."""
    differ = percentile_shift if feature.ordered else stability_index
    noise = unchanged(feature.reference, feature.listings, differ, rng)
    return Measured(feature, float(differ(feature.reference, feature.current)), noise)


def feature_result(
    measured: Measured,
    held: tuple[float, bool],
    changes: tuple[CategoryChange, ...],
    names: Mapping[int, str],
) -> TestResult:
    """The result of a feature; `held` is the level of its p, and whether it passed."""
    feature, noise = measured.feature, measured.noise
    level, passes = held
    kind = "percentile shift" if feature.ordered else "PSI"
    more = measured.value - noise.mean
    bins = _bins(feature, names)
    before = now = None
    if feature.values is None:
        finding = say_kinds(feature.name, bins, changes)
    else:
        before, now = (told_of(feature.name, values) for values in feature.values)
        finding = say_ordered(feature.name, before, now)
    return TestResult(
        name=feature.name,
        title=feature.title,
        measure=kind,
        value=max(0.0, more),
        noise=noise.quantile(0.95) - noise.mean,
        threshold=noise.quantile(1 - level) - noise.mean,
        floor=FLOORS[kind],
        p=measured.p,
        state=_state(passes=passes, value=more, floor=FLOORS[kind]),
        finding=finding,
        source=SOURCES[kind],
        bins=bins,
        reference=before,
        current=now,
    )


def domain_result(domain: Domain, held: tuple[float, bool], terms: tuple[Term, ...]) -> TestResult:
    """The result of the classifier."""
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


def word_result(word: GrownWord, held: tuple[float, bool], names: Mapping[int, str]) -> TestResult:
    """The result of the word that grew most clearly; `names` by hash."""
    level, passes = held
    value = word.now - word.before
    return TestResult(
        name="grown word",
        title="The word that grew most",
        measure="growth",
        value=value,
        noise=word.threshold(0.05),
        threshold=word.threshold(level),
        floor=FLOORS["growth"],
        p=word.p,
        state=_state(passes=passes, value=value, floor=FLOORS["growth"]),
        finding=say_word(names.get(word.word), word.before, word.now)
        if passes
        else "No word is more frequent than chance explains",
        source=SOURCES["growth"],
        reference=word.before,
        current=word.now,
        term=names.get(word.word),
    )


def _state(*, passes: bool, value: float, floor: float) -> State:
    if not passes:
        return "no drift"
    return "drift" if value >= floor else "watch"


def _bins(feature: Feature, names: Mapping[int, str]) -> tuple[Bin, ...]:
    before = feature.reference / max(1, feature.reference.sum())
    now = feature.current / max(1, feature.current.sum())
    labels = feature.labels
    if feature.name == "categories":
        labels = tuple(names.get(int(label), label) for label in labels)
    return tuple(map(Bin, labels, before.tolist(), now.tolist()))


def category_changes(
    feature: Feature, names: Mapping[int, str], *, rate: float
) -> tuple[CategoryChange, ...]:
    """Categories whose share changed by more than chance (two shares, Bonferroni), most first."""
    before, now = feature.reference.sum(), feature.current.sum()
    both = (feature.reference + feature.current) / (before + now)
    spread = np.sqrt(both * (1 - both) * (1 / before + 1 / now))
    gap = feature.current / now - feature.reference / before
    bar = NormalDist().inv_cdf(1 - rate / 2 / len(gap))
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
