"""A sheet of answers into the queue: every good line counts, every other one is named."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from rakuten_mlops.errors import ItemAnswered, ItemHeld, UnknownItem
from rakuten_mlops.review.queue import Queue
from rakuten_mlops.review.sheet import Line


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that was not stored: where it is, the field at fault, and why."""

    line: int
    field: str
    value: str
    reason: str
    raw: str


@dataclass(slots=True)
class SheetReport:
    """What became of a sheet, in lines; `open` ones have no answer yet."""

    answered: int = 0
    skipped: int = 0
    open: int = 0
    rejected: list[BadLine] = field(default_factory=list)


def answer_sheet(
    queue: Queue, lines: Sequence[Line], *, reviewer: str, known: Collection[int]
) -> SheetReport:
    """Give a sheet's answers as one reviewer; `known` are the catalogue's categories.

    The same sheet again changes nothing. Raises `DatabaseUnavailable`: then the lines before that
    are stored, and the sheet can be given again.
    """
    report = SheetReport()
    for line in lines:
        if (bad := _fault(line, known)) is not None:
            report.rejected.append(bad)
        elif line.item is None or line.word is None:
            report.open += 1
        else:
            try:
                queue.answer(line.item, reviewer, line.word, line.prdtypecode)
            except (ItemAnswered, ItemHeld, UnknownItem) as error:
                report.rejected.append(_bad(line, "id", str(line.item), str(error)))
            else:
                report.skipped += line.word == "skip"
                report.answered += line.word != "skip"
    return report


def _fault(line: Line, known: Collection[int]) -> BadLine | None:
    if line.fault is not None:
        return _bad(line, line.field, line.value, line.fault)
    if line.word == "category" and line.prdtypecode not in known:
        return _bad(line, "answer", line.value, f"{line.prdtypecode} is not a category")
    return None


def _bad(line: Line, name: str, value: str, reason: str) -> BadLine:
    return BadLine(line.line, name, value, reason, line.raw)
