import threading
import time
from dataclasses import replace

import polars as pl
import pytest

from rakuten_mlops.catalog.categories import Category
from rakuten_mlops.catalog.row_digests import digest_rows, read_row_digests
from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.catalog.synthetic import arrivals, synthesize
from rakuten_mlops.database import migrate, open_database
from rakuten_mlops.errors import CatalogTooSmall, RegistryError, RegistryUnavailable
from rakuten_mlops.monitoring.reference_files import load_reference
from rakuten_mlops.registry.model_registry import PRODUCTION, STAGING, InMemoryRegistry
from rakuten_mlops.registry.promotion import Gate
from rakuten_mlops.retraining.loop import Retraining
from rakuten_mlops.serving.scorer_files import load
from rakuten_mlops.training.machine import describe_machine
from rakuten_mlops.training.pipeline import Parameters

EAGER = Gate(min_gain=0.0, confidence=0.51, max_category_loss=1.0)


class FailingRegistry(InMemoryRegistry):
    """A registry that fails at one call."""

    def __init__(self, at=None):
        super().__init__()
        self.at = at

    def _fail(self, call):
        if self.at == call:
            raise RegistryUnavailable(f"The model registry did not answer ({call})")

    def register(self, submission):
        self._fail("register")
        return super().register(submission)

    def fetch(self, version, folder, into):
        self._fail("fetch")
        return super().fetch(version, folder, into)

    def record_verdict(self, version, verdict):
        self._fail("record_verdict")
        super().record_verdict(version, verdict)


@pytest.fixture
def catalog(tmp_path):
    engine = open_database(f"sqlite:///{tmp_path / 'catalog.db'}")
    migrate(engine)
    made = Catalog(engine)
    made.write(synthesize(1_500, seed=1), kind="synthetic", source="a test", author="test")
    yield made
    engine.dispose()


def retraining(catalog, registry, gate=EAGER):
    return Retraining(catalog, registry, gate, by="anna", commit="abc")


def test_the_first_model_is_promoted_with_all_that_a_version_carries(catalog, tmp_path):
    registry, steps = InMemoryRegistry(), []

    outcome = retraining(catalog, registry).run(
        Parameters(), progress=lambda step, done: steps.append((step, done))
    )

    assert outcome.result == "promoted"
    version = registry.version("1")
    assert set(version.aliases) == {PRODUCTION, STAGING}
    assert version.lineage["revision"] == 1
    assert version.lineage["fingerprint"] == catalog.snapshot().fingerprint
    assert version.lineage["git_commit"] == "abc"
    assert version.verdict["promote"] is True
    assert version.verdict["automation_rate"] == outcome.scorecard["decisions"]["automation_rate"]
    assert version.verdict["champion_automation_rate"] is None
    assert version.scorecard["macro_f1"] == outcome.scorecard["macro_f1"]
    card = registry.read_file("1", "model_card.md").decode()
    assert card.startswith("# product-classifier, version 1")
    assert "95 % interval" in card
    assert "for example" in card
    assert "**Its listings are synthetic**" in card
    assert version.lineage["machine"] == describe_machine()
    digests = read_row_digests(registry.read_file("1", "data/rows.parquet"))
    assert digests.equals(digest_rows(catalog.labelled(1)))
    assert registry.read_file("1", "report/confusion.png").startswith(b"\x89PNG")
    assert registry.read_file("1", "report/reliability.png").startswith(b"\x89PNG")
    decisions = version.scorecard["decisions"]
    assert decisions["required_precision"] == 0.95
    assert 0 <= decisions["automation_rate"] <= 1
    assert "Automation rate" in card
    served = load(registry.fetch("1", "scorer", tmp_path / "served" / "scorer"))
    codes = map(str, served.classes.tolist())
    bars = (None if bar == float("inf") else bar for bar in served.assurance.bars)
    assert decisions["thresholds"] == dict(zip(codes, bars, strict=True))
    scorer = load(registry.fetch("1", "scorer", tmp_path / "scorer"))
    assert scorer.predict("Piscine avec pompe") == 2583
    assert [done for _, done in steps] == sorted(done for _, done in steps)
    assert [move.by for move in registry.moves()] == ["anna", "anna"]


def test_a_version_brings_the_reference_of_its_holdout_with_its_scorer(catalog, tmp_path):
    registry = InMemoryRegistry()

    version = retraining(catalog, registry).register(Parameters()).version
    fetched = registry.fetch(version, "scorer", tmp_path / "fetched")
    found = load_reference(fetched, version)

    assert (len(found.window), found.source) == (
        catalog.snapshot().holdout.height,
        "holdout of revision 1",
    )
    assert found.right.mean() == pytest.approx(registry.version(version).scorecard["accuracy"])


def test_the_same_listings_and_parameters_are_nothing_new(catalog):
    registry = InMemoryRegistry()
    loop = retraining(catalog, registry)
    loop.run(Parameters())

    again = loop.run(Parameters())

    assert (again.result, again.version) == ("nothing new", "1")
    assert len(registry.versions()) == 1
    assert loop.run(Parameters(c=0.1)).version == "2"
    assert loop.run(Parameters(), force=True).version == "3"


class Silent(InMemoryRegistry):
    """A registry whose versions are from before the title's characters were a parameter."""

    def version(self, version):
        found = super().version(version)
        kept = {name: each for name, each in found.parameters.items() if name != "title_chars"}
        return replace(found, parameters=kept)


def test_a_version_from_before_characters_could_be_learnt_did_not_learn_them(catalog):
    loop = retraining(catalog, Silent())
    loop.run(Parameters())

    assert loop.run(Parameters()).result == "nothing new"
    assert loop.run(Parameters(title_chars=3)).version == "2"


def test_a_version_that_learnt_the_titles_characters_says_so_and_serves(catalog, tmp_path):
    registry = InMemoryRegistry()

    retraining(catalog, registry).run(Parameters(title_chars=3))

    version = registry.version("1")
    assert version.parameters["title_chars"] == 3
    assert PRODUCTION in version.aliases
    scorer = load(registry.fetch("1", "scorer", tmp_path / "scorer"))
    assert scorer.characters.longest == 3


def test_arrivals_make_the_next_training_worth_its_while(catalog):
    registry = InMemoryRegistry()
    loop = retraining(catalog, registry)
    loop.run(Parameters())
    catalog.write(
        arrivals(3_000, seed=1, batch=20), kind="arrivals", source="a test", author="test"
    )

    outcome = loop.run(Parameters())

    assert outcome.result == "promoted"
    assert outcome.verdict["champion_version"] == "1"
    assert outcome.verdict["gain"] > 0.02
    rates = [outcome.verdict[f"{of}automation_rate"] for of in ("", "champion_")]
    # The champion's thresholds, too, are held to the rows of today.
    first = registry.version("1").scorecard["decisions"]["automation_rate"]
    assert 0 < rates[1] != first
    assert f"Automation rate: {rates[0]:.1%}" in outcome.message
    assert f"; the champion's: {rates[1]:.1%}" in outcome.message
    # The champion is scored anew, on the rows of today.
    assert outcome.verdict["champion_macro_f1"] != registry.version("1").scorecard["macro_f1"]
    assert registry.aliased(PRODUCTION) == "2"


def test_a_challenger_that_is_no_better_stays_staging(catalog):
    registry = InMemoryRegistry()
    loop = retraining(catalog, registry, Gate())
    loop.run(Parameters())

    outcome = loop.run(Parameters(c=0.001))

    assert outcome.result == "rejected"
    assert "Not better" in outcome.message
    assert registry.aliased(PRODUCTION) == "1"
    assert registry.aliased(STAGING) == "2"
    assert registry.version("2").verdict["promote"] is False
    assert b"Not promoted." in registry.read_file("2", "model_card.md")


def test_a_challenger_that_ruins_a_category_is_refused_and_says_which(catalog):
    registry = InMemoryRegistry()
    loop = retraining(catalog, registry, Gate(max_category_loss=0.05, confidence=0.95))
    loop.run(Parameters())
    pools = catalog.snapshot().training.filter(pl.col("prdtypecode") == 2583)
    mistaken = [(product, 1560) for product in pools["productid"]]
    catalog.label(mistaken, kind="feedback", author="an import gone wrong")

    outcome = loop.run(Parameters())

    assert outcome.result == "rejected"
    assert 2583 in outcome.verdict["ruined"]
    assert "Category 2583 falls" in outcome.message
    assert registry.aliased(PRODUCTION) == "1"


def test_training_alone_registers_and_judges_nothing(catalog):
    registry = InMemoryRegistry()

    outcome = retraining(catalog, registry).register(Parameters())

    assert outcome.result == "registered"
    assert registry.aliased(STAGING) == "1"
    assert registry.aliased(PRODUCTION) is None
    assert registry.version("1").verdict is None


def test_what_was_only_registered_is_still_to_be_judged(catalog):
    registry = InMemoryRegistry()
    loop = retraining(catalog, registry)
    loop.register(Parameters())

    outcome = loop.run(Parameters())

    assert (outcome.result, outcome.version) == ("promoted", "2")


def test_training_does_not_wait_for_a_registry_that_is_slow_to_answer(catalog):
    fitting = threading.Event()

    class Slow(InMemoryRegistry):
        def aliased(self, alias):
            assert fitting.wait(60), "the training waits for the registry"
            return super().aliased(alias)

    registry = Slow()

    outcome = retraining(catalog, registry).register(
        Parameters(), progress=lambda step, _: fitting.set() if step == "fit" else None
    )

    assert (outcome.result, registry.aliased(STAGING)) == ("registered", "1")


def test_a_registry_that_is_found_away_ends_the_training_at_its_next_step(catalog):
    steps, asked = [], threading.Event()

    class Away(InMemoryRegistry):
        def aliased(self, _alias):
            asked.set()
            raise RegistryUnavailable("The model registry did not answer")

    def note(step, _):
        steps.append(step)
        assert asked.wait(60)
        # The thread has its answer; what it is takes it a moment to tell.
        time.sleep(0.2)

    with pytest.raises(RegistryUnavailable, match="did not answer"):
        retraining(catalog, Away()).register(Parameters(), progress=note)

    assert "vectorise" not in steps


class Nameless:
    """A catalogue whose categories have lost their names."""

    def __init__(self, catalog):
        self._catalog = catalog

    def __getattr__(self, name):
        return getattr(self._catalog, name)

    def categories(self):
        return {code: Category(code, None, None) for code in self._catalog.categories()}


def test_a_report_that_cannot_be_drawn_registers_nothing(catalog):
    registry = InMemoryRegistry()

    with pytest.raises(TypeError):
        retraining(Nameless(catalog), registry).register(Parameters())

    assert registry.versions() == []


@pytest.mark.parametrize("call", ["fetch", "register", "record_verdict"])
def test_a_registry_that_fails_promotes_nothing(catalog, call):
    registry = FailingRegistry()
    loop = retraining(catalog, registry)
    loop.run(Parameters())
    registry.at = call

    with pytest.raises(RegistryUnavailable, match=call):
        loop.run(Parameters(c=1.0))

    assert registry.aliased(PRODUCTION) == "1"


def test_a_champion_that_changed_meanwhile_is_not_overruled(catalog):
    class Meddled(InMemoryRegistry):
        def record_verdict(self, version, verdict):
            super().record_verdict(version, verdict)
            self.move_alias(PRODUCTION, version, by="ben", why="by hand, meanwhile")

    registry = Meddled()

    with pytest.raises(RegistryError, match="moved while version 1 was judged"):
        retraining(catalog, registry).run(Parameters())

    assert [move.by for move in registry.moves() if move.alias == PRODUCTION] == ["ben"]


def test_an_empty_catalogue_cannot_be_trained_on(tmp_path):
    engine = open_database(f"sqlite:///{tmp_path / 'empty.db'}")
    migrate(engine)

    with pytest.raises(CatalogTooSmall):
        retraining(Catalog(engine), InMemoryRegistry()).run(Parameters())
    engine.dispose()


def test_ten_seeds_on_unchanged_data_promote_nothing(catalog):
    registry = InMemoryRegistry()
    loop = retraining(catalog, registry, Gate())
    loop.run(Parameters(seed=0))

    results = [loop.run(Parameters(seed=seed), force=True) for seed in range(1, 11)]

    assert {result.result for result in results} == {"rejected"}
    assert len({result.scorecard["macro_f1"] for result in results}) > 1
    assert registry.aliased(PRODUCTION) == "1"
