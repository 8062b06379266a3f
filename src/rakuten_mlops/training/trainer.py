"""From a snapshot of the catalogue to a candidate: a fitted pipeline and its scorecard."""

import logging
import resource
import sys
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.svm import LinearSVC

from rakuten_mlops.catalog.snapshot import Snapshot
from rakuten_mlops.errors import CatalogTooSmall
from rakuten_mlops.memory import give_back_all, give_back_large_blocks
from rakuten_mlops.training.decisions import (
    Decisions,
    DecisionScore,
    judge_decisions,
    learn_decisions,
)
from rakuten_mlops.training.folds import all_margins, fold_by_title, out_of_fold
from rakuten_mlops.training.pipeline import Parameters, build_pipeline, field_of_column
from rakuten_mlops.training.scorecard import Holdout, Scorecard
from rakuten_mlops.training.second_process import computed_beside
from rakuten_mlops.training.thresholds import Requirement
from rakuten_mlops.training.vectoriser import fit_features

# Terms of more listings than this are laid out by frequency.
RARE = 20

log = logging.getLogger(__name__)

Progress = Callable[[str, float], None]
"""Called with the step that begins and the share of the whole work that is done (0 to 1)."""


def silent(step: str, done: float) -> None:
    """Report to nobody."""


@dataclass(frozen=True)
class Candidate:
    """A trained classifier with its evidence; `seconds` is wall time by step.

    `decisions` say how sure it is and what it may decide alone; `decided` how that did on the
    holdout.
    """

    pipeline: Pipeline
    parameters: Parameters
    scorecard: Scorecard
    training_rows: int
    decisions: Decisions
    decided: DecisionScore
    seconds: dict[str, float] = field(default_factory=dict)
    peak_memory_mib: float = 0.0

    def summary(self) -> dict[str, Any]:
        """All scores, ready for JSON."""
        return self.scorecard.summary() | {"decisions": self.decided.summary()}


class Stopwatch:
    """Wall seconds by step, which may be done in parts."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Generator[None]:
        start = time.perf_counter()
        yield
        taken = self.seconds.get(name, 0.0) + time.perf_counter() - start
        self.seconds[name] = round(taken, 3)


def train(snapshot: Snapshot, parameters: Parameters, progress: Progress = silent) -> Candidate:
    """Fit on the snapshot's training rows and score on its holdout; same input, same candidate.

    Raises CatalogTooSmall where there is nothing to tell apart, or nothing to judge on.
    """
    give_back_large_blocks()
    training, kept = split(snapshot)
    rows, truth = training.height, kept["prdtypecode"].to_numpy()
    codes, designations = training["prdtypecode"].to_numpy(), training["designation"]
    watch = Stopwatch()
    pipeline = build_pipeline(parameters)
    with watch.step("vectorise"):
        progress("vectorise", 0.0)
        # Most of both is native code that lets go of the interpreter's lock.
        with ThreadPoolExecutor(1) as beside:
            folding = beside.submit(fold_by_title, designations)
            matrix, kept_matrix = fit_features(pipeline["features"], training, kept)
            folds = folding.result()
    del training, kept, designations
    classifier = pipeline["classifier"]
    with watch.step("fit"):
        progress("fit", 0.4)
        place = lay_out(matrix)
        others = partial(
            out_of_fold,
            matrix,
            codes,
            folds,
            fields=_laid_out(field_of_column(pipeline["features"]), place),
            classifier=clone(classifier),
            min_df=parameters.min_df,
        )
        give_back_all()
        categories = len(np.unique(codes))
    with computed_beside(others, (len(codes), categories)) as margins:
        with watch.step("fit"):
            classifier.fit(matrix, codes)
            restore_columns(classifier, place)
        # The folds are still being judged: what does not need them is done first.
        with watch.step("score"):
            kept_margins = all_margins(classifier, kept_matrix)
            predicted = classifier.classes_[kept_margins.argmax(axis=1)]
            scorecard = Scorecard(holdout_of(snapshot), truth, predicted)
        with watch.step("calibrate"):
            progress("calibrate", 0.75)
            decisions = learn_decisions(margins(), codes, Requirement(parameters.precision))
    with watch.step("score"):
        progress("score", 0.95)
        decided = judge_decisions(decisions, kept_margins, truth)
    log.info(
        "trained on %d rows of revision %d: macro-F1 %.4f on %d holdout rows",
        rows,
        snapshot.revision,
        scorecard.macro_f1,
        len(truth),
    )
    return Candidate(
        pipeline,
        parameters,
        scorecard,
        rows,
        decisions,
        decided,
        watch.seconds,
        peak_memory_mib(),
    )


def lay_out(matrix: sp.csr_matrix) -> NDArray[np.int32]:
    """Make a matrix what LinearSVC works on fastest, in place; return where each column went.

    What a row touches lies together in memory then, which saves a third of the time: terms of many
    listings by their frequency, and the rare ones by the first listing that holds them. Values
    become those of liblinear, which would copy them otherwise. Classifiers can be fitted on some
    rows and asked about others as the matrix is now, before `restore_columns`.
    """
    cells, columns = len(matrix.indices), matrix.shape[1]
    listings = np.bincount(matrix.indices, minlength=columns)
    first = np.empty(columns, dtype=np.int32)
    first[matrix.indices[::-1]] = np.arange(cells - 1, -1, -1, dtype=np.int32)
    order = np.argsort(np.where(listings > RARE, -listings, first), kind="stable")
    place = np.empty(columns, dtype=np.int32)
    place[order] = np.arange(columns, dtype=np.int32)
    np.take(place, matrix.indices, out=matrix.indices)
    matrix.has_sorted_indices = False
    matrix.data = matrix.data.astype(np.float64)
    return place


def _laid_out(columns: NDArray[np.int64], place: NDArray[np.int32]) -> NDArray[np.int64]:
    """What belongs to columns, in the order of `lay_out`."""
    moved = np.empty_like(columns)
    moved[place] = columns
    return moved


def restore_columns(classifier: LinearSVC, place: NDArray[np.int32]) -> None:
    """Put the coefficients of a classifier fitted on `lay_out` into the old order."""
    classifier.coef_ = classifier.coef_.T.take(place, axis=0).T


def split(snapshot: Snapshot) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows to learn from, and those kept for judging. Raises CatalogTooSmall."""
    training, kept = snapshot.training, snapshot.holdout
    categories = training["prdtypecode"].n_unique()
    if categories < 2 or kept.is_empty():
        raise CatalogTooSmall(
            f"Revision {snapshot.revision} has {training.height} labelled listings in {categories} "
            f"categories to learn from and {kept.height} to judge on; import more "
            "(`rakuten-mlops import`) or make a synthetic catalogue (`rakuten-mlops synthesize`)"
        )
    return training, kept


def holdout_of(snapshot: Snapshot) -> Holdout:
    """Name the holdout rows of a snapshot."""
    return Holdout(snapshot.revision, snapshot.holdout.height, snapshot.fingerprint)


def peak_memory_mib() -> float:
    """The most memory that this process ever held, in MiB."""
    if sys.platform == "darwin":
        return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 1)
    # Linux's getrusage counts what the process held that this one was forked from.
    status = Path("/proc/self/status").read_text().splitlines()
    peak = next(line for line in status if line.startswith("VmHWM"))
    return round(int(peak.split()[1]) / 2**10, 1)


def environment() -> dict[str, Any]:
    """Versions of what a model depends on."""
    from importlib.metadata import version

    names = ("numpy", "polars", "scikit-learn", "scipy", "skops", "rakuten-mlops")
    return {"python": sys.version.split()[0], **{name: version(name) for name in names}}
