import hashlib
import json
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.factories import a_pipeline

from rakuten_mlops.errors import ScorerCorrupt
from rakuten_mlops.serving.scorer import Assurance, Ranking, compile_pipeline
from rakuten_mlops.serving.scorer_files import load, save
from rakuten_mlops.training.calibration import Calibration
from rakuten_mlops.training.pipeline import Parameters, build_pipeline, model_input

hostile = st.text(max_size=200) | st.text(alphabet="aé œ_9<>&;\x00\n", max_size=60)


def decision(pipeline, designation, description):
    listing = pl.DataFrame({"designation": [designation], "description": [description]})
    return pipeline.decision_function(model_input(listing))


def rewrite_arrays(folder, **changes):
    """Put other arrays into a saved scorer, or leave some out, and make its checksum right."""
    with np.load(folder / "arrays.npz") as archive:
        arrays = dict(archive) | changes
    kept = {name: array for name, array in arrays.items() if array is not None}
    np.savez(folder / "arrays.npz", allow_pickle=True, **kept)
    renew_checksum(folder)


def renew_checksum(folder):
    manifest = json.loads((folder / "scorer.json").read_text())
    content = (folder / "arrays.npz").read_bytes()
    manifest["sha256"]["arrays.npz"] = hashlib.sha256(content).hexdigest()
    (folder / "scorer.json").write_text(json.dumps(manifest))


def test_every_listing_gets_the_pipelines_category(scorer, candidate, snapshot):
    expected = candidate.pipeline.predict(model_input(snapshot.rows))

    listings = snapshot.rows.select("designation", "description").iter_rows()
    given_codes = [scorer.predict(*listing) for listing in listings]

    assert np.array_equal(given_codes, expected)


@given(hostile, hostile)
def test_margins_are_the_pipelines_on_any_text(scorer, candidate, designation, description):
    expected = decision(candidate.pipeline, designation, description)[0]

    assert scorer.margins(designation, description) == pytest.approx(expected, abs=1e-5)


def test_two_categories_are_told_apart_as_by_the_pipeline():
    pipeline = a_pipeline()
    scorer = compile_pipeline(pipeline, {})

    margins = scorer.margins("jeu video d'aventure")

    assert scorer.predict("jeu video d'aventure") == 40
    assert scorer.predict("lampe") == 2060
    second = decision(pipeline, "jeu video d'aventure", "")[0]
    assert margins == pytest.approx([-second, second], abs=1e-6)


def test_three_word_terms_are_found(snapshot):
    rows = snapshot.rows.head(400)
    pipeline = build_pipeline(Parameters(ngram_max=3))
    pipeline.fit(model_input(rows), rows["prdtypecode"].to_numpy())
    scorer = compile_pipeline(pipeline, {})

    assert scorer.vocabulary.longest == 3
    for listing in rows.select("designation", "description").iter_rows():
        expected = decision(pipeline, *listing)[0]
        assert scorer.margins(*listing) == pytest.approx(expected, abs=1e-5)


def test_guesses_are_best_first_and_shares_of_one(scorer):
    guesses = scorer.guesses("Piscine tubulaire ronde", "avec pompe")

    shares = [guess.confidence for guess in guesses]
    assert guesses[0].prdtypecode == 2583
    assert guesses[0].category == "Piscine et accessoires"
    assert shares == sorted(shares, reverse=True)
    assert len(guesses) == 5
    assert 0 < sum(shares) <= 1 + 1e-9


def test_reasons_add_up_to_the_margins(scorer, snapshot):
    for listing in snapshot.rows.select("designation", "description").head(200).iter_rows():
        margins = scorer.margins(*listing)
        best, second = np.argsort(-margins, kind="stable")[:2]

        explanation = scorer.explain(*listing)

        spoken = sum(reason.for_category for reason in explanation.reasons)
        against = sum(reason.for_runner_up for reason in explanation.reasons)
        assert explanation.places == (best, second)
        assert spoken == pytest.approx(margins[best], abs=1e-6)
        assert against == pytest.approx(margins[second], abs=1e-6)


def test_a_listing_of_unknown_words_still_gets_a_category(scorer):
    assert scorer.predict("zzzz qqqq xxxx") in scorer.classes
    assert [reason.field for reason in scorer.explain("zzzz qqqq xxxx").reasons] == ["intercept"]


def test_a_saved_scorer_answers_the_same(scorer, snapshot, tmp_path):
    loaded = load(save(scorer, tmp_path / "scorer"))

    for listing in snapshot.rows.select("designation", "description").head(50).iter_rows():
        assert loaded.guesses(*listing) == scorer.guesses(*listing)


@pytest.mark.parametrize("file", ["arrays.npz", "words.txt"])
def test_a_changed_file_is_found_out(scorer, tmp_path, file):
    folder = save(scorer, tmp_path / "scorer")
    content = bytearray((folder / file).read_bytes())
    content[-1] ^= 1
    (folder / file).write_bytes(content)

    with pytest.raises(ScorerCorrupt, match="checksum"):
        load(folder)


def test_a_missing_file_or_another_format_is_refused(scorer, tmp_path):
    folder = save(scorer, tmp_path / "scorer")
    manifest = json.loads((folder / "scorer.json").read_text())
    (folder / "scorer.json").write_text(json.dumps(manifest | {"format": 99}))
    with pytest.raises(ScorerCorrupt, match="format 99"):
        load(folder)

    (folder / "scorer.json").unlink()
    with pytest.raises(ScorerCorrupt, match="no complete scorer"):
        load(folder)


def test_arrays_that_would_execute_code_are_refused(scorer, tmp_path):
    folder = save(scorer, tmp_path / "scorer")
    rewrite_arrays(folder, idf=np.array([object()], dtype=object))

    with pytest.raises(ScorerCorrupt, match="allow_pickle"):
        load(folder)


def test_an_array_that_is_not_there_is_named(scorer, tmp_path):
    folder = save(scorer, tmp_path / "scorer")
    rewrite_arrays(folder, idf=None)

    with pytest.raises(ScorerCorrupt, match="idf"):
        load(folder)


def test_a_file_that_is_no_archive_is_refused(scorer, tmp_path):
    folder = save(scorer, tmp_path / "scorer")
    (folder / "arrays.npz").write_bytes(b"PK\x03\x04 and no more")
    renew_checksum(folder)

    with pytest.raises(ScorerCorrupt, match="no complete scorer"):
        load(folder)


def test_the_same_scorer_is_saved_as_the_same_bytes(scorer, tmp_path):
    first, again = (save(scorer, tmp_path / name) for name in ("first", "again"))

    for file in first.iterdir():
        assert file.read_bytes() == (again / file.name).read_bytes()


@pytest.fixture(scope="module")
def sure_scorer(scorer):
    """The same scorer with a calibration, and thresholds of which some accept nothing."""
    categories = len(scorer.classes)
    calibration = Calibration(
        slope=np.linspace(0.5, 6, categories), shift=np.linspace(-2, 1, categories), rest=7.0
    )
    thresholds = np.where(np.arange(categories) % 3, 0.6, np.inf)
    return replace(scorer, assurance=Assurance(calibration, thresholds))


def test_a_calibrated_confidence_is_the_calibrations_and_moves_no_category(
    scorer, sure_scorer, snapshot
):
    for listing in snapshot.rows.select("designation", "description").head(300).iter_rows():
        margins = scorer.margins(*listing)[None, :]
        expected = sure_scorer.assurance.calibration.probabilities(margins)[0]

        ranking = sure_scorer.rank(*listing)

        assert ranking.places == scorer.rank(*listing).places
        assert ranking.confidences == pytest.approx(expected[ranking.places].tolist(), abs=1e-9)


def test_an_answer_is_accepted_from_its_categorys_threshold_on(sure_scorer):
    thresholds = sure_scorer.assurance.thresholds
    never, bar = int(np.argmax(np.isinf(thresholds))), int(np.argmax(np.isfinite(thresholds)))

    assert sure_scorer.accepts([Ranking([bar], [0.6])], 0.9) == [True]
    assert sure_scorer.accepts([Ranking([bar], [0.59])], 0.0) == [False]
    assert sure_scorer.accepts([Ranking([never], [1.0])], 0.0) == [False]


def test_without_calibration_the_settings_decide_and_confidence_says_so(scorer, sure_scorer):
    assert scorer.accepts([Ranking([0], [0.5]), Ranking([0], [0.49])], 0.5) == [True, False]
    assert "not calibrated" in scorer.confidence_method
    assert "not calibrated" not in sure_scorer.confidence_method


def test_decisions_are_saved_and_checked_with_the_rest(sure_scorer, snapshot, tmp_path):
    folder = save(sure_scorer, tmp_path / "scorer")

    loaded = load(folder)

    for listing in snapshot.rows.select("designation", "description").head(20).iter_rows():
        assert loaded.rank(*listing) == sure_scorer.rank(*listing)
    assert np.array_equal(loaded.assurance.thresholds, sure_scorer.assurance.thresholds)

    rewrite_arrays(folder, thresholds=None)
    with pytest.raises(ScorerCorrupt, match="thresholds"):
        load(folder)
