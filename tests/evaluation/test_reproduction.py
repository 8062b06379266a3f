from dataclasses import replace

import pytest

from evaluation.history import VERSIONS, Place, prepare
from evaluation.reproduction import Case, Outcome, run
from evaluation.tampering import edited
from rakuten_mlops.catalog.categories import Category
from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.catalog.synthetic import synthesize
from rakuten_mlops.database import migrate, open_database

WELL = Outcome(True, "numbers", (), 0.0, 0.0, 1.0)


def a_catalog(path):
    engine = open_database(f"sqlite:///{path}")
    migrate(engine)
    return engine, Catalog(engine)


def test_versions_are_proven_and_changes_named():
    """Three of the cases; `tests/retraining` changes what the others do, in one process."""

    def chosen(case):
        named = ("a registered parameter", "the registered precision")
        return case.version == "1" or case.change in named

    found = list(run(None, rows=600, seed=3, chosen=chosen))

    assert [(case.change, outcome.identical) for case, outcome in found] == [
        ("nothing", True),
        ("a registered parameter", False),
        ("the registered precision", False),
    ]
    assert all(case.met(outcome) for case, outcome in found)


def test_an_imported_catalogue_is_taken_whole_and_left_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "home").mkdir()
    (tmp_path / "work").mkdir()
    engine, source = a_catalog(tmp_path / "home" / "catalog.db")
    table = [Category(code, f"nom {code}", f"name {code}") for code in source.categories()]
    source.write(
        synthesize(600, seed=3), kind="import", source="a test", author="test", categories=table
    )

    rows = prepare(Place(tmp_path / "work"), tmp_path / "home", rows=0, seed=3)

    assert rows.equals(source.labelled())
    assert source.current_revision() == 1
    copy_engine, copy = a_catalog(tmp_path / "work" / "catalog.db")
    assert [copy.counts(number).labelled for number in range(1, VERSIONS + 1)] == [
        480,
        510,
        540,
        570,
        600,
    ]
    assert copy.categories() == source.categories()
    engine.dispose()
    copy_engine.dispose()


def test_a_case_is_not_met_by_silence_nor_by_naming_something_else():
    nothing = Case("nothing", "1", None, identical=True)
    title = Case("a title", "1", ("data", "rewritten: 1"), identical=False)
    named = (("data", "listings rewritten: 1: productid 7"), ("data", "fingerprint: a: b"))
    wrong = replace(WELL, identical=False, named=named)

    assert nothing.met(WELL)
    assert not nothing.met(replace(WELL, identical=False))
    assert not nothing.met(replace(WELL, named=named))
    assert title.met(wrong)
    assert not title.met(replace(wrong, identical=True))
    assert not title.met(replace(wrong, named=()))
    assert not title.met(replace(wrong, named=(*named, ("packages", "numpy: 1: 2"))))


def test_a_change_is_undone_also_when_what_follows_fails(tmp_path):
    engine, catalog = a_catalog(tmp_path / "catalog.db")
    catalog.write(synthesize(30, seed=3), kind="synthetic", source="a test", author="test")
    before = catalog.labelled()
    statement = "UPDATE listings SET designation = 'Lampe' WHERE id = ?"

    def fail():
        with edited(tmp_path / "catalog.db", statement, 1):
            assert not catalog.labelled().equals(before)
            raise KeyError("something else")

    with pytest.raises(KeyError):
        fail()
    assert catalog.labelled().equals(before)
    with (
        pytest.raises(RuntimeError, match="changed 0 rows"),
        edited(tmp_path / "catalog.db", statement, 99),
    ):
        pass
    engine.dispose()
