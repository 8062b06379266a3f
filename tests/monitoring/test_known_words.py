from datetime import UTC, datetime

import pytest

from rakuten_mlops.monitoring.known_words import KnownWords
from rakuten_mlops.monitoring.text_statistics import hash_words
from rakuten_mlops.serving.champion_store import ChampionStore, Current
from rakuten_mlops.serving.scorer import compile_pipeline
from rakuten_mlops.serving.scorer_files import save


@pytest.fixture
def scorer(tmp_path, candidate):
    """Version 7, the champion of this machine."""
    scorer = compile_pipeline(candidate.pipeline, {})
    store = ChampionStore(tmp_path)
    store.folder.mkdir()
    store.adopt(save(scorer, tmp_path / "fetched"), Current("7", datetime.now(UTC)))
    return scorer


@pytest.mark.parametrize("version", ["7", "3"])
def test_a_versions_words_or_else_the_champions_are_known(tmp_path, scorer, version):
    known = KnownWords(tmp_path).of(version)

    assert known.tolist() == hash_words(scorer.vocabulary.words).tolist()


def test_without_any_champion_no_word_is_known(tmp_path):
    assert KnownWords(tmp_path).of("1").tolist() == []
