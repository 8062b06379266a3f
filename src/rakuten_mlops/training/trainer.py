"""From a snapshot of the catalogue to a candidate: a fitted pipeline and its scorecard."""

import logging
import resource
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import scipy.sparse as sp
from sklearn.pipeline import Pipeline
from sklearn.svm import LinearSVC

from rakuten_mlops.catalog.snapshot import Snapshot
from rakuten_mlops.errors import CatalogTooSmall
from rakuten_mlops.training.pipeline import Parameters, build_pipeline
from rakuten_mlops.training.scorecard import Codes, Holdout, Scorecard
from rakuten_mlops.training.vectoriser import fit_features

log = logging.getLogger(__name__)

Progress = Callable[[str, float], None]
"""Called with the step that begins and the share of the whole work that is done (0 to 1)."""


def silent(step: str, done: float) -> None:
    """Report to nobody."""


@dataclass(frozen=True)
class Candidate:
    """A trained classifier with its evidence; `seconds` is wall time by step."""

    pipeline: Pipeline
    parameters: Parameters
    scorecard: Scorecard
    training_rows: int
    seconds: dict[str, float] = field(default_factory=dict)
    peak_memory_mib: float = 0.0


class Stopwatch:
    """Wall seconds by step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Generator[None]:
        start = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - start, 3)


def train(snapshot: Snapshot, parameters: Parameters, progress: Progress = silent) -> Candidate:
    """Fit on the snapshot's training rows and score on its holdout; same input, same candidate.

    Raises CatalogTooSmall where there is nothing to tell apart, or nothing to judge on.
    """
    training, kept = split(snapshot)
    watch = Stopwatch()
    pipeline = build_pipeline(parameters)
    with watch.step("vectorise"):
        progress("vectorise", 0.0)
        matrix, kept_matrix = fit_features(pipeline["features"], training, kept)
    with watch.step("fit"):
        progress("fit", 0.4)
        fit_classifier(pipeline["classifier"], matrix, training["prdtypecode"].to_numpy())
    with watch.step("score"):
        progress("score", 0.95)
        predicted = pipeline["classifier"].predict(kept_matrix)
    scorecard = Scorecard(holdout_of(snapshot), kept["prdtypecode"].to_numpy(), predicted)
    log.info(
        "trained on %d rows of revision %d: macro-F1 %.4f on %d holdout rows",
        training.height,
        snapshot.revision,
        scorecard.macro_f1,
        kept.height,
    )
    return Candidate(
        pipeline, parameters, scorecard, training.height, watch.seconds, peak_memory_mib()
    )


def fit_classifier(classifier: LinearSVC, matrix: sp.csr_matrix, codes: Codes) -> None:
    """Fit a LinearSVC, the frequent terms side by side in memory; that saves a quarter of the time.

    The coefficients come out in the order of the matrix's columns; the matrix itself is used up:
    a copy of it would be the largest thing in memory.
    """
    order = np.argsort(-np.bincount(matrix.indices, minlength=matrix.shape[1]), kind="stable")
    place = np.empty(len(order), dtype=np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    matrix.indices = place[matrix.indices]
    matrix.data = matrix.data.astype(np.float64)
    classifier.fit(matrix, codes)
    classifier.coef_ = classifier.coef_[:, place]


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
