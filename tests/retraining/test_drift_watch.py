"""The champion's traffic against its reference, out of a real database and folder."""

from datetime import UTC, datetime, timedelta

import pytest

from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.catalog.synthetic import arrivals, synthesize
from rakuten_mlops.errors import NoChampion, NoReference
from rakuten_mlops.monitoring.prediction_log import add, row_of
from rakuten_mlops.monitoring.reference_files import FILE, make_reference, save_reference
from rakuten_mlops.monitoring.text_statistics import describe, hash_words
from rakuten_mlops.monitoring.traffic import Served
from rakuten_mlops.retraining.drift_watch import DriftWatch
from rakuten_mlops.serving.champion_store import ChampionStore, Current
from rakuten_mlops.serving.scorer import assurance_of, compile_pipeline
from rakuten_mlops.serving.scorer_files import save
from rakuten_mlops.settings import Settings

NOW = datetime.now(UTC)


@pytest.fixture(scope="session")
def scorer(candidate):
    return compile_pipeline(candidate.pipeline, {}, assurance_of(candidate.decisions)).warm()


@pytest.fixture
def settings(tmp_path, database):
    return Settings(home=tmp_path / "home", database_url=database.url)


@pytest.fixture
def crown(settings, scorer, snapshot):
    """Make the scorer the champion; `with_reference` says whether it brings one."""

    def crown(*, with_reference=True, since=NOW):
        store = ChampionStore(settings.home)
        store.folder.mkdir(parents=True)
        fetched = save(scorer, store.folder / "fetched")
        if with_reference:
            save_reference(
                make_reference(scorer, snapshot.holdout, source="holdout of revision 1"), fetched
            )
        store.adopt(fetched, Current("3", since))
        return store.scorer_folder("3")

    return crown


@pytest.fixture
def serve(engine, scorer):
    """Write the scorer's answers to some arrivals into the log."""
    known = hash_words(scorer.vocabulary.words)

    def serve(listings, *, drift, version="3", garble=False, minutes_ago=1.0):
        rows = []
        for each in arrivals(listings, seed=5, batch=30 if drift else 0, drift=drift):
            texts = each.listing.designation, each.listing.description
            if garble:
                texts = tuple(text.encode().decode("latin-1") for text in texts)
            ranking = scorer.rank(*texts)
            served = Served(
                at=NOW - timedelta(minutes=minutes_ago),
                seconds=0.01,
                designation=texts[0],
                description=texts[1],
                version=version,
                prdtypecode=scorer.labels[ranking.places[0]][0],
                confidence=ranking.confidences[0],
                decision="accept",
            )
            rows.append(row_of(served, describe(*texts, known), keep_text=False))
        with engine.begin() as connection:
            add(connection, rows)

    return serve


def test_traffic_like_the_training_is_no_drift(engine, settings, crown, serve):
    crown()
    serve(200, drift=False)

    kept = DriftWatch(engine, settings).look()

    assert (kept.report.state, kept.report.version) == ("no drift", "3")
    assert kept.report.reference == "holdout of revision 1"


def test_without_new_answers_the_last_report_stands(engine, settings, crown, serve):
    crown()
    serve(200, drift=False)
    watch = DriftWatch(engine, settings)
    first = watch.look()

    assert watch.look() == first
    serve(5, drift=False, minutes_ago=0.5)
    assert watch.look().id == first.id + 1


def test_garbled_traffic_is_named(engine, settings, crown, serve):
    crown()
    serve(200, drift=False, garble=True)

    report = DriftWatch(engine, settings).look().report

    assert report.state == "drift"
    assert report.headline.startswith("Listings with garbled letters")


def test_only_the_champions_answers_count_and_only_of_the_time_asked_for(
    engine, settings, crown, serve
):
    crown()
    serve(150, drift=False, version="2")
    serve(120, drift=False, minutes_ago=90)
    watch = DriftWatch(engine, settings)

    assert watch.look().report.listings <= 120
    recent = watch.look(since=NOW - timedelta(hours=1)).report
    assert (recent.state, recent.listings) == ("too few listings", 0)
    assert watch.look(listings=110).report.listings <= 110


def test_a_version_without_a_reference_gets_one_of_the_catalogue(engine, settings, crown, serve):
    Catalog(engine).write(synthesize(3_000, seed=1), kind="synthetic", source="t", author="t")
    folder = crown(with_reference=False, since=datetime.now(UTC))
    serve(200, drift=False)

    report = DriftWatch(engine, settings).look().report

    assert (report.state, report.reference) == ("no drift", "holdout of revision 1, taken later")
    assert (folder / FILE).exists()


def test_without_a_reference_and_without_a_catalogue_it_says_what_to_do(engine, settings, crown):
    crown(with_reference=False)

    with pytest.raises(NoReference, match="retrain --force"):
        DriftWatch(engine, settings).look()


def test_without_a_champion_there_is_nothing_to_watch(engine, settings):
    with pytest.raises(NoChampion):
        DriftWatch(engine, settings).look()
