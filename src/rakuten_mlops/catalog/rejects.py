"""Rows that an import could not store: counted by reason, and kept in a file of their own."""

import csv
from collections import Counter
from contextlib import ExitStack
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from types import TracebackType
from typing import Self

from rakuten_mlops.errors import CatalogError

LONGEST_VALUE = 80


@dataclass(frozen=True, slots=True)
class Reject:
    """A bad row: where it starts, the field at fault, and the row as it stands in the file."""

    file: str
    line: int
    field: str
    value: str
    reason: str
    row: str


class Rejects:
    """Counts rejects and writes each to `path`, a CSV file that the first of them makes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.counts: Counter[str] = Counter()
        self._first: dict[str, Reject] = {}
        self._files = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._files.close()

    def add(self, reject: Reject) -> None:
        """Count a reject and write it down."""
        if not self.counts:
            self._open()
        self.counts[reject.reason] += 1
        self._first.setdefault(reject.reason, reject)
        value = reject.value
        if len(value) > LONGEST_VALUE:
            value = value[: LONGEST_VALUE - 1] + "…"
        self._writer.writerow(asdict(reject) | {"value": value})

    def summary(self) -> str:
        """Say the three most frequent reasons, each with where it was first met."""
        return "; ".join(
            f"{count:,} x {reason} (first: {self._first[reason].file} line "
            f"{self._first[reason].line}, {self._first[reason].value[:LONGEST_VALUE]!r})"
            for reason, count in self.counts.most_common(3)
        )

    def _open(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            file = self._files.enter_context(self.path.open("w", encoding="utf-8", newline=""))
        except OSError as error:
            raise CatalogError(
                f"The rejected rows cannot be written to {self.path}: {error.strerror}. "
                "Name another file"
            ) from error
        self._writer = csv.DictWriter(file, [field.name for field in fields(Reject)])
        self._writer.writeheader()
