import polars as pl
import pytest

ANSWER = ["prdtypecode", "category", "confidence", "decision", "model_version"]


def some_listings(rows: int) -> pl.DataFrame:
    """Enough rows for several pieces, each to be told from the others."""
    titles = ["Piscine hors sol", "Jeu vidéo PS4", 'Lot de "livres", anciens\n2 volumes']
    return pl.DataFrame(
        {
            "reference": [f"{n:05}" for n in range(rows)],
            "designation": [titles[n % 3] + " " * (n % 7) for n in range(rows)],
            "description": [None if n % 2 else "<p>Très bon état</p>" for n in range(rows)],
            "price": ["007.50"] * rows,
        }
    )


def write(listings: pl.DataFrame, path) -> None:
    listings.write_parquet(path) if path.suffix == ".parquet" else listings.write_csv(path)


def read(path) -> pl.DataFrame:
    if path.suffix == ".parquet":
        return pl.read_parquet(path)
    return pl.read_csv(path, infer_schema=False)


@pytest.mark.usefixtures("champion")
@pytest.mark.parametrize("target", ["out.csv", "out.parquet"])
@pytest.mark.parametrize("source", ["in.csv", "in.parquet"])
def test_every_row_comes_back_in_its_place_with_its_answer_behind_it(run, tmp_path, source, target):
    rows = 5_000
    listings = some_listings(rows)
    write(listings, tmp_path / source)

    result = run("predict", source, "-o", target)

    answered = read(tmp_path / target)
    assert result.exit_code == 0
    assert result.stdout == f"5,000 listings classified by version 7: {target}\n"
    assert answered.columns == [*listings.columns, *ANSWER]
    assert answered.select(listings.columns).equals(listings, null_equal=True)
    assert answered["prdtypecode"].cast(pl.Int64).to_list() == ([2583, 40, 2403] * rows)[:rows]
    assert set(answered["model_version"].cast(pl.String)) == {"7"}
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.usefixtures("champion")
def test_what_stood_in_the_columns_of_the_answer_is_kept_under_another_name(run, tmp_path):
    known = pl.DataFrame({"designation": ["Piscine hors sol"], "prdtypecode": ["1234"]})
    known.write_csv(tmp_path / "in.csv")

    run("predict", "in.csv", "-o", "out.csv")

    answered = read(tmp_path / "out.csv")
    assert answered["prdtypecode_before"].to_list() == ["1234"]
    assert answered["prdtypecode"].to_list() == ["2583"]


@pytest.mark.usefixtures("champion")
def test_an_answer_can_be_answered_again_and_again(run, tmp_path):
    (tmp_path / "[1] in.csv").write_text("designation\nPiscine hors sol\n")

    run("predict", "[1] in.csv", "-o", "[2].csv")
    run("predict", "[2].csv", "-o", "[3].csv")
    result = run("predict", "[3].csv", "-o", "4.csv")

    assert result.exit_code == 0
    columns = read(tmp_path / "4.csv").columns
    assert {"prdtypecode_before", "prdtypecode_before_before"} <= set(columns)
    assert columns[-len(ANSWER) :] == list(ANSWER)


@pytest.mark.usefixtures("champion")
def test_a_file_without_rows_gives_one_without_rows(run, tmp_path):
    (tmp_path / "in.csv").write_text("designation,description\n")

    result = run("predict", "in.csv", "-o", "out.csv")

    assert result.exit_code == 0
    assert read(tmp_path / "out.csv").columns == ["designation", "description", *ANSWER]


@pytest.mark.usefixtures("champion")
@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("title\nPiscine\n", "has no column `designation`; it has title"),
        ("", "no readable CSV"),
        ("designation\nPiscine\n" + "x,y,z\n", "cannot be read"),
    ],
)
def test_a_bad_file_is_refused_and_the_target_stays_as_it_was(run, tmp_path, content, complaint):
    source = tmp_path / "in.csv"
    source.write_text(content)
    (tmp_path / "out.csv").write_text("of yesterday")

    result = run("predict", source, "-o", "out.csv")

    assert result.exit_code == 1
    assert "in.csv" in result.stderr
    assert complaint in result.stderr
    assert (tmp_path / "out.csv").read_text() == "of yesterday"
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.usefixtures("champion")
@pytest.mark.parametrize(
    ("source", "target", "complaint"),
    [
        ("nowhere.csv", "out.csv", "There is no file nowhere.csv"),
        ("in.csv", "out.txt", "out.txt ends in neither .csv nor .parquet"),
        ("in.csv", "no-folder/out.csv", "no-folder/out.csv"),
    ],
)
def test_a_file_that_cannot_be_is_named(run, tmp_path, source, target, complaint):
    (tmp_path / "in.csv").write_text("designation\nPiscine\n")

    result = run("predict", source, "-o", target)

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")
    assert complaint in result.stderr


def test_without_a_champion_the_remedy_is_named(run, tmp_path):
    (tmp_path / "in.csv").write_text("designation\nPiscine\n")

    result = run("predict", "in.csv", "-o", "out.csv")

    assert result.exit_code == 1
    assert "No model is in production yet" in result.stderr
    assert not (tmp_path / "out.csv").exists()
