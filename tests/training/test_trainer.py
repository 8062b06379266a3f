import os
import sys

import numpy as np
import polars as pl
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from sklearn.svm import LinearSVC

from rakuten_mlops.catalog.snapshot import Snapshot
from rakuten_mlops.errors import CatalogTooSmall
from rakuten_mlops.training.pipeline import Parameters, model_input
from rakuten_mlops.training.trainer import RARE, lay_out, restore_columns, train


def test_the_same_revision_parameters_and_seed_give_the_same_model(snapshot):
    first, second = (train(snapshot, Parameters()) for _ in range(2))

    assert np.array_equal(first.pipeline["classifier"].coef_, second.pipeline["classifier"].coef_)
    assert np.array_equal(first.scorecard.predicted, second.scorecard.predicted)


def test_the_holdout_is_never_learnt_from(snapshot, candidate):
    kept = set(snapshot.holdout["productid"])

    assert kept
    assert candidate.training_rows == snapshot.rows.height - len(kept)
    assert candidate.scorecard.holdout.rows == len(kept)


def test_a_model_on_synthetic_listings_is_good_but_not_perfect(candidate):
    assert 0.5 < candidate.scorecard.macro_f1 < 0.9


def test_every_step_is_reported_in_order_and_timed(snapshot):
    seen = []

    made = train(snapshot, Parameters(), lambda step, done: seen.append((step, done)))

    assert [step for step, _ in seen] == ["vectorise", "fit", "calibrate", "score"]
    assert [done for _, done in seen] == sorted(done for _, done in seen)
    assert set(made.seconds) == {"vectorise", "fit", "calibrate", "score"}
    assert made.peak_memory_mib > 0


def test_one_category_cannot_be_learnt(snapshot):
    one = snapshot.rows.filter(snapshot.rows["prdtypecode"] == 2583)

    with pytest.raises(CatalogTooSmall, match="1 categories"):
        train(Snapshot(1, "f", snapshot.counts, one), Parameters())


def a_matrix(seed):
    draw = np.random.default_rng(seed)
    cells = draw.random((60, 40), dtype=np.float32) * (draw.random((60, 40)) < draw.random(40) ** 3)
    cells[np.arange(40), np.arange(40)] = 0.5  # a term stands in a listing at least
    return sp.csr_matrix(cells)


@given(st.integers(0, 1_000))
def test_columns_that_are_laid_out_hold_what_they_held(seed):
    matrix = a_matrix(seed)
    laid = matrix.copy()

    place = lay_out(laid)

    assert sorted(place.tolist()) == list(range(40))
    assert np.array_equal(laid.toarray()[:, place], matrix.toarray())
    assert laid.dtype == np.float64
    listings = np.bincount(laid.indices, minlength=40)
    frequent = listings[: np.count_nonzero(listings > RARE)]
    assert (np.diff(frequent) <= 0).all()


def test_coefficients_are_put_back_to_their_columns():
    matrix = a_matrix(3)
    laid, codes = matrix.copy(), np.arange(60) % 3
    place = lay_out(laid)
    classifier = LinearSVC(random_state=0).fit(laid, codes)
    margins = classifier.decision_function(laid)

    restore_columns(classifier, place)

    assert np.allclose(classifier.decision_function(matrix), margins, atol=1e-6)


def test_the_models_text_is_plain_and_its_title_stands_apart(snapshot):
    listings = snapshot.rows.head(1).with_columns(
        designation=pl.lit("Table d&#39;Été"), description=pl.lit("<p>En bois</p>")
    )

    made = model_input(listings)

    assert made.row(0) == ("table d'ete en bois", "table d'ete")


@pytest.fixture
def one_core():
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    yield
    os.sched_setaffinity(0, cores)


@pytest.mark.skipif(sys.platform != "linux", reason="others choose no cores")
@pytest.mark.usefixtures("one_core")
def test_one_core_makes_the_same_model_and_decisions(snapshot, candidate):
    alone = train(snapshot, Parameters())

    assert np.array_equal(
        alone.pipeline["classifier"].coef_, candidate.pipeline["classifier"].coef_
    )
    assert alone.summary() == candidate.summary()
    for each, other in (
        (alone.decisions.calibration, candidate.decisions.calibration),
        (alone.decisions.thresholds, candidate.decisions.thresholds),
    ):
        assert repr(each) == repr(other)
    assert np.array_equal(alone.decided.confidence, candidate.decided.confidence)
