"""Any sequence of writes, against a model of the catalogue in a few lines of Python."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.factories import a_listing

from rakuten_mlops.catalog.snapshot import SCHEMA, fingerprint
from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.database import open_database

TEXTS = st.text("aé<&\n", max_size=3)
ROW = st.tuples(st.integers(0, 5), TEXTS, TEXTS, st.sampled_from([None, 10, 40]))
WRITE = st.tuples(st.lists(ROW, max_size=5), st.booleans())
LABELS = st.dictionaries(st.integers(0, 5), st.sampled_from([10, 40, 50]), max_size=3)


@contextmanager
def an_empty_catalog(blank_sqlite: Path) -> Iterator[Catalog]:
    with tempfile.TemporaryDirectory() as folder:
        copied = shutil.copy(blank_sqlite, folder)
        engine = open_database(f"sqlite:///{copied}")
        yield Catalog(engine)
        engine.dispose()


class Model:
    """What a catalogue should hold: texts and labels by productid, and who gave the label."""

    def __init__(self) -> None:
        self.texts: dict[int, tuple[str, str]] = {}
        self.codes: dict[int, tuple[int, bool]] = {}

    def write(self, rows: list, *, replace: bool) -> None:
        last = {row[0]: row for row in rows}
        if replace:
            self.texts = {key: text for key, text in self.texts.items() if key in last}
            self.codes = {key: code for key, code in self.codes.items() if key in last}
        for productid, designation, description, code in last.values():
            self.texts[productid] = (designation, description)
            by_person = self.codes.get(productid, (0, False))[1]
            if code is not None and not by_person:
                self.codes[productid] = (code, False)

    def label(self, given: dict[int, int]) -> dict[int, int]:
        known = {productid: code for productid, code in given.items() if productid in self.texts}
        self.codes |= {productid: (code, True) for productid, code in known.items()}
        return known

    def rows(self) -> list[tuple]:
        return [(key, *self.texts[key], self.codes[key][0]) for key in sorted(self.codes)]


@settings(max_examples=40)
@given(st.lists(st.one_of(WRITE, LABELS), max_size=6))
def test_every_past_state_can_be_read_again(blank_sqlite, steps):
    model, history = Model(), {0: []}
    with an_empty_catalog(blank_sqlite) as catalog:
        for step in steps:
            if isinstance(step, dict):
                catalog.label(model.label(step).items(), kind="review", author="bob")
            else:
                rows, replace = step
                model.write(rows, replace=replace)
                catalog.write(
                    [(a_listing(d, e, productid=p), code) for p, d, e, code in rows],
                    kind="import",
                    source="test",
                    author="ada",
                    replace=replace,
                )
            history[catalog.current_revision()] = model.rows()

        for revision, expected in history.items():
            found = catalog.labelled(revision).drop("in_holdout")
            assert found.rows() == expected
            assert catalog.counts(revision).labelled == len(expected)


TABLES = st.lists(
    st.tuples(
        st.integers(-(2**63), 2**63 - 1), TEXTS, TEXTS, st.integers(0, 2**31 - 1), st.booleans()
    ),
    max_size=4,
)


def a_table(rows: list[tuple]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


@given(TABLES, TABLES)
def test_two_tables_have_the_same_fingerprint_only_if_they_are_the_same(one, other):
    same = [row[:4] for row in one] == [row[:4] for row in other]

    assert (fingerprint(a_table(one)) == fingerprint(a_table(other))) == same


def test_a_word_that_moves_from_one_text_to_the_next_changes_the_fingerprint():
    one = a_table([(1, "jeu", "vidéo", 10, False)])
    other = a_table([(1, "jeuvidéo", "", 10, False)])

    assert fingerprint(one) != fingerprint(other)
