import json
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from rakuten_mlops.catalog.snapshot import Snapshot
from rakuten_mlops.errors import ScorerCorrupt
from rakuten_mlops.retraining.agreement import check_agreement
from rakuten_mlops.serving.bulk import BulkScorer
from rakuten_mlops.serving.characters import ngrams
from rakuten_mlops.serving.scorer import compile_pipeline
from rakuten_mlops.serving.scorer_files import load, save
from rakuten_mlops.training.pipeline import Parameters, model_input
from rakuten_mlops.training.trainer import train

known = st.characters(exclude_categories=("Cs", "Cn"))
texts = (
    st.text(known, max_size=60)
    | st.text(alphabet="pisce à'-é œ_9<>&;\x00\x1c\xa0\n", max_size=40)
    | st.sampled_from(["", "piscine ronde", "Lot de 3 jeux PS4", "pisccine"])
)


@pytest.fixture(scope="module")
def few(snapshot):
    return Snapshot(1, "f", snapshot.counts, snapshot.rows.head(900))


@pytest.fixture(scope="module")
def trained(few):
    return train(few, Parameters(title_chars=4))


@pytest.fixture(scope="module")
def spelling(trained):
    """A scorer that knows the titles' n-grams of two to four characters."""
    return compile_pipeline(trained.pipeline, {})


def pairs_of(frame):
    return frame.select("designation", "description").rows()


def columns(listings):
    frame = pl.DataFrame(listings, schema={"designation": str, "description": str}, orient="row")
    return frame["designation"], frame["description"]


def decisions(trained, listings):
    designations, descriptions = columns(listings)
    frame = pl.DataFrame({"designation": designations, "description": descriptions})
    return trained.pipeline.decision_function(model_input(frame))


@given(st.text(known, min_size=1).filter(lambda word: word.split() == [word]))
def test_the_characters_of_a_word_are_cut_as_by_scikit_learn(word):
    for longest in (2, 3, 5):
        cut = CountVectorizer(analyzer="char_wb", ngram_range=(2, longest), lowercase=False)

        expected = cut.build_analyzer()(word)

        assert ngrams(word, longest) == expected


def test_every_listing_gets_the_pipelines_category_alone_and_together(spelling, trained, snapshot):
    listings = pairs_of(snapshot.rows)
    expected = spelling.classes[decisions(trained, listings).argmax(axis=1)]
    bulk = BulkScorer(spelling)

    assert np.array_equal([spelling.predict(*listing) for listing in listings], expected)
    by_columns = bulk.margins(*columns(listings)).argmax(axis=1)
    assert np.array_equal(spelling.classes[by_columns], expected)
    by_batch = [spelling.classes[each.places[0]] for each in bulk.rank(listings)]
    assert np.array_equal(by_batch, expected)


def test_what_serves_it_agrees_with_the_candidate_before_it_is_registered(spelling, trained, few):
    check_agreement(spelling, trained, few)


@settings(max_examples=40)
@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=8))
def test_margins_are_the_pipelines_on_any_text(spelling, trained, listings):
    expected = decisions(trained, listings)
    bulk = BulkScorer(spelling)

    alone = np.array([spelling.margins(*listing) for listing in listings])
    together = bulk.margins(*columns(listings))

    assert alone == pytest.approx(expected, abs=1e-5)
    assert together == pytest.approx(expected, abs=1e-5)
    for listing, ranking in zip(listings, bulk.rank(listings), strict=True):
        assert ranking.places[0] == spelling.rank(*listing).places[0]


def test_no_listing_gives_no_ranking(spelling):
    assert BulkScorer(spelling).rank([]) == []
    assert BulkScorer(spelling).margins(*columns([])).shape == (0, len(spelling.classes))


def test_reasons_add_up_and_name_words_instead_of_characters(spelling, few):
    for listing in pairs_of(few.rows.head(200)):
        margins = spelling.margins(*listing)
        best, second = np.argsort(-margins, kind="stable")[:2]

        reasons = spelling.explain(*listing).reasons

        assert sum(each.for_category for each in reasons) == pytest.approx(margins[best], abs=1e-6)
        assert sum(each.for_runner_up for each in reasons) == pytest.approx(
            margins[second], abs=1e-6
        )
        leads = [abs(each.for_category - each.for_runner_up) for each in reasons[:-1]]
        assert leads == sorted(leads, reverse=True)


def test_a_misspelt_word_that_is_no_term_speaks_by_its_characters(spelling):
    reasons = spelling.explain("Pisciine Pisciine l'eau").reasons

    spelt = [reason.term for reason in reasons if reason.field == "characters"]
    assert sorted(spelt) == ["l'eau", "pisciine"]


def test_characters_tell_the_category_of_a_misspelt_title(spelling, scorer):
    pool = scorer.predict("piscine")

    assert spelling.predict("pisciine tubulairee") == pool


def test_a_saved_scorer_answers_the_same(spelling, few, tmp_path):
    loaded = load(save(spelling, tmp_path / "scorer"))

    for listing in pairs_of(few.rows.head(50)):
        assert loaded.explain(*listing) == spelling.explain(*listing)
        assert loaded.rank(*listing) == spelling.rank(*listing)


def test_changed_characters_are_found_out(spelling, tmp_path):
    folder = save(spelling, tmp_path / "scorer")
    file = folder / "characters.txt"
    file.write_text(file.read_text(encoding="utf-8")[:-1] + "q", encoding="utf-8")

    with pytest.raises(ScorerCorrupt, match="checksum"):
        load(folder)


def test_a_scorer_without_characters_is_written_as_ever(scorer, tmp_path):
    folder = save(scorer, tmp_path / "scorer")

    manifest = json.loads((folder / "scorer.json").read_text())
    assert "longest_characters" not in manifest
    assert not (folder / "characters.txt").exists()
    assert load(folder).characters is None


def test_a_scorer_without_its_characters_is_refused(spelling, tmp_path):
    folder = save(spelling, tmp_path / "scorer")
    (folder / "characters.txt").unlink()

    with pytest.raises(ScorerCorrupt, match="no complete scorer"):
        load(folder)


def test_another_weight_of_the_characters_moves_margins(spelling):
    text, title, characters = spelling.field_weights
    heavier = replace(spelling, field_weights=(text, title, characters * 2))

    assert not np.array_equal(heavier.margins("piscine"), spelling.margins("piscine"))
