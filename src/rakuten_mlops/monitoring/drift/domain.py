"""Can a classifier tell today's listings from the reference's by their words? Pure.

If it cannot, on listings that it did not see, they are the same as far as words go (D. Lopez-Paz
and M. Oquab, Revisiting classifier two-sample tests, 2017). It is naive Bayes over words that are
there or not, which is fitted by counting: so it can be asked as often as the noise has to be known.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from rakuten_mlops.monitoring.drift.noise import Noise
from rakuten_mlops.monitoring.text_statistics import Hashes
from rakuten_mlops.monitoring.window import Floats, Sketch

FOLDS = 5
SHUFFLES = 200
# Shuffles at a time: each takes room for every word.
PIECE = 25
# Listings of the reference for each of the window: more of them tell little, and take time.
AT_MOST = 4
FEWEST = 2  # listings that hold a word
PRIOR = 1.0  # listings


@dataclass(frozen=True, eq=False)
class Domain:
    """How well today's listings are told from the reference's.

    `auc` is the area under the ROC curve, 0.5 by chance, over listings that were scored by a
    classifier that did not see them. `p` is by shuffling which listing is of which side, and a
    normal distribution fitted to what that shows (`noise`).
    """

    auc: float
    p: float
    noise: Noise

    def threshold(self, level: float) -> float:
        """The area that unchanged traffic exceeds with a probability of `level`."""
        return self._normal().inv_cdf(1 - level)

    def _normal(self) -> NormalDist:
        figures = self.noise.figures
        return NormalDist(float(figures.mean()), float(figures.std(ddof=1)) or 1e-9)


def tell_apart(reference: Sketch, current: Sketch, rng: np.random.Generator) -> Domain:
    """Let a classifier tell the listings of two sketches apart."""
    most = max(AT_MOST * len(current), 1_000)
    rows = np.arange(len(reference))
    if len(rows) > most:
        rows = np.sort(rng.choice(rows, most, replace=False))
    sketch = _join(reference.take(rows), current)
    matrix = _matrix(sketch)
    folds = _folds(sketch)
    now = np.arange(len(sketch)) >= len(rows)
    sides = np.empty((len(sketch), 1 + SHUFFLES))
    sides[:, 0] = now
    for shuffle in range(SHUFFLES):
        sides[:, 1 + shuffle] = rng.permutation(now)
    pieces = (sides[:, start : start + PIECE] for start in range(0, sides.shape[1], PIECE))
    scores = np.hstack([_scores(matrix, folds, each) for each in pieces])
    # All words count: rare ones are left out of the matrix, and are others on either side.
    scores /= np.sqrt(np.maximum(np.diff(sketch.indptr), 1))[:, None]
    areas = _areas(scores, sides)
    noise = Noise(np.sort(areas[1:]))
    spread = float(noise.figures.std(ddof=1)) or 1e-9
    p = 1 - NormalDist(float(noise.figures.mean()), spread).cdf(float(areas[0]))
    return Domain(auc=float(areas[0]), p=p, noise=noise)


def _scores(matrix: sp.csr_matrix, folds: NDArray[np.int64], sides: Floats) -> Floats:
    """Out-of-fold scores of every listing (rows,), for every way to say who is of today."""
    scores = np.empty_like(sides)
    for fold in range(FOLDS):
        own = folds == fold
        rest, of_rest = matrix[~own], sides[~own]
        now = rest.T @ of_rest
        before = np.asarray(rest.sum(axis=0)).reshape(-1, 1) - now
        # Spread over both sides by their sizes, so that a word that neither holds says nothing.
        # Never all or nothing: listings of one side that all have the same words share a fold.
        share = (of_rest.sum(axis=0) + 0.5) / (len(of_rest) + 1)
        weights = np.log((now + PRIOR * share) / share)
        weights -= np.log((before + PRIOR * (1 - share)) / (1 - share))
        scores[own] = matrix[own] @ weights
    return scores


def _areas(scores: Floats, sides: Floats) -> Floats:
    """The area under each ROC curve: the Mann-Whitney statistic, ties counting half."""
    count_now = sides.sum(axis=0)
    areas = np.empty(scores.shape[1])
    for column in range(scores.shape[1]):
        _, place, times = np.unique(scores[:, column], return_inverse=True, return_counts=True)
        ranks = (np.cumsum(times) - (times - 1) / 2)[place]
        now = count_now[column]
        total = ranks @ sides[:, column] - now * (now + 1) / 2
        areas[column] = total / (now * (len(scores) - now))
    return areas


def _join(first: Sketch, second: Sketch) -> Sketch:
    indptr = np.concatenate([first.indptr, second.indptr[1:] + first.indptr[-1]])
    return Sketch(indptr, np.concatenate([first.hashes, second.hashes]))


def _matrix(sketch: Sketch) -> sp.csr_matrix:
    """Listings by words, of the words that several listings hold."""
    words, columns, times = np.unique(sketch.hashes, return_inverse=True, return_counts=True)
    shape = len(sketch), len(words)
    values = np.ones(len(columns), dtype=np.float64)
    matrix = sp.csr_matrix((values, columns, sketch.indptr), shape=shape)
    return sp.csr_matrix(matrix[:, times >= FEWEST])


def _folds(sketch: Sketch) -> NDArray[np.int64]:
    """A fold for each listing; those of the same words are in the same one."""
    return fingerprints(sketch).astype(np.int64) % FOLDS


def fingerprints(sketch: Sketch) -> NDArray[np.uint32]:
    """A number for the set of words of each listing."""
    ends = np.zeros(len(sketch.hashes) + 1, dtype=np.uint64)
    np.cumsum(_mixed(sketch.hashes), out=ends[1:])
    sums = ends[sketch.indptr[1:]] - ends[sketch.indptr[:-1]]
    return (sums >> np.uint64(32)).astype(np.uint32)


def _mixed(hashes: Hashes) -> NDArray[np.uint64]:
    """64 bits for 32, so that sums of them are all different (Knuth, TAOCP 6.4)."""
    wide = hashes.astype(np.uint64)
    mixed = (wide + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(29)
    return mixed * np.uint64(0xBF58476D1CE4E5B9)
