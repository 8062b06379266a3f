"""Versions in a real registry, made again: as they were, and after something was changed."""

import os
import sqlite3
import subprocess
import sys
from dataclasses import replace

import pytest
from skops.io import dumps
from tests.factories import a_pipeline, a_submission

from rakuten_mlops.catalog.export import write_export
from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.catalog.synthetic import arrivals, synthesize
from rakuten_mlops.database import migrate, open_database
from rakuten_mlops.errors import CannotReproduce, DataMismatch, UnknownRevision, UnknownVersion
from rakuten_mlops.registry.mlflow_registry import MlflowRegistry
from rakuten_mlops.registry.model_registry import InMemoryRegistry
from rakuten_mlops.registry.promotion import Gate
from rakuten_mlops.retraining.loop import Retraining
from rakuten_mlops.retraining.origin import examine, from_catalog, from_export
from rakuten_mlops.retraining.proof import Level
from rakuten_mlops.retraining.reproduction import rebuild
from rakuten_mlops.training.fitted import MODEL_FILE
from rakuten_mlops.training.machine import describe_machine
from rakuten_mlops.training.pipeline import Parameters

COMMIT = "c" * 40


class Rewritten:
    """A registry in which somebody changed what one version says of itself."""

    def __init__(self, registry, **changes):
        self._registry = registry
        self._changes = changes

    def __getattr__(self, name):
        return getattr(self._registry, name)

    def version(self, version):
        found = self._registry.version(version)
        changed = {
            name: {**getattr(found, name), **values} for name, values in self._changes.items()
        }
        return replace(found, **changed)


class Earlier(Rewritten):
    """A registry from before some parameters were, with a model of bias 1.0."""

    def version(self, version):
        found = self._registry.version(version)
        kept = found.parameters.keys() - {"bias", "title_chars"}
        return replace(found, parameters={name: found.parameters[name] for name in kept})

    def read_file(self, version, path):
        if path != MODEL_FILE:
            return self._registry.read_file(version, path)
        return dumps(a_pipeline(Parameters(bias=1.0)))


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def catalog(place):
    engine = open_database(f"sqlite:///{place / 'catalog.db'}")
    migrate(engine)
    made = Catalog(engine)
    made.write(synthesize(1_500, seed=1), kind="synthetic", source="a test", author="test")
    made.write(arrivals(300, seed=1, batch=3), kind="arrivals", source="a test", author="test")
    yield made
    engine.dispose()


@pytest.fixture(scope="module")
def registry(place, catalog):
    """MLflow's, with version 1 of revision 1 and version 2 of revision 2."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        made = MlflowRegistry(f"sqlite:///{place / 'mlflow.db'}")
        loop = Retraining(catalog, made, Gate(), by="anna", commit=COMMIT)
        loop.register(Parameters(), revision=1)
        loop.register(Parameters(c=0.25, seed=7), revision=2)
        yield made


@pytest.fixture
def tampered(place, tmp_path):
    """The catalogue after a statement that somebody ran past it."""
    engines = []

    def tampered(statement, productid):
        with (
            sqlite3.connect(place / "catalog.db") as source,
            sqlite3.connect(tmp_path / "catalog.db") as copy,
        ):
            source.backup(copy)
            assert copy.execute(f"{statement} WHERE productid = ?", [productid]).rowcount == 1
            copy.commit()
        engines.append(open_database(f"sqlite:///{tmp_path / 'catalog.db'}"))
        return Catalog(engines[0])

    yield tampered
    for engine in engines:
        engine.dispose()


def reproduced(registry, catalog, version="2", commit=COMMIT):
    origin = examine(registry, version, from_catalog(catalog), commit=commit)
    return rebuild(registry, origin)


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_version_is_made_again_to_the_last_bit(registry, catalog, version):
    steps = []
    origin = examine(registry, version, from_catalog(catalog), commit=COMMIT)

    found = rebuild(registry, origin, lambda step, done: steps.append((step, done)))

    assert origin.differences == ()
    assert found.identical
    assert found.proof.level is Level.NUMBERS
    assert found.proof.rows == origin.snapshot.holdout.height > 0
    assert found.conclusion.startswith("Identical: every number")
    assert found.remedy == ""
    assert [step for step, _ in steps] == ["vectorise", "fit", "calibrate", "score", "prove"]
    assert [done for _, done in steps] == sorted(done for _, done in steps)
    assert len(registry.versions()) == 2


def test_another_process_with_one_thread_makes_the_same_numbers(registry, place):
    """Neither the order of sets nor the number of threads reaches the model."""
    program = f"""
from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.database import open_database
from rakuten_mlops.registry.mlflow_registry import MlflowRegistry
from rakuten_mlops.retraining.origin import examine, from_catalog
from rakuten_mlops.retraining.reproduction import rebuild
catalog = Catalog(open_database("sqlite:///{place / "catalog.db"}"))
registry = MlflowRegistry("{registry.url}")
found = rebuild(registry, examine(registry, "1", from_catalog(catalog), commit="{COMMIT}"))
print(found.proof.level.name)
"""
    alone = {"PYTHONHASHSEED": "1", "OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"}

    found = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | alone,
        cwd=place,
        capture_output=True,
        text=True,
        check=True,
    )

    assert found.stdout.strip() == "NUMBERS"


CHANGES = {
    "UPDATE listings SET designation = designation || ' neuf'": "rewritten",
    "UPDATE labels SET prdtypecode = 10": "relabelled",
    "UPDATE listings SET in_holdout = NOT in_holdout": "moved",
    "UPDATE listings SET removed_in = 1": "removed",
    "UPDATE labels SET added_in = 2": "removed",
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_row_that_was_changed_by_hand_is_named(registry, catalog, tampered, change):
    rows = catalog.labelled(1).filter(prdtypecode=40, in_holdout=False)
    productid = rows["productid"][0]

    found = reproduced(registry, tampered(change, productid), version="1")

    first = found.origin.differences[0]
    assert (first.aspect, first.what) == ("data", f"listings {CHANGES[change]}")
    assert first.found == f"1: productid {productid}"
    assert {each.aspect for each in found.origin.differences} == {"data"}
    assert not found.identical
    assert "not the rows that the version names" in found.conclusion
    assert found.remedy == ""


def test_a_row_that_came_later_than_the_version_is_no_difference(registry, catalog, tampered):
    late = set(catalog.labelled(2)["productid"]) - set(catalog.labelled(1)["productid"])
    changed = tampered("UPDATE labels SET prdtypecode = 10", min(late))

    assert reproduced(registry, changed, version="1").identical
    assert not reproduced(registry, changed, version="2").identical


def test_a_holdout_row_that_was_changed_is_not_proven_by_the_same_model(
    registry, catalog, tampered
):
    productid = catalog.labelled(1).filter("in_holdout")["productid"][0]

    changed = tampered("UPDATE listings SET description = 'autre'", productid)
    found = reproduced(registry, changed, version="1")

    assert found.proof.level is Level.NUMBERS
    assert not found.identical


def test_without_digests_the_fingerprint_still_tells(registry, catalog, tampered):
    class Old(Rewritten):
        def read_file(self, version, path):
            if path.startswith("data/"):
                raise UnknownVersion("there is no such file")
            return self._registry.read_file(version, path)

    productid = catalog.labelled(1)["productid"][0]

    changed = tampered("UPDATE listings SET designation = 'Lampe'", productid)
    found = reproduced(Old(registry), changed, version="1")

    assert [each.what for each in found.origin.differences] == ["fingerprint"]
    assert not found.identical


def test_a_parameter_that_was_changed_in_the_registry_is_named(registry, catalog):
    found = reproduced(Rewritten(registry, parameters={"c": 5.0}), catalog)

    (difference,) = found.origin.differences
    assert (difference.aspect, difference.what) == ("parameters", "c")
    assert (difference.recorded, difference.found) == ("5.0", "the model was fitted with 0.25")
    assert not found.identical
    assert found.conclusion.startswith("Not identical: ")
    assert found.conclusion.endswith("What differs: parameters.")


def test_a_precision_that_was_changed_in_the_registry_is_named(registry, catalog):
    found = reproduced(Rewritten(registry, parameters={"precision": 0.8}), catalog)

    (difference,) = found.origin.differences
    assert (difference.aspect, difference.what) == ("parameters", "precision")
    assert (difference.recorded, difference.found) == ("0.8", "the model was fitted with 0.95")
    assert found.proof.other == 0
    assert found.proof.level is Level.CATEGORIES
    assert found.proof.decided > 0
    assert not found.identical


def test_decision_scores_that_were_changed_are_found_though_the_model_is_the_same(
    registry, catalog
):
    decisions = registry.version("2").scorecard["decisions"]
    boasting = decisions | {
        "automation_rate": 0.99,
        "brier": 0.01,
        "thresholds": decisions["thresholds"] | {"10": 0.123},
    }

    found = reproduced(Rewritten(registry, scorecard={"decisions": boasting}), catalog)

    assert found.proof.level is Level.NUMBERS
    assert [(each.what, each.recorded) for each in found.scores] == [
        ("automation rate", "0.99"),
        ("brier", "0.01"),
        ("thresholds of category 10", "0.123"),
    ]
    assert not found.identical


def test_a_package_of_another_version_is_named_and_need_not_matter(registry, catalog):
    packages = registry.version("2").lineage["packages"] | {"numpy": "2.0.0"}

    found = reproduced(Rewritten(registry, lineage={"packages": packages}), catalog)

    (difference,) = found.origin.differences
    assert (difference.aspect, difference.what, difference.recorded) == (
        "packages",
        "numpy",
        "2.0.0",
    )
    assert found.identical
    assert found.conclusion.startswith("Identical, in spite of what differs (packages)")


def test_other_code_is_named_with_the_way_back_to_it(registry, catalog):
    found = reproduced(
        Rewritten(registry, parameters={"seed": 8}, lineage={"seed": 8}), catalog, commit="d" * 40
    )

    assert {each.aspect for each in found.origin.differences} == {"parameters", "code"}
    assert not found.identical
    assert f"`git checkout {COMMIT}`" in found.remedy


def test_scores_that_were_changed_are_found_though_the_model_is_the_same(registry, catalog):
    found = reproduced(Rewritten(registry, scorecard={"macro_f1": 0.99}), catalog)

    assert found.proof.level is Level.NUMBERS
    assert [each.recorded for each in found.scores] == ["0.99"]
    assert not found.identical
    assert "the recorded scores are others" in found.conclusion


def test_without_a_recorded_difference_the_machine_is_what_remains(registry, catalog):
    class Swapped(Rewritten):
        def fetch(self, version, folder, into):
            return self._registry.fetch({"2": "1"}[version], folder, into)

    found = reproduced(Swapped(registry), catalog, version="2")

    assert found.origin.differences == ()
    assert not found.identical
    assert "leaves the machine" in found.conclusion


def test_another_machine_is_named(registry, catalog):
    machine = describe_machine() | {"vector instructions": "none"}

    found = reproduced(Rewritten(registry, lineage={"machine": machine}), catalog)

    assert [each.what for each in found.origin.differences] == ["vector instructions"]
    assert found.identical


def test_exported_data_serve_where_the_catalogue_is_gone(registry, catalog, tmp_path):
    file = write_export(catalog.snapshot(2), tmp_path)

    found = rebuild(registry, examine(registry, "2", from_export(file), commit=COMMIT))

    assert found.identical
    assert found.proof.level is Level.NUMBERS
    with pytest.raises(DataMismatch, match=r"holds revision 2 .* version 1 was made of revision 1"):
        examine(registry, "1", from_export(file), commit=COMMIT)


def test_a_catalogue_that_never_had_the_revision_is_not_taken(registry, tmp_path):
    engine = open_database(f"sqlite:///{tmp_path / 'catalog.db'}")
    migrate(engine)

    with pytest.raises(UnknownRevision, match=r"no revision 2.*--data FILE"):
        examine(registry, "2", from_catalog(Catalog(engine)), commit=COMMIT)
    engine.dispose()


def test_what_this_code_cannot_go_back_to_is_said(registry, catalog):
    read = from_catalog(catalog)
    with pytest.raises(CannotReproduce, match=f"not know .wings.; it was made by {COMMIT}"):
        examine(Rewritten(registry, parameters={"wings": 2}), "2", read, commit=COMMIT)
    nameless = InMemoryRegistry()
    nameless.register(replace(a_submission(), lineage={}))
    with pytest.raises(CannotReproduce, match="does not say of what it was made"):
        examine(nameless, "1", read, commit=COMMIT)
    with pytest.raises(CannotReproduce, match=r"cannot be trained .*c -1"):
        reproduced(Rewritten(registry, parameters={"c": -1.0}), catalog)


def test_a_scorer_of_another_format_is_not_compared(registry, catalog):
    class Older(Rewritten):
        def fetch(self, version, folder, into):
            found = self._registry.fetch(version, folder, into)
            manifest = (found / "scorer.json").read_text()
            (found / "scorer.json").write_text(manifest.replace('"format": ', '"format": 9'))
            return found

    with pytest.raises(CannotReproduce, match=f"is of format 9.* made by {COMMIT}"):
        reproduced(Older(registry), catalog)


def test_a_bias_that_was_not_registered_is_that_of_the_models_file(registry, catalog):
    origin = examine(Earlier(registry), "1", from_catalog(catalog), commit=COMMIT)

    assert origin.parameters == Parameters(bias=1.0)
    assert origin.differences == ()


def test_a_version_of_another_bias_is_made_with_that(registry, catalog):
    other = examine(Earlier(registry), "1", from_catalog(catalog), commit=COMMIT)

    found = rebuild(registry, other)

    assert not found.identical
    assert "weights" in found.proof.parts
