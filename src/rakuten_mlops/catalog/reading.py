"""What a row of the challenge's files must be to become a listing, and why it is rejected."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from rakuten_mlops.catalog.listing import Listing
from rakuten_mlops.catalog.records import INDEX, Record, read_records
from rakuten_mlops.catalog.rejects import Reject, Rejects

LISTING_COLUMNS = (INDEX, "designation", "description", "productid", "imageid")
LABEL_COLUMNS = (INDEX, "prdtypecode")
WHOLE_NUMBER = re.compile(r"[0-9]{1,19}")
LARGEST_ID = 2**63 - 1
LARGEST_CODE = 2**31 - 1


class BadRow(Exception):
    """A row cannot be stored; `label` is the row at fault if it stands in the other file."""

    def __init__(self, field: str, value: str, reason: str, label: Record | None = None) -> None:
        super().__init__(field, value, reason)
        self.field, self.value, self.reason, self.label = field, value, reason, label


@dataclass(slots=True)
class _Label:
    record: Record
    claimed: bool = False


class Reading:
    """The rows of a listings file with their labels, to be gone through once.

    Yields listings and prdtypecodes, None throughout if there is no labels file `y`; whatever is
    bad goes to `rejects`. `expected` is how many rows there will be, if that is known.
    """

    def __init__(
        self, x: Path, y: Path | None, *, known: Collection[int], rejects: Rejects
    ) -> None:
        self._x, self._y, self._known, self._rejects = x, y, known, rejects
        self._labels = {} if y is None else self._read_labels(y)
        self._indexes: set[str] = set()
        self._productids: set[int] = set()
        self.rows_read = 0
        self.rows_good = 0

    @property
    def expected(self) -> int | None:
        return len(self._labels) or None

    def __iter__(self) -> Iterator[tuple[Listing, int | None]]:
        for record in read_records(self._x, columns=LISTING_COLUMNS):
            self.rows_read += 1
            try:
                row = self._row(record)
            except BadRow as bad:
                self._reject(self._x, record, bad)
            else:
                self.rows_good += 1
                yield row
        for label in self._labels.values():
            if not label.claimed:
                bad = BadRow("index", label.record.values[INDEX], "label without a listing")
                self._reject(self._y, label.record, bad)

    def _read_labels(self, y: Path) -> dict[str, _Label]:
        labels: dict[str, _Label] = {}
        for record in read_records(y, columns=LABEL_COLUMNS):
            index = record.values.get(INDEX, "").strip()
            try:
                _check_record(record)
                _check_index(index, labels)
                labels[index] = _Label(record)
            except BadRow as bad:
                self._reject(y, record, bad)
        return labels

    def _row(self, record: Record) -> tuple[Listing, int | None]:
        # A rejected row claims its label too, or one fault would be counted twice.
        index = record.values.get(INDEX, "").strip()
        label = self._labels.get(index)
        if label is not None:
            label.claimed = True
        _check_record(record)
        _check_index(index, self._indexes)
        self._indexes.add(index)
        listing = _listing(record)
        if listing.productid in self._productids:
            raise BadRow("productid", str(listing.productid), "productid stands in the file twice")
        code = None if self._y is None else self._code(index, label)
        if listing.productid is not None:
            self._productids.add(listing.productid)
        return listing, code

    def _code(self, index: str, label: _Label | None) -> int:
        if label is None:
            raise BadRow("index", index, "listing without a label")
        text = label.record.values["prdtypecode"]
        code = whole_number(text, LARGEST_CODE)
        if code is None:
            raise BadRow("prdtypecode", text, "prdtypecode is not a whole number", label.record)
        if code not in self._known:
            reason = "prdtypecode is not a known category (name the table of yours with --labels)"
            raise BadRow("prdtypecode", text, reason, label.record)
        return code

    def _reject(self, path: Path | None, record: Record, bad: BadRow) -> None:
        file, line = (self._y, bad.label.line) if bad.label else (path, record.line)
        name = file.name if file else ""
        self._rejects.add(Reject(name, line, bad.field, bad.value, bad.reason, record.raw))


def whole_number(text: str, largest: int) -> int | None:
    """Return the number from 0 to `largest` that a text writes in plain digits, or None."""
    text = text.strip()
    if not WHOLE_NUMBER.fullmatch(text) or int(text) > largest:
        return None
    return int(text)


def _check_record(record: Record) -> None:
    if record.fault is not None:
        raise BadRow("row", record.raw, f"row {record.fault}")


def _check_index(index: str, taken: Collection[str]) -> None:
    if not index:
        raise BadRow("index", index, "index is missing")
    if index in taken:
        raise BadRow("index", index, "index stands in the file twice")


def _listing(record: Record) -> Listing:
    values = record.values
    designation = _text(values["designation"])
    if not designation:
        raise BadRow("designation", values["designation"], "designation is empty")
    return Listing(
        designation,
        _text(values["description"]),
        _identity("productid", values["productid"]),
        _identity("imageid", values["imageid"]) if values["imageid"].strip() else None,
    )


def _identity(field: str, text: str) -> int:
    number = whole_number(text, LARGEST_ID)
    if number is None:
        raise BadRow(field, text, f"{field} is not a whole number from 0 to {LARGEST_ID}")
    return number


def _text(raw: str) -> str:
    # pandas writes a missing text as nothing or, once it was made a string, as nan.
    return "" if raw.strip() in ("", "nan", "NaN") else raw
