import gzip

import pytest

from rakuten_mlops.catalog.store import Catalog

X = """,designation,description,productid,imageid
0,Piscine hors sol ronde,,101,1001
1,Jeu vidéo PS4,<p>Aventure</p>,102,1002
2,Lot de livres anciens,,103,1003
"""
Y = ",prdtypecode\n0,2583\n1,40\n2,10\n"


@pytest.fixture
def catalog(engine):
    return Catalog(engine)


@pytest.fixture
def x(tmp_path):
    path = tmp_path / "X_train_update.csv"
    path.write_text(X)
    return path


@pytest.fixture
def y(tmp_path):
    path = tmp_path / "Y_train_CVw08PX.csv"
    path.write_text(Y)
    return path


def test_the_challenges_files_are_imported(run, catalog, x, y):
    result = run("import", x, y)

    assert result.exit_code == 0
    assert result.stdout == (
        "3 rows read, revision 1: 3 added, 0 changed, 0 unchanged, 0 retired; 3 labels.\n"
    )
    assert catalog.counts().categories == {10: 1, 40: 1, 2583: 1}
    assert catalog.revisions()[0].author == "anna"


def test_listings_without_labels_are_imported(run, catalog, x):
    assert run("import", x).exit_code == 0
    assert (catalog.counts().listings, catalog.counts().labelled) == (3, 0)


def test_the_same_files_change_nothing(run, x, y):
    run("import", x, y)

    again = run("import", x, y)

    assert (again.exit_code, again.stdout) == (0, "3 rows read: nothing changed.\n")


def test_gzip_is_read_as_is(run, catalog, tmp_path):
    packed = tmp_path / "X.csv.gz"
    packed.write_bytes(gzip.compress(X.encode()))

    assert run("import", packed).exit_code == 0
    assert catalog.counts().listings == 3


def test_a_bad_row_is_named_and_kept_and_does_not_stop_the_rest(run, catalog, tmp_path, x, y):
    x.write_text(X + "3,Lampe,,lots,1004\n")
    rejects = tmp_path / "kept" / "[old] rejects.csv"

    result = run("import", x, y, "--max-rejected", "0.5", "--rejects", rejects)

    assert result.exit_code == 0
    assert "  rejected 1: " in result.stdout
    assert f"The rejected rows are in {rejects}.\n" in result.stdout
    assert "Lampe" in rejects.read_text()
    assert catalog.counts().listings == 3


def test_too_many_bad_rows_leave_the_catalogue_as_it_was(run, catalog, x, y):
    x.write_text(X + "3,Lampe,,lots,1004\n")

    result = run("import", x, y)

    assert result.exit_code == 1
    assert "1 of 4 rows are bad" in result.stderr
    assert "--max-rejected" in result.stderr
    assert catalog.current_revision() == 0


@pytest.mark.parametrize("content", [None, b"", b"\x00\x01\x02", b"a,b\n1,2\n", b",designation\n"])
def test_a_file_that_is_no_catalogue_is_refused_by_name(run, catalog, tmp_path, content):
    path = tmp_path / "X.csv"
    if content is not None:
        path.write_bytes(content)

    result = run("import", path)

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")
    assert "X.csv" in result.stderr
    assert catalog.current_revision() == 0


def test_a_synthetic_catalogue_is_made_the_same_for_the_same_seed(run, catalog):
    first = run("synthesize", "--rows", 200, "--seed", 3)

    again = run("synthesize", "--rows", 200, "--seed", 3)

    assert (first.exit_code, first.stdout) == (0, "Revision 1: 200 listings.\n")
    assert again.stdout == "Nothing changed: the catalogue holds these listings already.\n"
    assert catalog.revisions()[0].kind == "synthetic"


def test_a_real_catalogue_takes_no_synthetic_listings(run, catalog, x, y):
    run("import", x, y)

    result = run("synthesize", "--rows", 100)

    assert result.exit_code == 1
    assert catalog.current_revision() == 1
