"""What is compared of two windows without looking at words: columns, and their bins. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rakuten_mlops.monitoring.drift.noise import Counts
from rakuten_mlops.monitoring.language import NAMES
from rakuten_mlops.monitoring.window import Floats, Numbers, Window

BINS = 20
# Listings that a feature must be about, as descriptions may be about few.
FEWEST = 30


@dataclass(frozen=True, eq=False)
class Feature:
    """A column in bins: of what is ordered (`ordered`) or of kinds; `labels` (bins,).

    `reference` and `current` (bins,) count listings; `values` are those of both, where ordered.
    """

    name: str
    title: str
    ordered: bool
    labels: tuple[str, ...]
    reference: Counts
    current: Counts
    values: tuple[Numbers, Numbers] | None = None

    @property
    def listings(self) -> int:
        """The listings of the window that the feature is about."""
        return int(self.current.sum())


def features_of(reference: Window, window: Window) -> tuple[Feature, ...]:
    """The features of a window beside those of its reference, categories first.

    One that is about too few listings of either side is left out.
    """
    before, now = _shares_unknown(reference), _shares_unknown(window)
    described, now_described = reference.description_chars > 0, window.description_chars > 0
    features = (
        _kinds("categories", "Predicted categories", reference.categories, window.categories),
        _ordered("confidence", "Confidence", reference.confidence, window.confidence),
        _ordered("title length", "Length of titles", reference.title_chars, window.title_chars),
        _ordered(
            "description length",
            "Length of descriptions",
            reference.description_chars[described],
            window.description_chars[now_described],
        ),
        _yes_or_no("without description", "Without a description", ~described, ~now_described),
        _languages(reference, window),
        _ordered("unknown words", "Words that the model does not know", before, now),
        _yes_or_no("garbled", "Garbled letters", reference.garbled, window.garbled),
    )
    return tuple(each for each in features if min(each.listings, each.reference.sum()) >= FEWEST)


def _shares_unknown(window: Window) -> Floats:
    """Share of the words of each listing that the model lacks; 1 of a listing without a word."""
    unknown = window.unknown_words / np.maximum(window.words, 1)
    return np.where(window.words == 0, 1.0, unknown)


def _ordered(name: str, title: str, before: Numbers, now: Numbers) -> Feature:
    edges = np.unique(np.quantile(before, np.linspace(0, 1, BINS + 1)[1:-1])) if len(before) else []
    labels = tuple(f"up to {edge:.3g}" for edge in edges)
    last = f"more than {edges[-1]:.3g}" if len(edges) else "all"
    return Feature(
        name,
        title,
        ordered=True,
        labels=(*labels, last),
        reference=_count(np.searchsorted(edges, before), len(edges) + 1),
        current=_count(np.searchsorted(edges, now), len(edges) + 1),
        values=(before, now),
    )


def _kinds(name: str, title: str, before: NDArray[np.int64], now: NDArray[np.int64]) -> Feature:
    codes = np.union1d(before, now)
    return Feature(
        name,
        title,
        ordered=False,
        labels=tuple(map(str, codes.tolist())),
        reference=_count(np.searchsorted(codes, before), len(codes)),
        current=_count(np.searchsorted(codes, now), len(codes)),
    )


def _languages(reference: Window, window: Window) -> Feature:
    return _named("language", "Language", NAMES, reference.language, window.language)


def _yes_or_no(name: str, title: str, before: NDArray[np.bool_], now: NDArray[np.bool_]) -> Feature:
    return _named(name, title, ("no", "yes"), before.astype(np.int64), now.astype(np.int64))


def _named(
    name: str,
    title: str,
    labels: Sequence[str],
    before: NDArray[np.int64],
    now: NDArray[np.int64],
) -> Feature:
    return Feature(
        name,
        title,
        ordered=False,
        labels=tuple(labels),
        reference=_count(before, len(labels)),
        current=_count(now, len(labels)),
    )


def _count(places: NDArray[np.int64], bins: int) -> Counts:
    return np.bincount(places, minlength=bins)
