"""Decide whether a challenger may replace the champion.

Pure: two scorecards and a gate go in, a verdict comes out.
"""

from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rakuten_mlops.errors import HoldoutMismatch
from rakuten_mlops.training.scorecard import Scorecard

RESAMPLES = 2_000


@dataclass(frozen=True, slots=True)
class Gate:
    """What a challenger must show before it serves customers."""

    min_gain: float = 0.002
    max_category_loss: float = 0.05
    confidence: float = 0.99


@dataclass(frozen=True, slots=True)
class Automation:
    """The share of holdout rows that a version accepts, and the share of these that are right.

    `precision` is None where it accepts none.
    """

    rate: float
    precision: float | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether to promote, and why; `gain` is the difference in macro-F1 with its interval.

    `gain`, `gain_low` and `gain_high` are None where nothing was compared; each bound is one-sided,
    at `confidence`. Automation decides nothing: it is said, so that whoever reads knows.
    """

    promote: bool
    reasons: tuple[str, ...]
    champion_version: str | None = None
    champion_macro_f1: float | None = None
    challenger_macro_f1: float | None = None
    gain: float | None = None
    gain_low: float | None = None
    gain_high: float | None = None
    ruined: tuple[int, ...] = ()
    confidence: float | None = None
    automation_rate: float | None = None
    champion_automation_rate: float | None = None

    def summary(self) -> dict[str, Any]:
        """The verdict, ready for JSON."""
        return {name: _plain(getattr(self, name)) for name in self.__slots__}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def judge(
    challenger: Scorecard,
    champion: Scorecard | None,
    gate: Gate,
    *,
    champion_version: str | None = None,
    seed: int = 0,
) -> Verdict:
    """Compare a challenger with the champion, if there is one, on the same holdout rows.

    The gain must reach `gate.min_gain`, and its lower bound must lie above zero: a one-sided
    percentile interval of the paired bootstrap over rows (Efron and Tibshirani 1993, chapters 13
    and 16; Koehn 2004 for the paired form). A category is ruined when its F1 falls by more than
    `gate.max_category_loss` and that fall, too, is more than noise: more standard errors of the
    same bootstrap than any of so many categories would show by chance.

    Raises HoldoutMismatch if the two were not scored on the same rows.
    """
    if champion is None:
        return Verdict(
            promote=True,
            reasons=("There is no champion yet",),
            challenger_macro_f1=challenger.macro_f1,
        )
    if challenger.holdout != champion.holdout or not np.array_equal(
        challenger.truth, champion.truth
    ):
        # A better score on an easier holdout says nothing.
        raise HoldoutMismatch(
            f"The challenger was scored on {challenger.holdout}, the champion on "
            f"{champion.holdout}; score both on the same rows"
        )
    differences = _resampled_differences(challenger, champion, seed=seed)
    gains = differences.mean(axis=1)
    low, high = np.quantile(gains, [1 - gate.confidence, gate.confidence])
    gain = challenger.macro_f1 - champion.macro_f1
    ruined = _ruined(challenger, champion, differences, gate)
    reasons = [_about_gain(gain, float(low), gate)]
    reasons += [_about_ruin(code, challenger, champion, gate) for code in ruined]
    return Verdict(
        promote=bool(gain >= gate.min_gain and low > 0 and not ruined),
        reasons=tuple(reasons),
        champion_version=champion_version,
        champion_macro_f1=champion.macro_f1,
        challenger_macro_f1=challenger.macro_f1,
        gain=gain,
        gain_low=float(low),
        gain_high=float(high),
        ruined=ruined,
        confidence=gate.confidence,
    )


def with_automation(
    verdict: Verdict, challenger: Automation, champion: Automation | None
) -> Verdict:
    """Let a verdict say how much either version would decide alone, on the same holdout rows."""
    said = f"Automation rate: {_about_automation(challenger)}"
    if champion is not None:
        said += f"; the champion's: {_about_automation(champion)}"
    return replace(
        verdict,
        reasons=(*verdict.reasons, said),
        automation_rate=challenger.rate,
        champion_automation_rate=None if champion is None else champion.rate,
    )


def _about_automation(found: Automation) -> str:
    right = "" if found.precision is None else f", {found.precision:.1%} of it right"
    return f"{found.rate:.1%}{right}"


def _about_gain(gain: float, low: float, gate: Gate) -> str:
    figures = f"macro-F1 {gain:+.4f} (at {gate.confidence:.0%} confidence at least {low:+.4f})"
    if gain >= gate.min_gain and low > 0:
        return f"Better beyond noise: {figures}"
    if gain < gate.min_gain:
        return f"Not better: {figures}, where a gain of {gate.min_gain} is asked"
    return f"Better, but it may be noise: {figures}"


def _about_ruin(code: int, challenger: Scorecard, champion: Scorecard, gate: Gate) -> str:
    before, after = champion.categories[code].f1, challenger.categories[code].f1
    return (
        f"Category {code} falls from F1 {before:.3f} to {after:.3f}, "
        f"more than {gate.max_category_loss} and more than noise"
    )


def _ruined(
    challenger: Scorecard, champion: Scorecard, differences: NDArray[np.float64], gate: Gate
) -> tuple[int, ...]:
    """Categories that fall by more than the gate allows, and by more than noise.

    Many are tested at once, so each must stand out the more (Bonferroni): with 27 categories the
    chance that noise alone condemns any of them stays below 1 - confidence.
    """
    doubt = (1 - gate.confidence) / len(champion.categories)
    noise = NormalDist().inv_cdf(1 - doubt) * differences.std(axis=0)
    falls = {
        code: champion.categories[code].f1 - challenger.categories[code].f1
        for code in champion.categories
    }
    return tuple(
        code
        for (code, fall), much in zip(falls.items(), noise.tolist(), strict=True)
        if fall > max(gate.max_category_loss, much)
    )


def _resampled_differences(
    challenger: Scorecard, champion: Scorecard, *, seed: int
) -> NDArray[np.float64]:
    """F1 of challenger less champion, per resample and category; shape (RESAMPLES, categories).

    Rows with the same truth and the same two answers are interchangeable, so drawing rows with
    replacement is drawing one multinomial over those groups.
    """
    rows = np.stack([challenger.truth, challenger.predicted, champion.predicted], axis=1)
    groups, counts = np.unique(rows, axis=0, return_counts=True)
    draws = (
        np.random.default_rng(seed)
        .multinomial(len(rows), counts / len(rows), size=RESAMPLES)
        .astype(np.float64)
    )
    codes = np.array(list(challenger.categories))
    truth = groups[:, :1] == codes
    return _f1(draws, truth, groups[:, 1:2] == codes) - _f1(draws, truth, groups[:, 2:3] == codes)


def _f1(
    draws: NDArray[np.float64], truth: NDArray[np.bool_], claimed: NDArray[np.bool_]
) -> NDArray[np.float64]:
    hits = draws @ (truth & claimed).astype(np.float64)
    total = draws @ (truth.astype(np.float64) + claimed)
    return np.divide(2 * hits, total, out=np.zeros_like(hits), where=total > 0)
