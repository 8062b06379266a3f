"""The lean scorer: from a listing's text to margins, without the libraries that trained it.

It holds the fitted pipeline's numbers in arrays of its own, of which an answer touches only the
rows of the listing's terms.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rakuten_mlops.catalog.listing import encoded_words
from rakuten_mlops.catalog.runs import run_bounds
from rakuten_mlops.serving.characters import Characters
from rakuten_mlops.serving.vocabulary import Vocabulary, number_terms
from rakuten_mlops.training.calibration import Calibration

if TYPE_CHECKING:
    # It fits, with scipy; whoever answers needs none of that.
    from rakuten_mlops.training.decisions import Decisions

FIELDS = ("text", "title", "characters")
NOT_CALIBRATED = "softmax of margins (not calibrated)"
CALIBRATED = "calibrated on rows that the classifier did not learn"
# Of a scorer without calibration: softens or sharpens the softmax, and moves no category.
TEMPERATURE = 0.15
BEST = 5

# 1 + log(times), for all but absurd times: `sublinear_tf`. No term occurs 0 times.
SUBLINEAR = (1 + np.log(np.maximum(np.arange(256), 1))).astype(np.float32)


class Guess(NamedTuple):
    """A category and how sure the scorer is of it, by `Scorer.confidence_method`."""

    prdtypecode: int
    category: str
    confidence: float


class Ranking(NamedTuple):
    """The best categories of a listing, best first: places in `Scorer.classes`, confidences."""

    places: list[int]
    confidences: list[float]


class Reason(NamedTuple):
    """What one term added to the margin of the best category, and of the second best.

    Of the field `characters` it is a word of the title as it is spelt, with what its n-grams added.
    The last is no term but the `intercept`: what the model holds against any listing.
    """

    term: str
    field: str
    for_category: float
    for_runner_up: float


class Explanation(NamedTuple):
    """Why a listing was given the best category and not the second best.

    `places` in `Scorer.classes` and `margins` of the two; `reasons` add up to both, weightiest
    first.
    """

    places: tuple[int, int]
    margins: tuple[float, float]
    reasons: list[Reason]


@dataclass(frozen=True)
class Assurance:
    """How sure a version is, and what it may decide alone: `thresholds` (categories,).

    A threshold of infinity sends every answer of its category to review.
    """

    calibration: Calibration
    thresholds: NDArray[np.float64]

    @cached_property
    def bars(self) -> list[float]:
        """The thresholds, for one listing at a time."""
        return self.thresholds.tolist()

    @cached_property
    def _rest(self) -> float:
        return float(self.calibration.rest)

    @cached_property
    def _sigmoids(self) -> list[tuple[float, float]]:
        return list(
            zip(self.calibration.slope.tolist(), self.calibration.shift.tolist(), strict=True)
        )

    def confidences(self, margins: list[float], best: list[int]) -> list[float]:
        """The probabilities of the best categories: `Calibration`, without numpy, for one row."""
        first, second = best[:2]
        slope, shift = self._sigmoids[first]
        top = margins[second]
        log_odds = slope * math.log1p(margins[first] - top) + shift
        sure = (1 + math.tanh(log_odds / 2)) / 2
        rest, exp = self._rest, math.exp
        others = [*margins[:first], top, *margins[first + 1 :]]
        shares = [exp(rest * (margin - top)) for margin in others]
        shares[first] = 0.0
        share = (1 - sure) / sum(shares)
        return [sure, *[share * shares[place] for place in best[1:]]]


@dataclass(frozen=True)
class Scorer:
    """A fitted pipeline's numbers.

    Shapes: `classes` (categories,) int64; `names` by code; `field_weights` of text and title, and
    of the title's `characters` where the pipeline learnt them; `idf` (terms,) float32; `weights`
    (terms, categories) float32, C-contiguous; `intercept` (categories,) float64. `assurance` says
    how margins become confidence, and from which on answers are accepted; without it confidence is
    not calibrated.
    """

    classes: NDArray[np.int64]
    names: Mapping[int, str]
    vocabulary: Vocabulary
    field_weights: tuple[float, ...]
    idf: NDArray[np.float32]
    weights: NDArray[np.float32]
    intercept: NDArray[np.float64]
    assurance: Assurance | None = None
    characters: Characters | None = None

    def warm(self) -> "Scorer":
        """Build the dictionaries now, so that the first answer does not wait for them."""
        self.vocabulary.warm()
        if self.characters is not None:
            self.characters.warm()
        return self

    def margins(self, designation: str, description: str = "") -> NDArray[np.float64]:
        """LinearSVC's decision function for one listing, shape (categories,)."""
        rows, values = self._features(designation, description)
        margins = values @ self.weights.take(rows, axis=0)
        margins += self.intercept
        return margins

    def predict(self, designation: str, description: str = "") -> int:
        """The category of one listing."""
        return int(self.classes[np.argmax(self.margins(designation, description))])

    def rank(self, designation: str, description: str = "") -> Ranking:
        """The best categories of one listing."""
        margins = self.margins(designation, description).tolist()
        # Of equal margins the first is the best, as it is for `argmax`.
        best = sorted(range(len(margins)), key=margins.__getitem__, reverse=True)[:BEST]
        if self.assurance is None:
            top = margins[best[0]]
            shares = [math.exp((margin - top) / TEMPERATURE) for margin in margins]
            whole = math.fsum(shares)
            return Ranking(best, [shares[place] / whole for place in best])
        return Ranking(best, self.assurance.confidences(margins, best))

    def accepts(self, rankings: Sequence[Ranking], otherwise: float) -> list[bool]:
        """Tell which answers need no person; `otherwise` is the bar where nothing is proven.

        That is so for a scorer without calibration only.
        """
        if self.assurance is None:
            return [ranking.confidences[0] >= otherwise for ranking in rankings]
        bars = self.assurance.bars
        return [confidences[0] >= bars[places[0]] for places, confidences in rankings]

    @property
    def confidence_method(self) -> str:
        """What confidence is."""
        return NOT_CALIBRATED if self.assurance is None else CALIBRATED

    def guesses(self, designation: str, description: str = "") -> list[Guess]:
        """The best categories of one listing, best first."""
        return self.name(self.rank(designation, description))

    def name(self, ranking: Ranking) -> list[Guess]:
        """A ranking with codes and names."""
        return [
            Guess(*self.labels[place], confidence)
            for place, confidence in zip(*ranking, strict=True)
        ]

    @cached_property
    def _field_ends(self) -> NDArray[np.int64]:
        """The row after the last of each field."""
        rows = [self.vocabulary.text_rows, self.vocabulary.rows, len(self.idf)]
        return np.array(rows[: len(self.field_weights)])

    @cached_property
    def labels(self) -> list[tuple[int, str]]:
        """Code and name of each category, in the order of `classes`."""
        return [(code, self.names.get(code, str(code))) for code in self.classes.tolist()]

    def explain(self, designation: str, description: str = "") -> Explanation:
        """What each term of a listing adds to the two best categories."""
        rows, values = self._features(designation, description)
        margins = values @ self.weights.take(rows, axis=0) + self.intercept
        first, second = np.argsort(-margins, kind="stable")[:2].tolist()
        parts = values[:, None] * self.weights[np.ix_(rows, [first, second])].astype(np.float64)
        of_words = rows.searchsorted(self.vocabulary.rows)
        reasons = [
            Reason(*self._term(row), *part)
            for row, part in zip(rows[:of_words], parts[:of_words].tolist(), strict=True)
        ]
        if self.characters is not None:
            spelt = self.characters.by_word(designation, rows[of_words:], parts[of_words:])
            reasons += [Reason(word, "characters", *part) for word, part in spelt]
        reasons.sort(key=lambda reason: -abs(reason.for_category - reason.for_runner_up))
        always = self.intercept[[first, second]].tolist()
        return Explanation(
            places=(first, second),
            margins=(float(margins[first]), float(margins[second])),
            reasons=[*reasons, Reason("", "intercept", *always)],
        )

    def _term(self, row: int) -> tuple[str, str]:
        field = "title" if row >= self.vocabulary.text_rows else "text"
        return self.vocabulary.term(row), field

    def _features(
        self, designation: str, description: str
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The rows of a listing's terms, and their weights: TF-IDF, each field of its length."""
        found = encoded_words(designation)
        in_title = len(found)
        if description:
            found += encoded_words(description)
        occurring = self.vocabulary.find(found, in_title)
        if self.characters is not None:
            occurring = np.concatenate([occurring, self.characters.find(designation)])
        bounds = run_bounds(occurring)
        starts = bounds[:-1]
        if len(starts) < len(occurring):
            rows = occurring.take(starts)
            values = self.idf.take(rows) * sublinear(bounds[1:] - starts)
        else:
            rows, values = occurring, self.idf.take(occurring)
        values = values.astype(np.float64)
        ends = rows.searchsorted(self._field_ends).tolist()
        start = 0
        for end, weight in zip(ends, self.field_weights, strict=True):
            field = values[start:end]
            square = field.dot(field)
            if square:
                field *= weight / math.sqrt(square)
            start = end
        return rows, values


def sublinear(times: NDArray[np.int64]) -> NDArray[np.float32]:
    """1 + log(times), of times from 1 on."""
    try:
        return SUBLINEAR.take(times)
    except IndexError:
        return (1 + np.log(times)).astype(np.float32)


def assurance_of(decisions: "Decisions") -> Assurance:
    """What serving needs of what training decided."""
    return Assurance(decisions.calibration, decisions.thresholds.values)


def compile_pipeline(
    pipeline: Any, names: Mapping[int, str], assurance: Assurance | None = None
) -> Scorer:
    """Take the numbers out of a fitted pipeline (see `training.pipeline`)."""
    features, classifier = pipeline["features"], pipeline["classifier"]
    fitted = features.named_transformers_
    fields = [name for name in FIELDS if name in fitted]
    text, title = fitted["text"], fitted["title"]
    vocabulary, of_text, of_title = number_terms(text.vocabulary_, _terms(title), text.idf_)
    columns = np.concatenate([of_text, len(text.vocabulary_) + of_title])
    characters = None
    if "characters" in fields:
        spelt = fitted["characters"]
        characters = Characters(_terms(spelt), spelt.ngram_range[1], vocabulary.rows)
        before = len(text.vocabulary_) + len(title.vocabulary_)
        columns = np.append(columns, before + np.arange(len(characters.terms)))
    classes = classifier.classes_.astype(np.int64)
    coefficients = classifier.coef_
    if len(coefficients) == 1:
        # Two categories: scikit-learn keeps the margin of the second only.
        coefficients = np.concatenate([-coefficients, coefficients])
    intercept = np.broadcast_to(classifier.intercept_, (len(classifier.intercept_),))
    if len(intercept) == 1:
        intercept = np.concatenate([-intercept, intercept])
    return Scorer(
        classes=classes,
        names={int(code): names.get(int(code), str(code)) for code in classes},
        vocabulary=vocabulary,
        field_weights=tuple(features.transformer_weights[name] for name in fields),
        idf=np.concatenate([fitted[name].idf_ for name in fields]).astype(np.float32)[columns],
        weights=np.ascontiguousarray(coefficients.astype(np.float32).T[columns]),
        intercept=np.asarray(intercept, dtype=np.float64),
        assurance=assurance,
        characters=characters,
    )


def _terms(vectoriser: Any) -> list[str]:
    """The terms of a fitted vectoriser, in the order of its columns."""
    return sorted(vectoriser.vocabulary_, key=vectoriser.vocabulary_.__getitem__)
