"""Margins of training rows, each from a classifier that did not learn it: out-of-fold.

They tell how sure the model may be (`calibration`), what it may decide alone (`thresholds`) and
which labels look wrong (`label_noise`), and cost it not a single training row.
"""

import hashlib
from collections.abc import Iterator

import numpy as np
import polars as pl
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.svm import LinearSVC

from rakuten_mlops.catalog.text_columns import plain_column
from rakuten_mlops.memory import give_back_all
from rakuten_mlops.training.calibration import Flags, Floats, Places
from rakuten_mlops.training.scorecard import Codes

FOLDS = 2
# What `holdout.title_key` finds, said so that Rust's regular expressions understand the same by it.
LETTERS = r"[\p{L}\p{Nl}\p{No}]{2,}"
PIECE = 2_048


def fold_by_title(designations: pl.Series, folds: int = FOLDS) -> NDArray[np.int64]:
    """Return the fold of each listing, from 0, shape (rows,).

    As for the holdout, near-copies of a title fall into one fold, and a listing never changes its
    fold; the two memberships know nothing of each other.
    """
    digests = (
        hashlib.blake2b(key.encode(), digest_size=8, salt=b"fold").digest()
        for key in title_keys(designations)
    )
    return (np.frombuffer(b"".join(digests), dtype=">u8") % folds).astype(np.int64)


def title_keys(designations: pl.Series) -> Iterator[str]:
    """Give `holdout.title_key` of each title of a column."""
    for start in range(0, len(designations), PIECE):
        titles = plain_column(designations.slice(start, PIECE))
        words = titles.str.extract_all(LETTERS)
        for title, found in zip(titles.to_list(), words.to_list(), strict=True):
            yield " ".join(sorted(set(found))) or title


def out_of_fold(
    matrix: sp.csr_matrix,
    codes: Codes,
    folds: NDArray[np.int64],
    *,
    fields: NDArray[np.int64],
    classifier: LinearSVC,
    min_df: int,
) -> Floats:
    """Return each row's margins by a classifier of the other folds, shape (rows, categories).

    See `margins_by_others`; `classifier` itself is left as it is.
    """
    # Put together last: the rows of a fold lie all over it, and while others are fitted every MiB
    # adds to the peak.
    parts = {
        fold: margins_by_others(
            matrix, codes, folds == fold, fields=fields, classifier=clone(classifier), min_df=min_df
        )
        for fold in np.unique(folds).tolist()
    }
    margins = np.empty((len(codes), len(np.unique(codes))))
    for fold, part in parts.items():
        margins[folds == fold] = part
    return margins


def margins_by_others(
    matrix: sp.csr_matrix,
    codes: Codes,
    own: Flags,
    *,
    fields: NDArray[np.int64],
    classifier: LinearSVC,
    min_df: int,
) -> Floats:
    """Fit a classifier on all rows but `own` (rows,); return the margins of those.

    `matrix` (rows, terms) is TF-IDF; `fields` (terms,) says of which field each term is. Terms that
    fewer than `min_df` of the others hold are dropped, and the fields keep their length: to the
    classifier they are unknown, as so many terms of a new listing are to the model. Margins are of
    shape (own rows, categories), in ascending order of the categories of `codes`: -inf for one that
    the others lack, and NaN all over where they hold fewer than two, or no term.
    """
    categories, others = np.unique(codes), codes[~own]
    shape = np.count_nonzero(own), len(categories)
    of_others = np.repeat(~own, np.diff(matrix.indptr))
    known = np.bincount(matrix.indices[of_others], minlength=matrix.shape[1]) >= min_df
    if len(np.unique(others)) < 2 or not known.any():
        return np.full(shape, np.nan)
    del of_others
    learnt = sp.vstack(list(known_pieces(matrix, np.flatnonzero(~own), known, fields)), "csr")
    give_back_all()
    classifier.fit(learnt, others)
    del learnt
    columns = np.searchsorted(categories, classifier.classes_)
    margins = np.full(shape, -np.inf)
    start = 0
    for piece in known_pieces(matrix, np.flatnonzero(own), known, fields):
        margins[start : start + piece.shape[0], columns] = all_margins(classifier, piece)
        start += piece.shape[0]
    return margins


def known_pieces(
    matrix: sp.csr_matrix, rows: Places, known: Flags, fields: NDArray[np.int64]
) -> Iterator[sp.csr_matrix]:
    """Give the known terms of some rows, thousands of rows at a time; see `without_terms`."""
    for start in range(0, len(rows), PIECE):
        seen = without_terms(matrix[rows[start : start + PIECE]], known, fields)
        yield _columns(seen, known)


def _columns(matrix: sp.csr_matrix, chosen: Flags) -> sp.csr_matrix:
    """The chosen columns (columns,) of a matrix, in the order in which its rows hold them.

    scipy's own choice of columns takes five times as long.
    """
    place = np.cumsum(chosen, dtype=np.int32) - np.int32(1)
    cells = chosen[matrix.indices]
    ends = np.concatenate([[0], np.cumsum(cells, dtype=np.int32)])[matrix.indptr]
    parts = matrix.data[cells], place[matrix.indices[cells]], ends
    return sp.csr_matrix(parts, shape=(matrix.shape[0], np.count_nonzero(chosen)))


def without_terms(matrix: sp.csr_matrix, known: Flags, fields: NDArray[np.int64]) -> sp.csr_matrix:
    """Drop the terms that are not `known` (terms,); the fields of each row keep their length.

    The matrix is changed, and returned. A field that loses all its terms becomes empty.
    """
    kept = known[matrix.indices]
    if kept.all():
        return matrix
    count = fields.max(initial=0) + 1
    cell = np.repeat(np.arange(matrix.shape[0]) * count, np.diff(matrix.indptr))
    cell += fields[matrix.indices]
    size = matrix.shape[0] * count
    squares = np.square(matrix.data)
    before = np.bincount(cell, squares, minlength=size)
    after = np.bincount(cell, squares * kept, minlength=size)
    stretch = np.sqrt(np.divide(before, after, out=np.zeros(size), where=after > 0))
    matrix.data *= stretch[cell] * kept
    return matrix


def all_margins(classifier: LinearSVC, matrix: sp.csr_matrix) -> Floats:
    """Return the margin of every category, shape (rows, categories), also where there are two."""
    margins = classifier.decision_function(matrix)
    return np.column_stack([-margins, margins]) if margins.ndim == 1 else margins
