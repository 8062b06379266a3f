"""Where the rows for calibration may come from, each measured in a process of its own."""

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context

import numpy as np
import polars as pl
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.metrics import f1_score
from sklearn.svm import LinearSVC

from rakuten_mlops.training.calibration import Floats, Places
from rakuten_mlops.training.folds import (
    all_margins,
    fold_by_title,
    margins_by_others,
    out_of_fold,
    without_terms,
)
from rakuten_mlops.training.pipeline import Parameters, build_pipeline
from rakuten_mlops.training.trainer import peak_memory_mib
from rakuten_mlops.training.vectoriser import fit_features

TENTH = 10


@dataclass(frozen=True)
class Material:
    """Vectorised listings: what is learnt from, its titles' folds, and what is judged on."""

    matrix: sp.csr_matrix
    codes: NDArray[np.int64]
    designations: pl.Series
    fields: NDArray[np.int64]
    kept: sp.csr_matrix
    classifier: LinearSVC
    min_df: int

    def judged_by_others(self, own: NDArray[np.bool_], classifier: LinearSVC) -> Floats:
        return margins_by_others(
            self.matrix,
            self.codes,
            own,
            fields=self.fields,
            classifier=classifier,
            min_df=self.min_df,
        )


@dataclass(frozen=True)
class Evidence:
    """Margins (rows, categories) that calibration may use, and those of the holdout.

    `truth` and `kept_truth` are places of categories; `seconds` is the processor time of all
    fitting, `peak_mib` the most memory that the whole training held. `rows` (rows,) are places of
    the training rows that were used.
    """

    margins: Floats
    truth: Places
    rows: Places
    kept_margins: Floats
    kept_truth: Places
    macro_f1: float
    seconds: float
    peak_mib: float = field(default=0.0)


Source = Callable[[Material], tuple[LinearSVC, Floats, NDArray[np.int64]]]
"""Returns the classifier that would serve, and the margins of some training rows by others."""


def no_calibration(material: Material) -> tuple[LinearSVC, Floats, NDArray[np.int64]]:
    """What training costs without any."""
    served = material.classifier.fit(material.matrix, material.codes)
    return served, np.empty((0, len(served.classes_))), np.arange(0)


def a_slice(material: Material) -> tuple[LinearSVC, Floats, NDArray[np.int64]]:
    """A tenth of the training rows, which the classifier that serves never sees."""
    own = fold_by_title(material.designations, TENTH) == 0
    served = material.classifier.fit(material.matrix[~own], material.codes[~own])
    of_others = np.repeat(~own, np.diff(material.matrix.indptr))
    held = np.bincount(material.matrix.indices[of_others], minlength=material.matrix.shape[1])
    seen = without_terms(material.matrix[own], held >= material.min_df, material.fields)
    return served, all_margins(served, seen), np.flatnonzero(own)


def another_fit(material: Material) -> tuple[LinearSVC, Floats, NDArray[np.int64]]:
    """The same tenth, judged by one more classifier; the one that serves sees all rows."""
    own = fold_by_title(material.designations, TENTH) == 0
    margins = material.judged_by_others(own, clone(material.classifier))
    served = material.classifier.fit(material.matrix, material.codes)
    return served, margins, np.flatnonzero(own)


def folds_of(count: int) -> Source:
    """All rows, each judged by a classifier of the other folds; the one that serves sees all."""

    def folds(material: Material) -> tuple[LinearSVC, Floats, NDArray[np.int64]]:
        margins = out_of_fold(
            material.matrix,
            material.codes,
            fold_by_title(material.designations, count),
            fields=material.fields,
            classifier=material.classifier,
            min_df=material.min_df,
        )
        served = material.classifier.fit(material.matrix, material.codes)
        return served, margins, np.arange(len(margins))

    return folds


SOURCES: dict[str, Source] = {
    "no calibration": no_calibration,
    "a slice of 10 %": a_slice,
    "one more fit, on 90 %": another_fit,
    "2 folds": folds_of(2),
    "3 folds": folds_of(3),
    "5 folds": folds_of(5),
}


def gather(source: str, learnt: pl.DataFrame, kept: pl.DataFrame) -> Evidence:
    """Train in a fresh process, so that its time and memory are its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(measure, source, learnt, kept).result()


def measure(source: str, learnt: pl.DataFrame, kept: pl.DataFrame) -> Evidence:
    """Vectorise, fit what a source needs, and score on the holdout."""
    material = vectorise(learnt, kept)
    truth = kept["prdtypecode"].to_numpy()
    start = time.process_time()
    served, margins, rows = SOURCES[source](material)
    seconds = time.process_time() - start
    known = ~np.isnan(margins).any(axis=1)
    return Evidence(
        margins=margins[known],
        truth=np.searchsorted(served.classes_, material.codes[rows[known]]),
        rows=rows[known],
        kept_margins=all_margins(served, material.kept),
        kept_truth=np.searchsorted(served.classes_, truth),
        macro_f1=float(f1_score(truth, served.predict(material.kept), average="macro")),
        seconds=seconds,
        peak_mib=peak_memory_mib(),
    )


def vectorise(
    learnt: pl.DataFrame, kept: pl.DataFrame, codes: NDArray[np.int64] | None = None
) -> Material:
    """Make the matrices as training does, frequent terms first; `codes` replace the labels."""
    parameters = Parameters()
    pipeline = build_pipeline(parameters)
    features = pipeline["features"]
    matrix, kept_matrix = fit_features(features, learnt, kept)
    fields = np.zeros(matrix.shape[1], dtype=np.int64)
    fields[features.output_indices_["title"]] = 1
    order = np.argsort(-np.bincount(matrix.indices, minlength=matrix.shape[1]), kind="stable")
    place = np.argsort(order).astype(np.int32)
    for each in (matrix, kept_matrix):
        each.indices, each.data = place[each.indices], each.data.astype(np.float64)
    return Material(
        matrix=matrix,
        codes=learnt["prdtypecode"].to_numpy() if codes is None else codes,
        designations=learnt["designation"],
        fields=fields[order],
        kept=kept_matrix,
        classifier=pipeline["classifier"],
        min_df=parameters.min_df,
    )
