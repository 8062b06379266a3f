"""A CSV file of listings in, the same file with categories out."""

from collections.abc import Iterator
from dataclasses import dataclass

import streamlit as st

from rakuten_mlops.client.api_client import Answer
from rakuten_mlops.dashboard import session, wording
from rakuten_mlops.dashboard.listing_table import (
    ANSWERS,
    BadTable,
    ListingTable,
    answer_cells,
    answer_columns,
    read_table,
    write_table,
)

SHOWN = 500
RESULT = "batch result"
EXAMPLE = """\
reference;designation;description
A-17;Piscine tubulaire ronde 3,05 m;"Livrée avec <b>pompe</b> et bâche"
B-02;Console portable rétro 400 jeux;
C-33;Lot de 12 cahiers 24x32 grands carreaux;96 pages, papier 90 g
"""


@dataclass(frozen=True)
class Result:
    """A file with its answers; each row is the user's cells followed by those of ANSWERS."""

    name: str
    table: ListingTable
    answers: tuple[tuple[str, ...], ...]

    def rows(self, keep: str) -> list[tuple[str, ...]]:
        """The rows of one filter, in the file's order."""
        decision, note = ANSWERS.index("decision"), ANSWERS.index("note")
        chosen = {
            "To review": lambda answer: answer[decision] == "review",
            "Not answered": lambda answer: bool(answer[note]),
        }.get(keep, lambda _: True)
        pairs = zip(self.table.rows, self.answers, strict=True)
        return [row + answer for row, answer in pairs if chosen(answer)]


def show() -> None:
    """The upload, and what came of it."""
    upload = st.file_uploader(
        "CSV file with a column `designation`; `description` is optional, other columns are kept",
        type=["csv", "txt", "tsv"],
        help="Commas, semicolons or tabs; UTF-8 or what Excel writes. Up to 100 MB.",
    )
    if upload is None:
        st.session_state.pop(RESULT, None)
        _show_example()
        return
    try:
        table = read_table(upload.getvalue())
    except BadTable as error:
        st.error(str(error))
        return
    encoding = table.encoding.removesuffix("-sig").upper()
    st.caption(
        f"{wording.counted(len(table.rows), 'row')}, read as {encoding}; "
        f"columns: {', '.join(name or '(unnamed)' for name in table.header)}"
    )
    if st.button("Find the categories", type="primary"):
        st.session_state.pop(RESULT, None)
        with session.reported():
            answers = tuple(answer_cells(answer) for answer in _answered(table))
            st.session_state[RESULT] = (upload.file_id, Result(upload.name, table, answers))
    for_file, result = st.session_state.get(RESULT, (None, None))
    if result is not None and for_file == upload.file_id:
        _show_result(result)


def _show_example() -> None:
    st.info(
        "No file yet? Take this one. The answer is your file with the category, the confidence "
        "and a decision in each row: `accept`, or `review` for those a person should look at."
    )
    st.download_button(
        "Download an example", EXAMPLE.encode("utf-8-sig"), "listings.csv", "text/csv"
    )


def _answered(table: ListingTable) -> Iterator[Answer | None]:
    """The answer to each row, None where nothing was asked; moves the progress bar."""
    asked = table.listings
    sent = [listing for listing in asked if listing is not None]
    answers = session.api().predict_many(sent)
    bar = st.progress(0.0)
    for done, listing in enumerate(asked, start=1):
        yield None if listing is None else next(answers)
        if done % 100 == 0 or done == len(asked):
            bar.progress(done / len(asked), text=f"{done:,} of {len(asked):,}")
    bar.empty()


def _show_result(result: Result) -> None:
    everything, review, silent = (
        len(result.rows(keep)) for keep in ("All", "To review", "Not answered")
    )
    st.markdown(
        f"**{everything - silent:,}** of {wording.counted(everything, 'row')} answered, "
        f"**{review:,}** of them to review."
    )
    if silent:
        st.warning(
            f"{wording.counted(silent, 'row')} got no answer; the column `note` says why. "
            "Mend them in your file, then send it again."
        )
    keep = st.segmented_control(
        "Show", ["All", "To review", "Not answered"], default="All", required=True
    )
    rows = result.rows(keep)
    header = result.table.header + answer_columns(result.table.header)
    _show_rows(header, rows)
    stem = result.name.rpartition(".")[0] or result.name
    st.download_button(
        f"Download {wording.counted(len(rows), 'row')}",
        write_table(header, rows, delimiter=result.table.delimiter),
        f"{stem}-categories.csv",
        "text/csv",
        type="primary",
        on_click="ignore",
        disabled=not rows,
    )


def _show_rows(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    if not rows:
        st.caption("No such row.")
        return
    # The answers come first here: a long description would push them out of sight.
    order = [*range(len(header) - len(ANSWERS), len(header)), *range(len(header) - len(ANSWERS))]
    columns = {
        header[at] or f"(column {at + 1})": [row[at] for row in rows[:SHOWN]] for at in order
    }
    st.dataframe(columns, hide_index=True)
    if len(rows) > SHOWN:
        st.caption(f"The first {SHOWN} of {len(rows):,} rows; the download holds them all.")
