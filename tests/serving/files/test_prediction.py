import os
from dataclasses import replace
from datetime import UTC, datetime

import polars as pl
import pytest

from rakuten_mlops.errors import UnreadableFile, UnwritableFile
from rakuten_mlops.serving.files.prediction import predict_file
from rakuten_mlops.serving.files.source import CsvSource, ParquetSource

KINDS = ["out.csv", "out.parquet"]


@pytest.fixture(params=["in.csv", "in.parquet"])
def source(request, tmp_path, listings):
    """A file of 900 listings that is read in many pieces."""
    path = tmp_path / request.param
    if path.suffix == ".csv":
        listings.write_csv(path)
        return CsvSource(path, piece_bytes=2_000)
    listings.write_parquet(path, row_group_size=300)
    return ParquetSource(path, piece_rows=70)


class Watcher:
    """Keeps what it is told; stops the work, as Ctrl-C does, after so many listings."""

    def __init__(self, *, stop_at: int | None = None) -> None:
        self.stop_at = stop_at
        self.notes: list[str] = []
        self.reached: list[tuple[int, int | None]] = []

    def progress(self, done: int, total: int | None) -> None:
        self.reached.append((done, total))
        if self.stop_at is not None and done >= self.stop_at:
            raise KeyboardInterrupt


def predict(source, target, champion, watcher=None, *, sure=0.5, restart=False) -> Watcher:
    watcher = watcher or Watcher()
    predict_file(
        source,
        target,
        champion,
        accept_confidence=sure,
        restart=restart,
        note=watcher.notes.append,
        progress=watcher.progress,
    )
    return watcher


def stopped(source, target, champion, *, after: int) -> int:
    """Stop a prediction after so many listings; how many were done."""
    watcher = Watcher(stop_at=after)
    with pytest.raises(KeyboardInterrupt):
        predict(source, target, champion, watcher)
    return watcher.reached[-1][0]


@pytest.mark.parametrize("kind", KINDS)
def test_every_listing_gets_the_answer_that_it_gets_alone(
    tmp_path, source, listings, champion, kind
):
    predict(source, tmp_path / kind, champion)

    found = pl.read_parquet if kind == "out.parquet" else pl.read_csv
    given = found(tmp_path / kind)
    alone = [
        champion.scorer.guesses(designation or "", description or "")[0]
        for designation, description in listings.select("designation", "description").rows()
    ]
    assert given["prdtypecode"].to_list() == [guess.prdtypecode for guess in alone]
    assert given["category"].to_list() == [guess.category for guess in alone]
    assert given["confidence"].to_list() == pytest.approx([guess.confidence for guess in alone])
    assert given["decision"].to_list() == [
        "accept" if sure >= 0.5 else "review" for sure in given["confidence"]
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_a_prediction_broken_off_again_and_again_gives_the_same_bytes(
    tmp_path, source, champion, kind
):
    whole, target = tmp_path / f"whole-{kind}", tmp_path / kind
    predict(source, whole, champion)

    done = 0
    while done < 600:
        done = stopped(source, target, champion, after=done + 100)
        assert not target.exists()
    last = predict(source, target, champion)

    assert last.notes == [f"Resuming after {done} of 900 listings"]
    assert last.reached[0][0] == done
    assert last.reached[-1] == (900, 900)
    assert target.read_bytes() == whole.read_bytes()
    assert not list(tmp_path.glob("*.part"))


def test_it_goes_on_even_if_everything_but_the_last_step_was_done(tmp_path, source, champion):
    predict(source, tmp_path / "whole.csv", champion)
    stopped(source, tmp_path / "out.csv", champion, after=900)

    last = predict(source, tmp_path / "out.csv", champion)

    assert last.notes == ["Resuming after 900 of 900 listings"]
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_another_champion_begins_anew(tmp_path, source, champion):
    target = tmp_path / "out.csv"
    done = stopped(source, target, champion, after=300)

    watcher = predict(source, target, replace(champion, version="8"))

    assert watcher.notes == [
        f"Starting anew, not after {done} listings: another champion is in service"
    ]
    assert set(pl.read_csv(target)["model_version"]) == {8}
    assert watcher.reached[0][0] == 0


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"sure": 0.9}, "RAKUTEN_ACCEPT_CONFIDENCE has changed"),
        ({"restart": True}, "as asked"),
    ],
)
def test_other_settings_begin_anew(tmp_path, source, champion, change, why):
    target = tmp_path / "out.csv"
    done = stopped(source, target, champion, after=300)
    predict(source, tmp_path / "whole.csv", champion, **change)

    watcher = predict(source, target, champion, **change)

    assert watcher.notes == [f"Starting anew, not after {done} listings: {why}"]
    assert target.read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_the_same_version_fetched_from_another_registry_is_another_champion(
    tmp_path, source, champion
):
    stopped(source, tmp_path / "out.csv", champion, after=300)

    other = replace(champion, since=datetime(2026, 11, 2, tzinfo=UTC))
    watcher = predict(source, tmp_path / "out.csv", other)

    assert watcher.notes[0].endswith("another champion is in service")


def test_other_listings_begin_anew(tmp_path, listings, champion):
    path, target = tmp_path / "in.csv", tmp_path / "out.csv"
    listings.write_csv(path)
    stopped(CsvSource(path, piece_bytes=2_000), target, champion, after=300)

    listings.head(500).write_csv(path)
    watcher = predict(CsvSource(path, piece_bytes=2_000), target, champion)

    assert watcher.notes[0].endswith("listings: the listings have changed")
    assert pl.read_csv(target).height == 500


def test_a_file_that_changes_while_it_is_read_gives_no_answers(tmp_path, listings, champion):
    path, target = tmp_path / "in.csv", tmp_path / "out.csv"
    listings.write_csv(path)

    class Meddler(Watcher):
        def progress(self, done, total):
            super().progress(done, total)
            os.utime(path)

    with pytest.raises(UnreadableFile, match=r"in\.csv was changed while it was read"):
        predict(CsvSource(path, piece_bytes=2_000), target, champion, Meddler())

    assert [each.name for each in tmp_path.iterdir()] == ["in.csv"]


def test_a_bad_line_late_in_the_file_leaves_nothing_behind(tmp_path, listings, champion):
    path = tmp_path / "in.csv"
    path.write_bytes(listings.write_csv().encode() + b"1,2,3,4,5\n")

    with pytest.raises(UnreadableFile, match=r"line \d+ has 5 fields, the header 4"):
        predict(CsvSource(path, piece_bytes=2_000), tmp_path / "out.csv", champion)

    assert [each.name for each in tmp_path.iterdir()] == ["in.csv"]


def test_listings_without_a_title_are_answered_too(tmp_path, champion):
    path = tmp_path / "in.csv"
    path.write_text('designation,description\n,\n"",piscine\n  ,\n')

    predict(CsvSource(path), tmp_path / "out.csv", champion)

    codes = pl.read_csv(tmp_path / "out.csv")["prdtypecode"].to_list()
    assert codes == [champion.scorer.predict(*text) for text in (("",), ("", "piscine"), ("",))]


def test_titles_that_parquet_holds_as_categories_are_texts(tmp_path, champion):
    path = tmp_path / "in.parquet"
    titles = pl.Series("designation", ["Piscine hors sol", None] * 50, dtype=pl.Categorical)
    titles.to_frame().write_parquet(path)

    predict(ParquetSource(path, piece_rows=9), tmp_path / "out.parquet", champion)

    found = pl.read_parquet(tmp_path / "out.parquet")
    assert found["designation"].dtype == pl.Categorical
    assert found["designation"].cast(pl.String).to_list() == ["Piscine hors sol", None] * 50
    assert found["prdtypecode"][0] == champion.scorer.predict("Piscine hors sol")


def test_titles_that_are_no_texts_are_refused(tmp_path, champion):
    path = tmp_path / "in.parquet"
    pl.DataFrame({"designation": [["Piscine", "hors sol"]]}).write_parquet(path)

    with pytest.raises(UnreadableFile, match=r"`designation` is List\(String\) and no text"):
        predict(ParquetSource(path), tmp_path / "out.parquet", champion)


@pytest.mark.parametrize("value", [["a", "list"], {"a": "struct"}, b"bytes"])
def test_columns_that_csv_cannot_hold_are_refused_before_the_work(tmp_path, champion, value):
    path = tmp_path / "in.parquet"
    pl.DataFrame({"designation": ["Piscine"], "other": [value]}).write_parquet(path)

    with pytest.raises(UnwritableFile, match=r"cannot be CSV .* choose \.parquet"):
        predict(ParquetSource(path), tmp_path / "out.csv", champion)

    assert [each.name for each in tmp_path.iterdir()] == ["in.parquet"]
