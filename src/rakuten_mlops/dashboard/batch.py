"""A CSV file of listings in, the same file with categories out."""

from collections.abc import Iterator
from dataclasses import dataclass

import streamlit as st

from rakuten_mlops.client.api_client import Answer
from rakuten_mlops.dashboard import reader, session
from rakuten_mlops.dashboard.listing_table import (
    ANSWERS,
    BadTable,
    ListingTable,
    answer_cells,
    answer_columns,
    read_table,
    write_table,
)
from rakuten_mlops.dashboard.reader import say

SHOWN = 500
RESULT = "batch result"
FILTERS = ("all", "review", "silent")
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
        """The rows of one of `FILTERS`, in the file's order."""
        decision, note = ANSWERS.index("decision"), ANSWERS.index("note")
        chosen = {
            "review": lambda answer: answer[decision] == "review",
            "silent": lambda answer: bool(answer[note]),
        }.get(keep, lambda _: True)
        pairs = zip(self.table.rows, self.answers, strict=True)
        return [row + answer for row, answer in pairs if chosen(answer)]


def show() -> None:
    """The upload, and what came of it."""
    upload = st.file_uploader(
        say("batch.upload"), type=["csv", "txt", "tsv"], help=say("batch.upload_help")
    )
    if upload is None:
        st.session_state.pop(RESULT, None)
        st.info(say("batch.no_file"), icon=":material/description:")
        example = EXAMPLE.encode("utf-8-sig")
        st.download_button(say("batch.example"), example, "listings.csv", "text/csv")
        return
    try:
        table = read_table(upload.getvalue())
    except BadTable as error:
        st.error(say(f"table.{error.key}", **error.values))
        return
    _show_found(table)
    if st.button(say("batch.find"), type="primary"):
        st.session_state.pop(RESULT, None)
        with session.reported():
            answers = tuple(answer_cells(answer) for answer in answered(table))
            st.session_state[RESULT] = (upload.file_id, Result(upload.name, table, answers))
    for_file, result = st.session_state.get(RESULT, (None, None))
    if result is not None and for_file == upload.file_id:
        show_result(result)


def _show_found(table: ListingTable) -> None:
    encoding = table.encoding.removesuffix("-sig").upper()
    columns = ", ".join(name or say("batch.unnamed") for name in table.header)
    rows = reader.words().count("row", len(table.rows))
    st.caption(say("batch.found", rows=rows, encoding=encoding, columns=columns))


def answered(table: ListingTable) -> Iterator[Answer | None]:
    """The answer to each row, None where nothing was asked; moves a progress bar."""
    asked = table.listings
    sent = [listing for listing in asked if listing is not None]
    answers = session.api().predict_many(sent)
    words = reader.words()
    total = words.number(len(asked))
    bar = st.progress(0.0, text=say("batch.progress", done="0", total=total))
    for done, listing in enumerate(asked, start=1):
        yield None if listing is None else next(answers)
        if done % 100 == 0 or done == len(asked):
            told = say("batch.progress", done=words.number(done), total=total)
            bar.progress(done / len(asked), text=told)
    bar.empty()


def show_result(result: Result) -> None:
    """How many were answered, the rows, and the file to take away."""
    words = reader.words()
    everything, review, silent = (len(result.rows(keep)) for keep in FILTERS)
    rows = words.count("row", everything)
    done, doubtful = words.number(everything - silent), words.number(review)
    st.markdown(say("batch.done", done=done, rows=rows, review=doubtful))
    if silent:
        st.warning(say("batch.silent", rows=words.count("row", silent)))
    keep = st.segmented_control(
        say("batch.show"),
        FILTERS,
        default="all",
        required=True,
        format_func=lambda name: say(f"batch.filter.{name}"),
    )
    chosen = result.rows(keep or "all")
    header = result.table.header + answer_columns(result.table.header)
    _show_rows(header, chosen)
    stem = result.name.rpartition(".")[0] or result.name
    st.download_button(
        say("batch.download", rows=words.count("row", len(chosen))),
        write_table(header, chosen, delimiter=result.table.delimiter),
        f"{stem}-categories.csv",
        "text/csv",
        type="primary",
        on_click="ignore",
        disabled=not chosen,
    )


def _show_rows(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    if not rows:
        st.caption(say("batch.none"))
        return
    # The answers come first here: a long description would push them out of sight.
    order = [*range(len(header) - len(ANSWERS), len(header)), *range(len(header) - len(ANSWERS))]
    columns = {
        header[at] or say("batch.column", n=at + 1): [row[at] for row in rows[:SHOWN]]
        for at in order
    }
    st.dataframe(columns, hide_index=True)
    if len(rows) > SHOWN:
        st.caption(say("batch.first", shown=SHOWN, total=reader.words().number(len(rows))))
