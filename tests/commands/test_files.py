import gzip
import signal
import subprocess
import sys
import time
from pathlib import Path

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
        ("designation\nPiscine\n" + "x,y,z\n", "cannot be read: line 3 has 3 fields, the header 1"),
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


@pytest.mark.usefixtures("champion")
def test_a_gzipped_file_is_read_as_is(run, tmp_path):
    listings = some_listings(1_000)
    (tmp_path / "in.csv.gz").write_bytes(gzip.compress(listings.write_csv().encode()))

    run("predict", "in.csv.gz", "-o", "out.csv")

    answered = read(tmp_path / "out.csv")
    assert answered.select(listings.columns).equals(listings, null_equal=True)


def large(path: Path, *, rows: int, length: int = 1_500) -> None:
    """A file of many pieces, soon classified."""
    titles = [f"Piscine ronde {n}" for n in range(rows)]
    write(pl.DataFrame({"designation": titles, "description": "n" * length}), path)


@pytest.fixture
def start(home):
    """Start the command in a process of its own."""
    started = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        started.append(
            subprocess.Popen(
                [sys.executable, "-m", "rakuten_mlops", "predict", *arguments],
                env={"RAKUTEN_HOME": str(home)},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def wait_for_pieces(folder: Path, process: subprocess.Popen[str]) -> None:
    """Wait until the first pieces are kept, but the work is not done."""
    while not (folder / "state").exists() or '"rows": 0' in (folder / "state").read_text():
        assert process.poll() is None
        time.sleep(0.005)


@pytest.mark.usefixtures("champion")
@pytest.mark.parametrize("target", ["out.csv", "out.parquet"])
def test_a_killed_prediction_goes_on_and_gives_the_same_bytes(run, start, tmp_path, target):
    large(tmp_path / "in.csv", rows=40_000)
    run("predict", "in.csv", "-o", f"whole-{target}")
    process = start("in.csv", "-o", target)
    wait_for_pieces(tmp_path / f"{target}.part", process)

    process.kill()
    killed = process.wait()
    nothing_yet = not (tmp_path / target).exists()
    result = run("predict", "in.csv", "-o", target)

    assert killed == -signal.SIGKILL
    assert nothing_yet
    first, last = result.stdout.splitlines()
    assert first.startswith("Resuming after ")
    assert first.endswith(" of 40,000 listings")
    assert last == f"40,000 listings classified by version 7: {target}"
    assert (tmp_path / target).read_bytes() == (tmp_path / f"whole-{target}").read_bytes()
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.usefixtures("champion")
def test_who_stops_it_is_told_how_to_go_on(run, start, tmp_path):
    large(tmp_path / "in.csv", rows=40_000)
    process = start("in.csv", "-o", "out.csv")
    wait_for_pieces(tmp_path / "out.csv.part", process)

    process.send_signal(signal.SIGINT)
    told, complaint = process.communicate()
    resumed = run("predict", "in.csv", "-o", "out.csv")

    assert complaint.endswith("Stopped.\n")
    assert process.returncode == 130
    assert told.endswith(" listings are kept; the same call goes on from there\n")
    assert resumed.stdout.startswith(f"Resuming after {told.split()[0]} of 40,000 listings\n")


@pytest.mark.usefixtures("champion")
def test_restart_does_not_go_on(run, start, tmp_path):
    large(tmp_path / "in.csv", rows=40_000)
    process = start("in.csv", "-o", "out.csv")
    wait_for_pieces(tmp_path / "out.csv.part", process)
    process.kill()
    process.wait()

    result = run("predict", "in.csv", "-o", "out.csv", "--restart")

    first, last = result.stdout.splitlines()
    assert first.startswith("Starting anew, not after ")
    assert first.endswith(" listings: as asked")
    assert last == "40,000 listings classified by version 7: out.csv"


def peak_of(process: subprocess.Popen[str]) -> int:
    """The most memory, in KiB, that a process has of its own while it runs, without its files."""
    peak = 0
    while process.poll() is None:
        status = Path(f"/proc/{process.pid}/status").read_text().splitlines()
        held = [int(line.split()[1]) for line in status if line.startswith("RssAnon:")]
        peak = max([peak, *held])
        time.sleep(0.01)
    return peak


def of_long_texts(path: Path, *, rows: int) -> None:
    """A file whose every text is another, in one row group where it has any."""
    texts = [f"{n} ".ljust(2_000, "n") + f"{n}" for n in range(rows)]
    listings = pl.DataFrame({"designation": ["Piscine ronde"] * rows, "description": texts})
    if path.suffix == ".parquet":
        listings.write_parquet(path, row_group_size=rows)
    else:
        listings.write_csv(path)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells the memory")
@pytest.mark.usefixtures("champion")
@pytest.mark.parametrize("source", ["in.csv", "in.parquet"])
def test_memory_does_not_grow_with_the_file(start, tmp_path, source):
    peaks = []
    # The smaller one, too, is many pieces for every core: fewer do not fill what is there for them.
    for rows in (40_000, 160_000):
        of_long_texts(tmp_path / source, rows=rows)
        process = start(source, "-o", "out.csv")
        peaks.append(peak_of(process))
        assert process.returncode == 0
    assert peaks[1] < 1.25 * peaks[0]
