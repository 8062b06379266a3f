import polars as pl
import pytest

from rakuten_mlops.errors import UnwritableFile
from rakuten_mlops.serving.files.draft import Draft, Kept, Piece, open_draft

ORIGIN = {"listings": {"bytes": 3}, "champion": "7"}
NO_ANSWERS = pl.DataFrame(schema={"designation": pl.String, "prdtypecode": pl.Int64})
KINDS = ["out.csv", "out.parquet"]


def answers(*codes: int) -> pl.DataFrame:
    return pl.DataFrame({"designation": ["x"] * len(codes), "prdtypecode": codes})


def keep(draft: Draft, *codes: int, place: int) -> None:
    draft.keep(Piece(draft.encode(answers(*codes)), len(codes), place))


def begun(target, *places: int) -> None:
    """A draft of one answer for each place, left behind."""
    with open_draft(target) as draft:
        draft.begin(ORIGIN, 5, NO_ANSWERS)
        for place in places:
            keep(draft, place, place=place)


def read(path) -> list[int]:
    found = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path)
    return found["prdtypecode"].to_list()


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_kept_outlives_the_process_and_is_gone_on_with(tmp_path, kind):
    target = tmp_path / kind
    begun(target, 10, 20)

    with open_draft(target) as draft:
        found, origin = draft.kept, draft.origin
        keep(draft, 30, 31, place=31)
        nothing_yet = not target.exists()
        draft.finish(target)

    assert (found.pieces, found.rows, found.place) == (3, 2, 20)
    assert origin == ORIGIN
    assert nothing_yet
    assert read(target) == [10, 20, 30, 31]
    assert [path.name for path in tmp_path.iterdir()] == [kind]


@pytest.mark.parametrize("kind", KINDS)
def test_a_piece_that_was_half_written_is_written_anew(tmp_path, kind):
    target = tmp_path / kind
    begun(target, 10)
    last = tmp_path / f"{kind}.part" / ("answers.csv" if kind == "out.csv" else "000002.arrow")
    with last.open("ab") as file:
        file.write(b"x,20\nx,30\nx,4")

    with open_draft(target) as draft:
        keep(draft, 50, place=50)
        draft.finish(target)

    assert read(target) == [10, 50]


@pytest.mark.parametrize("kind", KINDS)
def test_to_begin_anew_drops_what_was_kept(tmp_path, kind):
    target = tmp_path / kind
    begun(target, 10, 20, 30)

    with open_draft(target) as draft:
        draft.begin(ORIGIN, 5, NO_ANSWERS)
        keep(draft, 50, place=50)
        draft.finish(target)

    assert read(target) == [50]


@pytest.mark.parametrize("kind", KINDS)
def test_a_draft_that_lost_a_piece_counts_for_nothing(tmp_path, kind):
    target = tmp_path / kind
    begun(target, 10, 20)
    folder = tmp_path / f"{kind}.part"
    if kind == "out.csv":
        (folder / "answers.csv").write_text("designation\n")
    else:
        (folder / "000001.arrow").unlink()

    with open_draft(target) as draft:
        assert draft.kept == Kept()
        assert draft.origin == {}


@pytest.mark.parametrize("kind", KINDS)
def test_the_header_alone_is_a_file_without_rows(tmp_path, kind):
    target = tmp_path / kind

    with open_draft(target) as draft:
        draft.begin(ORIGIN, 5, NO_ANSWERS)
        draft.finish(target)

    assert read(target) == []
    assert [path.name for path in tmp_path.iterdir()] == [kind]


def test_a_draft_without_a_row_leaves_no_trace(tmp_path):
    begun(tmp_path / "out.csv")

    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_kept_in_the_moment_of_an_interruption_stays(tmp_path, kind):
    target = tmp_path / kind

    with open_draft(target) as draft:
        draft.begin(ORIGIN, 5, NO_ANSWERS)
        before = draft.kept
        keep(draft, 10, place=10)
        # Ctrl-C came when the piece was on the disk, and this object did not know it yet.
        draft.kept = before

    with open_draft(target) as draft:
        assert draft.kept.rows == 1


def test_two_do_not_write_the_same_target(tmp_path):
    target = tmp_path / "out.csv"

    with open_draft(target) as draft:
        draft.begin(ORIGIN, 5, NO_ANSWERS)
        keep(draft, 10, place=10)
        with pytest.raises(UnwritableFile, match="Another process is writing"), open_draft(target):
            pass
        keep(draft, 20, place=20)
        draft.finish(target)

    assert read(target) == [10, 20]


def test_a_folder_of_somebody_elses_is_left_alone(tmp_path):
    folder = tmp_path / "out.csv.part"
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work")

    with (
        pytest.raises(UnwritableFile, match=r"holds thesis\.txt"),
        open_draft(tmp_path / "out.csv"),
    ):
        pass

    assert (folder / "thesis.txt").read_text() == "years of work"


def test_a_target_that_cannot_be_is_refused_before_the_work(tmp_path):
    (tmp_path / "folder.csv").mkdir()

    for name, complaint in (("out.txt", "neither .csv nor .parquet"), ("folder.csv", "a folder")):
        with pytest.raises(UnwritableFile, match=complaint), open_draft(tmp_path / name):
            pass

    assert [path.name for path in tmp_path.iterdir()] == ["folder.csv"]
