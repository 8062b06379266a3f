from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rakuten_mlops.catalog.snapshot import Snapshot
from rakuten_mlops.serving.bulk import BulkScorer
from rakuten_mlops.serving.scorer import Assurance, compile_pipeline
from rakuten_mlops.training.calibration import Calibration
from rakuten_mlops.training.pipeline import Parameters
from rakuten_mlops.training.trainer import train

known = st.characters(exclude_categories=("Cs", "Cn"))
texts = st.text(known, max_size=80) | st.sampled_from(["", "piscine ronde", "lot de 3 jeux ps4"])


def columns(listings):
    frame = pl.DataFrame(listings, schema={"designation": str, "description": str}, orient="row")
    return frame["designation"], frame["description"]


def test_columns_get_the_categories_of_one_by_one(scorer, snapshot):
    listings = snapshot.rows.select("designation", "description").rows()

    margins = BulkScorer(scorer).margins(*columns(listings))

    expected = np.array([scorer.margins(*listing) for listing in listings])
    assert np.array_equal(margins.argmax(axis=1), expected.argmax(axis=1))
    assert np.abs(margins - expected).max() < 1e-5


@settings(max_examples=40)
@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=12))
def test_any_column_gets_the_margins_of_one_by_one(scorer, listings):
    margins = BulkScorer(scorer).margins(*columns(listings))

    expected = [scorer.margins(*listing) for listing in listings]
    assert margins == pytest.approx(np.array(expected), abs=1e-5)


def test_rankings_are_those_of_one_by_one(scorer, snapshot):
    listings = snapshot.rows.select("designation", "description").head(100).rows()

    for together, listing in zip(BulkScorer(scorer).rank(listings), listings, strict=True):
        alone = scorer.rank(*listing)
        assert together.places[0] == alone.places[0]
        assert together.confidences == pytest.approx(alone.confidences, abs=1e-4)


@settings(max_examples=40)
@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=12))
def test_words_cut_by_python_and_by_columns_rank_alike(scorer, listings):
    bulk = BulkScorer(scorer)

    by_columns = bulk.best(*columns(listings), count=5)

    for one, places, confidences in zip(bulk.rank(listings), *by_columns, strict=True):
        assert one.places[0] == places[0]
        assert one.confidences == pytest.approx(confidences.tolist(), abs=1e-4)


def test_a_tie_is_settled_as_one_by_one(scorer):
    listings = [("", ""), ("zzzz", ""), ("piscine", "")]

    margins = BulkScorer(scorer, tie=np.inf).margins(*columns(listings))

    exact = [scorer.predict(*listing) for listing in listings]
    assert scorer.classes[margins.argmax(axis=1)].tolist() == exact


def test_terms_of_three_words_are_found(snapshot):
    few = Snapshot(1, "f", snapshot.counts, snapshot.rows.head(600))
    scorer = compile_pipeline(train(few, Parameters(ngram_max=3)).pipeline, {})
    listings = few.rows.select("designation", "description").rows()

    margins = BulkScorer(scorer).margins(*columns(listings))

    expected = np.array([scorer.margins(*listing) for listing in listings])
    assert np.abs(margins - expected).max() < 1e-5


def test_no_listing_gives_no_margin(scorer):
    assert BulkScorer(scorer).margins(*columns([])).shape == (0, len(scorer.classes))


def test_calibrated_confidence_is_the_same_together_and_alone(scorer, snapshot):
    categories = len(scorer.classes)
    calibration = Calibration(np.full(categories, 4.0), np.linspace(-2, 0, categories), 7.0)
    sure = replace(scorer, assurance=Assurance(calibration, np.full(categories, 0.5)))
    listings = snapshot.rows.select("designation", "description").head(100).rows()

    for together, listing in zip(BulkScorer(sure).rank(listings), listings, strict=True):
        assert together.confidences == pytest.approx(sure.rank(*listing).confidences, abs=1e-4)
