import sqlite3

import polars as pl
import pytest

from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.catalog.synthetic import synthesize


@pytest.fixture
def catalog(engine):
    made = Catalog(engine)
    made.write(synthesize(800, seed=1), kind="synthetic", source="a test", author="test")
    return made


@pytest.fixture
def registry(home, monkeypatch):
    """Where MLflow writes; one version is made by the command itself."""
    monkeypatch.setenv("RAKUTEN_MLFLOW_URL", f"sqlite:///{home / 'mlflow.db'}")
    monkeypatch.setenv("RAKUTEN_GIT_COMMIT", "c" * 40)


@pytest.mark.usefixtures("registry")
def test_a_version_is_proven_until_a_row_is_changed(run, home, catalog, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    assert run("train").exit_code == 0

    proven = run("reproduce", 1)

    assert proven.exit_code == 0, proven.output
    assert "Reproducing version 1: vectorise" in proven.stdout
    assert proven.stdout.count("│ the same ") == 5
    assert proven.stdout.count("│ identical ") == 6
    assert "Identical: every number of the model is the same to the last bit" in proven.stdout

    kept = home.parent / "kept"
    assert run("export", "--revision", 1, "-o", kept).exit_code == 0
    with sqlite3.connect(home / "catalog.db") as database:
        database.execute("UPDATE listings SET designation = 'Lampe' WHERE id = 1")
    productid = catalog.labelled(1).filter(designation="Lampe")["productid"][0]

    differing = run("reproduce", 1)
    from_file = run("reproduce", 1, "--data", kept / "revision-1.parquet")

    assert differing.exit_code == 1
    assert f"1: productid {productid}" in differing.stdout
    assert "Not proven: these are not the rows that the version names." in differing.stdout
    assert from_file.exit_code == 0, from_file.output


@pytest.mark.usefixtures("catalog", "registry")
def test_a_version_that_is_not_there_is_unknown(run):
    result = run("reproduce", 4)

    assert result.exit_code == 1
    assert "Error: product-classifier" in result.stderr


def test_a_revision_is_exported(run, home, catalog):
    target = home.parent / "rows.parquet"

    result = run("export", "-o", target)

    assert result.exit_code == 0
    assert f"fingerprint {catalog.snapshot().fingerprint}" in result.stdout
    assert result.stdout.endswith(f"{target} and rows.parquet.json\n")
    assert pl.read_parquet(target).equals(catalog.labelled())


@pytest.mark.usefixtures("catalog")
def test_a_revision_that_is_not_there_is_unknown(run, home):
    result = run("export", "--revision", 9, "-o", home.parent / "rows.parquet")

    assert (result.exit_code, result.stderr) == (
        1,
        "Error: There is no revision 9; the newest is 1\n",
    )
    assert not (home.parent / "rows.parquet").exists()


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize("arguments", [("export", "-o", "rows"), ("reproduce", 1)])
def test_a_database_that_is_not_there_is_not_made(run, home, arguments):
    result = run(*arguments)

    assert result.exit_code == 1
    assert f"There is no database {home / 'catalog.db'}" in result.stderr
    assert not (home / "catalog.db").exists()


@pytest.mark.usefixtures("catalog", "registry")
def test_a_file_that_is_no_export_is_refused_by_name(run, home):
    result = run("reproduce", 1, "--data", home / "catalog.db")

    assert result.exit_code == 1
    assert "Error: " in result.stderr
