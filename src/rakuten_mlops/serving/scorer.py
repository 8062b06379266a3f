"""The lean scorer: from a listing's text to margins, without the libraries that trained it.

It holds the fitted pipeline's numbers in arrays of its own: dictionaries from token to row, and
one C-contiguous matrix of which an answer touches only the rows of the listing's terms. A term
of several words is found by walking a trie of integers (prefix, next token), so no strings are
joined on the way.
"""

import hashlib
import json
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rakuten_mlops.catalog.listing import words
from rakuten_mlops.errors import ScorerCorrupt

FORMAT = 1
FIELDS = ("text", "title")
CONFIDENCE_METHOD = "softmax of margins (not calibrated)"
# Softens or sharpens the softmax; it moves no category. Calibration on held-out rows replaces it.
TEMPERATURE = 0.15
BEST = 5


class Guess(NamedTuple):
    """A category and how sure the scorer is of it, by `CONFIDENCE_METHOD`."""

    prdtypecode: int
    category: str
    confidence: float


class TermReason(NamedTuple):
    """What one term added to the margin of the best category, and of the second best."""

    term: str
    field: str
    for_category: float
    for_runner_up: float


@dataclass(frozen=True)
class FieldTerms:
    """The terms of one field, as rows of the scorer's arrays.

    `terms` is in row order, the first of them row `first_row`; `weight` multiplies the field.
    """

    name: str
    weight: float
    first_row: int
    terms: list[str]

    @cached_property
    def tokens(self) -> dict[str, int]:
        """Single words, by row."""
        rows = enumerate(self.terms, self.first_row)
        return {term: row for row, term in rows if " " not in term}

    @cached_property
    def trie(self) -> dict[tuple[int, int], int]:
        """Terms of several words: (row of all words but the last, row of the last) to row.

        Raises ScorerCorrupt where a term's beginning is not a term: it could never be found.
        """
        rows = {term: row for row, term in enumerate(self.terms, self.first_row)}
        trie = {}
        for term, row in rows.items():
            prefix, space, last = term.rpartition(" ")
            if space:
                try:
                    trie[rows[prefix], rows[last]] = row
                except KeyError as error:
                    raise ScorerCorrupt(f"The words of the term {term!r} are not terms") from error
        return trie

    @cached_property
    def longest(self) -> int:
        """Words in the longest term."""
        return max((term.count(" ") for term in self.terms), default=0) + 1

    def count(self, found: list[str]) -> dict[int, int]:
        """Rows of the terms that a list of words holds, and how often each occurs."""
        singles = list(map(self.tokens.get, found))
        prefixes, rows = singles, list(singles)
        for length in range(2, self.longest + 1):
            pairs = zip(prefixes, singles[length - 1 :], strict=False)
            prefixes = list(map(self.trie.get, pairs))
            rows += prefixes
        counts: dict[int | None, int] = Counter(rows)
        counts.pop(None, None)
        return counts  # ty: ignore[invalid-explicit-return] - None has just been taken out


@dataclass(frozen=True)
class Scorer:
    """A fitted pipeline's numbers.

    Shapes: `classes` (categories,) int64; `names` by code; `idf` (terms,) float32; `weights`
    (terms, categories) float32, C-contiguous; `intercept` (categories,) float64.
    """

    classes: NDArray[np.int64]
    names: Mapping[int, str]
    text: FieldTerms
    title: FieldTerms
    idf: NDArray[np.float32]
    weights: NDArray[np.float32]
    intercept: NDArray[np.float64]

    def warm(self) -> "Scorer":
        """Build the dictionaries now, so that the first answer does not wait for them."""
        for field in (self.text, self.title):
            _ = field.tokens, field.trie, field.longest
        return self

    def margins(self, designation: str, description: str = "") -> NDArray[np.float64]:
        """LinearSVC's decision function for one listing, shape (categories,)."""
        rows, values = self._features(designation, description)
        return values @ self.weights.take(rows, axis=0) + self.intercept

    def predict(self, designation: str, description: str = "") -> int:
        """The category of one listing."""
        return int(self.classes[np.argmax(self.margins(designation, description))])

    def guesses(self, designation: str, description: str = "") -> list[Guess]:
        """The best categories of one listing, best first."""
        margins = self.margins(designation, description)
        shares = np.exp((margins - margins.max()) / TEMPERATURE)
        best = (-margins).argsort(kind="stable")[:BEST]
        confidences = (shares[best] / shares.sum()).tolist()
        return [
            Guess(*self.labels[place], confidence)
            for place, confidence in zip(best.tolist(), confidences, strict=True)
        ]

    @cached_property
    def labels(self) -> list[tuple[int, str]]:
        """Code and name of each category, in the order of `classes`."""
        return [(code, self.names.get(code, str(code))) for code in self.classes.tolist()]

    def reasons(self, designation: str, description: str = "") -> list[TermReason]:
        """What each term of a listing adds to the two best categories, weightiest first."""
        rows, values = self._features(designation, description)
        best, second = np.argsort(-self.margins(designation, description), kind="stable")[:2]
        parts = values[:, None] * self.weights[np.ix_(rows, [best, second])]
        order = np.argsort(-np.abs(parts[:, 0] - parts[:, 1]), kind="stable")
        return [TermReason(*self._term(rows[place]), *map(float, parts[place])) for place in order]

    def _term(self, row: int) -> tuple[str, str]:
        field = self.title if row >= self.title.first_row else self.text
        return field.terms[row - field.first_row], field.name

    def _features(
        self, designation: str, description: str
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The rows of a listing's terms, and their weights: TF-IDF, each field of its length."""
        title = words(designation)
        in_text = self.text.count(title + words(description) if description else title)
        in_title = self.title.count(title)
        rows = np.array([*in_text, *in_title], dtype=np.int64)
        times = np.array([*in_text.values(), *in_title.values()], dtype=np.float64)
        values = (1.0 + np.log(times)) * self.idf.take(rows)
        cut = len(in_text)
        for field, place in ((self.text, slice(cut)), (self.title, slice(cut, None))):
            square = values[place].dot(values[place])
            if square:
                values[place] *= field.weight / math.sqrt(square)
        return rows, values


def compile_pipeline(pipeline: Any, names: Mapping[int, str]) -> Scorer:
    """Take the numbers out of a fitted pipeline (see `training.pipeline`)."""
    features, classifier = pipeline["features"], pipeline["classifier"]
    fitted = [features.named_transformers_[name] for name in FIELDS]
    terms = [sorted(each.vocabulary_, key=each.vocabulary_.__getitem__) for each in fitted]
    text, title = (
        FieldTerms(name, features.transformer_weights[name], first, held)
        for name, first, held in zip(FIELDS, (0, len(terms[0])), terms, strict=True)
    )
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
        text=text,
        title=title,
        idf=np.concatenate([each.idf_ for each in fitted]).astype(np.float32),
        weights=np.ascontiguousarray(coefficients.T, dtype=np.float32),
        intercept=np.asarray(intercept, dtype=np.float64),
    )


ARRAYS = ("classes", "idf", "weights", "intercept")


def save(scorer: Scorer, folder: Path) -> Path:
    """Write a scorer as arrays, a list of terms, and a manifest with their checksums."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ARRAYS:
        np.save(folder / f"{name}.npy", getattr(scorer, name), allow_pickle=False)
    terms = scorer.text.terms + scorer.title.terms
    (folder / "terms.txt").write_text("\n".join(terms), encoding="utf-8")
    manifest = {
        "format": FORMAT,
        "names": {str(code): name for code, name in scorer.names.items()},
        "fields": {
            field.name: {"weight": field.weight, "terms": len(field.terms)}
            for field in (scorer.text, scorer.title)
        },
        "sha256": {file: _sha256(folder / file) for file in _files()},
    }
    text = json.dumps(manifest, indent=2, ensure_ascii=False)
    (folder / "scorer.json").write_text(text, encoding="utf-8")
    return folder


def load(folder: Path) -> Scorer:
    """Read a scorer, after checking every file; nothing in it is executed.

    Raises ScorerCorrupt if a file is missing, was changed, or is of another format.
    """
    try:
        manifest = json.loads((folder / "scorer.json").read_text(encoding="utf-8"))
        if manifest["format"] != FORMAT:
            raise ScorerCorrupt(f"{folder} is of format {manifest['format']}, not {FORMAT}")
        for file in _files():
            if _sha256(folder / file) != manifest["sha256"][file]:
                raise ScorerCorrupt(f"{folder / file} does not match its checksum; fetch it again")
        arrays = {name: np.load(folder / f"{name}.npy", allow_pickle=False) for name in ARRAYS}
        terms = (folder / "terms.txt").read_text(encoding="utf-8").split("\n")
    except (OSError, KeyError, ValueError) as error:
        raise ScorerCorrupt(f"{folder} holds no complete scorer: {error}") from error
    cut = manifest["fields"]["text"]["terms"]
    return Scorer(
        names={int(code): name for code, name in manifest["names"].items()},
        text=FieldTerms("text", manifest["fields"]["text"]["weight"], 0, terms[:cut]),
        title=FieldTerms("title", manifest["fields"]["title"]["weight"], cut, terms[cut:]),
        **arrays,
    )


def _files() -> list[str]:
    return [*(f"{name}.npy" for name in ARRAYS), "terms.txt"]


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
