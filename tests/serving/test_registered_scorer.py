"""Versions whose scorer an earlier program has written."""

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import skops.io
from tests.factories import a_submission, of_format_2

from rakuten_mlops.errors import ScorerCorrupt, ScorerOutdated
from rakuten_mlops.registry.mlflow_rest import Unclear
from rakuten_mlops.registry.model_registry import PRODUCTION, InMemoryRegistry
from rakuten_mlops.serving.champion_store import ChampionStore, Current
from rakuten_mlops.serving.keeper import Keeper
from rakuten_mlops.serving.predictor import Predictor
from rakuten_mlops.serving.registered_scorer import fetch_scorer
from rakuten_mlops.serving.scorer import assurance_of, compile_pipeline
from rakuten_mlops.serving.scorer_files import load, save
from rakuten_mlops.training.pipeline import model_input

SINCE = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def of_format_1(scorer, folder: Path) -> Path:
    """A scorer's folder as the first format had it, as far as anything of it is still read."""
    folder.mkdir(parents=True)
    names = {str(code): name for code, name in scorer.names.items()}
    np.save(folder / "classes.npy", scorer.classes)
    (folder / "terms.txt").write_text("piscine\nlivre")
    (folder / "scorer.json").write_text(json.dumps({"format": 1, "names": names, "sha256": {}}))
    return folder


def without_rest(folder: Path) -> Path:
    """A scorer's folder as format 2 had it before there was calibration."""
    of_format_2(folder)
    manifest = json.loads((folder / "scorer.json").read_text())
    del manifest["rest"]
    (folder / "scorer.json").write_text(json.dumps(manifest))
    return folder


@pytest.fixture
def registry(scorer, candidate, tmp_path):
    """Version 1 with a scorer of format 1, in production; its pipeline stands beside it."""
    model = tmp_path / "model"
    model.mkdir()
    skops.io.dump(candidate.pipeline, model / "model.skops")
    made = InMemoryRegistry()
    made.register(a_submission(scorer=of_format_1(scorer, tmp_path / "old"), model=model))
    made.move_alias(PRODUCTION, "1", by="test", why="a test")
    return made


def test_an_outdated_scorer_is_made_anew_of_the_registered_pipeline(
    registry, scorer, candidate, snapshot, tmp_path
):
    fetched = load(fetch_scorer(registry, "1", tmp_path / "scorer"))

    listings = snapshot.holdout.select("designation", "description").iter_rows()
    given = [fetched.predict(*listing) for listing in listings]
    assert given == candidate.pipeline.predict(model_input(snapshot.holdout)).tolist()
    assert fetched.names == scorer.names


def test_a_version_without_a_pipeline_of_ours_is_refused_with_the_remedy(scorer, tmp_path):
    registry = InMemoryRegistry()
    registry.register(a_submission(scorer=of_format_1(scorer, tmp_path / "old")))

    with pytest.raises(ScorerOutdated, match=r"version 1 .*rakuten-mlops retrain --force"):
        fetch_scorer(registry, "1", tmp_path / "scorer")


def test_a_scorer_of_format_2_decides_as_it_did(candidate, snapshot, tmp_path):
    scorer = compile_pipeline(candidate.pipeline, {}, assurance_of(candidate.decisions))

    loaded = load(of_format_2(save(scorer, tmp_path / "scorer")))

    listings = snapshot.holdout.head(50).select("designation", "description").rows()
    before, after = ([each.rank(*listing) for listing in listings] for each in (scorer, loaded))
    assert before == after
    assert loaded.accepts(after, 0.0) == scorer.accepts(before, 0.0)


@pytest.mark.parametrize("file", ["weights.npy", "words.txt", "thresholds.npy"])
def test_a_changed_file_of_format_2_is_found_out(candidate, tmp_path, file):
    scorer = compile_pipeline(candidate.pipeline, {}, assurance_of(candidate.decisions))
    folder = of_format_2(save(scorer, tmp_path / "scorer"))
    content = bytearray((folder / file).read_bytes())
    content[-1] ^= 1
    (folder / file).write_bytes(content)

    with pytest.raises(ScorerCorrupt, match="checksum"):
        load(folder)


def test_a_scorer_from_before_calibration_is_read_as_one_without(scorer, snapshot, tmp_path):
    loaded = load(without_rest(save(scorer, tmp_path / "scorer")))

    assert loaded.assurance is None
    for listing in snapshot.holdout.head(50).select("designation", "description").iter_rows():
        assert loaded.guesses(*listing) == scorer.guesses(*listing)


def test_a_scorer_from_a_newer_program_is_not_taken_for_an_old_one(scorer, tmp_path):
    folder = save(scorer, tmp_path / "scorer")
    manifest = json.loads((folder / "scorer.json").read_text())
    (folder / "scorer.json").write_text(json.dumps(manifest | {"format": 99}))

    with pytest.raises(ScorerCorrupt, match=r"newer program.*upgrade") as refusal:
        load(folder)
    assert not isinstance(refusal.value, ScorerOutdated)


@pytest.fixture
def outdated_home(scorer, tmp_path):
    """A home that held version 1 when the program was an older one."""
    store = ChampionStore(tmp_path / "home")
    with store.being_written():
        store.adopt(of_format_1(scorer, tmp_path / "copy"), Current("1", SINCE))
    return store


def test_a_home_from_before_an_upgrade_serves_again(registry, outdated_home):
    predictor = Predictor(outdated_home)
    predictor.refresh()
    before = predictor.loaded

    Keeper(registry, outdated_home).check()
    predictor.refresh()

    assert before is None
    assert predictor.champion.version == "1"
    assert predictor.champion.since == SINCE
    assert predictor.champion.scorer.predict("Piscine tubulaire") == 2583
    assert outdated_home.registry_state().state == "ok"


def test_a_copy_that_was_deleted_is_brought_again(registry, outdated_home):
    for path in outdated_home.scorer_folder("1").iterdir():
        path.unlink()

    Keeper(registry, outdated_home).check()

    assert load(outdated_home.scorer_folder("1")).predict("Piscine tubulaire") == 2583


def test_a_copy_that_can_be_read_is_not_brought_again(registry, outdated_home):
    keeper = Keeper(registry, outdated_home)
    keeper.check()
    held = outdated_home.stamp()

    keeper.check()

    assert outdated_home.stamp() == held


def test_who_may_not_make_one_leaves_everything_as_it_is(registry, outdated_home):
    def leave(*_):
        raise Unclear

    held = outdated_home.stamp()

    with pytest.raises(Unclear):
        Keeper(registry, outdated_home, PRODUCTION, leave).check()

    assert outdated_home.stamp() == held
    assert [path.name for path in outdated_home.folder.iterdir() if path.is_dir()] == ["1"]
