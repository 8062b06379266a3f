import numpy as np
import pytest

from rakuten_mlops.errors import NoReference
from rakuten_mlops.monitoring.reference_files import (
    FILE,
    load_reference,
    make_reference,
    save_reference,
)
from rakuten_mlops.monitoring.text_statistics import hash_words
from rakuten_mlops.monitoring.window import COLUMNS
from rakuten_mlops.serving.scorer import assurance_of, compile_pipeline


@pytest.fixture(scope="module")
def scorer(candidate):
    return compile_pipeline(candidate.pipeline, {}, assurance_of(candidate.decisions))


@pytest.fixture(scope="module")
def made(scorer, snapshot):
    return make_reference(scorer, snapshot.holdout, source="holdout of revision 1")


def test_a_reference_holds_what_the_holdout_showed(made, candidate, snapshot):
    assert len(made.window) == snapshot.holdout.height
    assert made.right.mean() == pytest.approx(candidate.decided.right.mean())
    assert made.window.confidence == pytest.approx(candidate.decided.confidence, abs=1e-3)
    assert made.window.accepted.mean() == pytest.approx(candidate.decided.accepted.mean(), abs=0.01)


def test_a_reference_names_the_words_of_several_listings(made):
    word = int(hash_words(["pour"])[0])

    assert made.words[word] == "pour"


def test_a_reference_survives_its_file(made, tmp_path):
    save_reference(made, tmp_path)
    found = load_reference(tmp_path, "7")

    assert found.window.version == "7"
    assert (dict(found.words), found.source) == (dict(made.words), made.source)
    assert np.array_equal(found.right, made.right)
    assert np.array_equal(found.window.sketch.hashes, made.window.sketch.hashes)
    for name in COLUMNS:
        assert np.array_equal(getattr(found.window, name), getattr(made.window, name))


def test_a_reference_that_names_no_word_survives_its_file(made, tmp_path):
    save_reference(made.take(np.arange(0)), tmp_path)

    assert len(load_reference(tmp_path, "7").window) == 0


def test_a_file_of_objects_is_not_loaded(made, tmp_path):
    save_reference(made, tmp_path)
    with np.load(tmp_path / FILE) as held:
        arrays = dict(held)
    np.savez(tmp_path / FILE, **arrays | {"right": np.array([print], dtype=object)})

    with pytest.raises(NoReference, match="damaged"):
        load_reference(tmp_path, "7")


def test_a_missing_file_is_named_with_the_remedy(tmp_path):
    with pytest.raises(NoReference, match=r"Version 7 carries no reference.*retrain"):
        load_reference(tmp_path, "7")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 half a file"])
def test_half_a_file_is_damaged(tmp_path, content):
    (tmp_path / FILE).write_bytes(content)

    with pytest.raises(NoReference, match="damaged"):
        load_reference(tmp_path, "7")
