from dataclasses import replace

import numpy as np
import pytest
from tests.factories import of_format_2

from rakuten_mlops.catalog.listing import plain
from rakuten_mlops.errors import ScorerCorrupt
from rakuten_mlops.retraining.proof import Level, prove
from rakuten_mlops.serving.scorer import Assurance, assurance_of, compile_pipeline
from rakuten_mlops.serving.scorer_files import save
from rakuten_mlops.training.calibration import Calibration


@pytest.fixture(scope="module")
def scorer(candidate):
    return compile_pipeline(candidate.pipeline, {}, assurance_of(candidate.decisions))


@pytest.fixture
def compare(scorer, snapshot, tmp_path):
    """Prove a changed scorer against the one it was made of, or one changed by `then`."""

    def compare(then=None, **changes):
        versions = {"then": then or {}, "now": changes}
        folders = [save(replace(scorer, **of), tmp_path / name) for name, of in versions.items()]
        return prove(*folders, snapshot.holdout)

    return compare


def test_the_same_numbers_are_the_highest_level(compare, snapshot):
    found = compare()

    assert found.level is Level.NUMBERS
    assert (found.rows, found.other, found.largest_gap, found.parts) == (
        snapshot.holdout.height,
        0,
        0.0,
        (),
    )


def test_the_same_numbers_in_another_format_are_the_same_model(scorer, snapshot, tmp_path):
    then, now = (save(scorer, tmp_path / name) for name in ("then", "now"))

    found = prove(of_format_2(then), now, snapshot.holdout)

    assert (found.level, found.parts) == (Level.NUMBERS, ())


def test_other_names_of_categories_are_the_same_model(compare, scorer):
    assert compare(names=dict.fromkeys(scorer.names, "renamed")).level is Level.NUMBERS


def test_a_number_that_no_holdout_listing_touches_leaves_every_answer(compare, scorer, snapshot):
    words = scorer.vocabulary.words
    held = plain(" ".join(snapshot.holdout["designation"] + " " + snapshot.holdout["description"]))
    row = next(row for row, word in enumerate(words) if word not in held)
    weights = scorer.weights.copy()
    weights[row] += 1

    found = compare(weights=weights)

    assert found.level is Level.ANSWERS
    assert set(found.parts) <= {"weights", "weighted"}
    assert "weights" in found.parts


def test_a_last_bit_leaves_the_decisions(compare, scorer):
    found = compare(idf=np.nextafter(scorer.idf, np.float32(np.inf)))

    assert found.level is Level.DECISIONS
    assert found.decided == 0
    assert 0 < found.confidence_gap < 1e-5
    assert found.parts == ("idf",)
    assert 0 < found.largest_gap < 1e-5


def test_the_same_margins_with_other_confidence_and_thresholds_are_not_the_same_model(
    compare, scorer
):
    categories = len(scorer.classes)

    def assured(slope, threshold):
        calibration = Calibration(np.full(categories, slope), np.full(categories, -1.0), 8.0)
        return Assurance(calibration, np.full(categories, threshold))

    found = compare(then={"assurance": assured(1.0, 0.10)}, assurance=assured(6.0, 0.99))

    assert (found.other, found.largest_gap) == (0, 0.0)
    assert found.decided > 0
    assert found.confidence_gap > 0.1
    assert found.level is Level.CATEGORIES
    assert found.parts == ("slope", "thresholds")


def test_the_same_decisions_from_other_confidence_are_not_enough(compare, scorer):
    calibration = scorer.assurance.calibration
    flatter = replace(calibration, slope=calibration.slope * 0.9)
    never = np.full(len(scorer.classes), np.inf)

    found = compare(
        then={"assurance": Assurance(calibration, never)}, assurance=Assurance(flatter, never)
    )

    assert found.decided == 0
    assert found.level is Level.CATEGORIES


def test_one_that_is_not_calibrated_says_nothing_about_decisions(compare):
    found = compare(assurance=None)

    assert found.confidence_gap is None
    assert found.level is Level.CATEGORIES


def test_two_that_are_not_calibrated_are_compared_by_their_margins(compare):
    assert compare(then={"assurance": None}, assurance=None).level is Level.NUMBERS


def test_other_answers_are_counted(compare, scorer):
    first = scorer.intercept.copy()
    first[0] += 100

    found = compare(intercept=first)

    assert found.level is Level.NOTHING
    assert 0 < found.other < found.rows
    assert found.largest_gap == pytest.approx(100, rel=1e-3)


def test_margins_of_other_categories_are_not_compared(compare, scorer):
    found = compare(classes=scorer.classes + 1)

    assert (found.level, found.largest_gap) == (Level.NOTHING, None)
    assert found.other == found.rows


def test_another_weight_of_a_field_is_named(compare):
    found = compare(field_weights=(1.0, 0.25))

    assert found.parts == ("field_weights",)
    assert found.level < Level.ANSWERS


def test_a_scorer_that_was_changed_is_not_compared(scorer, snapshot, tmp_path):
    folders = [save(scorer, tmp_path / name) for name in ("then", "now")]
    (folders[0] / "arrays.npz").write_bytes((folders[0] / "arrays.npz").read_bytes() + b"0")

    with pytest.raises(ScorerCorrupt, match=r"arrays\.npz"):
        prove(*folders, snapshot.holdout)
