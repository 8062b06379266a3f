"""What a test found, in a sentence. Pure."""

from collections.abc import Callable, Sequence

import numpy as np

from rakuten_mlops.monitoring.drift.report import (
    Bin,
    CategoryChange,
    Newcomers,
    State,
    Term,
    TestResult,
)
from rakuten_mlops.monitoring.language import NAMES, UNKNOWN
from rakuten_mlops.monitoring.window import Numbers

# The causes first: what comes later often follows from them.
ORDER = (
    "garbled",
    "language",
    "without description",
    "newcomers",
    "categories",
    "unknown words",
    "grown word",
    "title length",
    "description length",
    "confidence",
    "domain",
)


def percent(share: float) -> str:
    """A share as people write it: 41 %, and 2.4 % below ten."""
    return f"{100 * share:.1f} %" if 0 < share < 0.1 else f"{100 * share:.0f} %"


def say_kinds(name: str, bins: Sequence[Bin], changes: Sequence[CategoryChange]) -> str:
    """A sentence on a feature of kinds."""
    if name == "categories":
        return _say_categories(changes)
    if name == "language":
        return _say_language(bins)
    what = {
        "without description": "Listings without a description",
        "garbled": "Listings with garbled letters, from a wrong encoding",
    }[name]
    return f"{what}: {percent(bins[1].current)} against {percent(bins[1].reference)}"


def _say_categories(changes: Sequence[CategoryChange]) -> str:
    told = [
        f"{each.category} {'grew' if each.current > each.reference else 'shrank'} from "
        f"{percent(each.reference)} to {percent(each.current)}"
        for each in changes[:3]
    ]
    return f"Of the answers, {', '.join(told)}" if told else "Categories are answered as before"


def _say_language(bins: Sequence[Bin]) -> str:
    grown = max(range(len(bins)), key=lambda code: bins[code].current - bins[code].reference)
    one = bins[grown]
    against = f"{percent(one.current)} against {percent(one.reference)}"
    if grown == UNKNOWN:
        return f"Listings of which no language can be told: {against}"
    return f"Listings now are in {NAMES[grown]}: {against}"


def told_of(name: str, values: Numbers) -> float:
    """The figure that a sentence tells of a feature whose values are ordered."""
    middle = np.median if name in ("title length", "description length") else np.mean
    return float(middle(values))


def say_ordered(name: str, before: float, now: float) -> str:
    """A sentence on a feature whose values are ordered; `before` and `now` as `told_of` says."""
    return ORDERED[name](before, now)


def _middle(what: str) -> Callable[[float, float], str]:
    def say(old: float, new: float) -> str:
        longer = "longer" if new > old else "shorter" if new < old else "of other lengths"
        return f"{what} are {longer}: {new:.0f} characters in the middle against {old:.0f}"

    return say


def _say_confidence(old: float, new: float) -> str:
    surer = "surer" if new > old else "less sure"
    return f"The model is {surer}: {new:.2f} on average against {old:.2f}"


def _say_unknown(old: float, new: float) -> str:
    return (
        "Words that the model does not know: "
        f"{percent(new)} of a listing's on average against {percent(old)}"
    )


ORDERED = {
    "title length": _middle("Titles"),
    "description length": _middle("Descriptions"),
    "confidence": _say_confidence,
    "unknown words": _say_unknown,
}


def say_domain(auc: float, terms: Sequence[Term]) -> str:
    """A sentence on how well a classifier tells the listings apart."""
    new = f"; new or more frequent: {quoted([each.term for each in terms[:6]])}" if terms else ""
    return f"By their words, listings can be told from the reference's (AUC {auc:.2f}){new}"


def say_word(word: str | None, before: float, now: float) -> str:
    """A sentence on a word that grew; None, if nobody knows what it is."""
    told = quoted([word]) if word else "A word without a name"
    return f"{told} is in more listings: {percent(now)} against {percent(before)}"


def say_newcomers(found: Newcomers) -> str:
    """A sentence on a group unlike anything learnt."""
    return (
        f"About {percent(found.share)} of the listings, or more, are of a kind that the model has "
        f"not learnt, with words like {quoted(found.terms)}; most are put into {found.category}, "
        f"at a confidence of {found.confidence:.2f}"
    )


def quoted(words: Sequence[str]) -> str:
    """Words, apart."""
    return ", ".join(f"“{word}”" for word in words)


def headline(state: State, tests: Sequence[TestResult], newcomers: Newcomers | None) -> str:
    """The weightiest finding, or that there is none."""
    if state == "no drift":
        return "Listings are like those that the model learnt from, as far as can be told"
    return findings(tests, newcomers)[0]


def findings(tests: Sequence[TestResult], newcomers: Newcomers | None) -> tuple[str, ...]:
    """What changed, in sentences: what matters before what does not, causes before effects."""
    told = [
        (each.state != "drift", ORDER.index(each.name), each.finding)
        for each in tests
        if each.state != "no drift"
    ]
    if newcomers is not None:
        told.append((False, ORDER.index("newcomers"), say_newcomers(newcomers)))
    return tuple(sentence for *_, sentence in sorted(told))
