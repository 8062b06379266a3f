"""The challenge's files, and any catalogue in their format, into the catalogue.

One transaction: every good row is stored, or, if too many are bad, none.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rakuten_mlops.catalog.categories import Category
from rakuten_mlops.catalog.listing import Listing
from rakuten_mlops.catalog.reading import LARGEST_CODE, Reading, whole_number
from rakuten_mlops.catalog.records import read_records
from rakuten_mlops.catalog.rejects import Rejects
from rakuten_mlops.catalog.revision import Changes, Revision
from rakuten_mlops.catalog.staging import Progress
from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.errors import ImportRefused, UnreadableFile

logger = logging.getLogger(__name__)

NAME_COLUMNS = ("name_fr", "name", "label", "section")


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did. `revision` is None if the catalogue held all of it already.

    `rejected` counts bad rows by reason; the rows are in `rejects_path`, None if there are none.
    """

    rows_read: int
    added: int
    changed: int
    unchanged: int
    removed: int
    labels_added: int
    rejected: dict[str, int]
    revision: Revision | None
    rejects_path: Path | None


def import_files(
    catalog: Catalog,
    x: Path,
    y: Path | None = None,
    *,
    labels: Path | None = None,
    replace: bool = False,
    max_rejected: float = 0.01,
    rejects_file: Path | None = None,
    author: str,
    progress: Progress | None = None,
) -> ImportReport:
    """Store the listings of `x`, with the prdtypecodes of `y` by their index, as one revision.

    The table `labels` becomes the catalogue's own categories. Rejected rows go to `rejects_file`,
    by default `<x>.rejects.csv` beside `x`. Raises `UnreadableFile`, `MixedCatalog`, and
    `ImportRefused` if more than the share `max_rejected` of the rows is bad.
    """
    table = None if labels is None else read_category_table(labels)
    known = catalog.categories() if table is None else {row.prdtypecode for row in table}
    with Rejects(rejects_file or x.with_name(f"{x.name}.rejects.csv")) as rejects:
        reading = Reading(x, y, known=known, rejects=rejects)
        revision = catalog.write(
            _good_rows(reading, rejects, max_rejected),
            kind="import",
            source=" + ".join(path.name for path in (x, y) if path is not None),
            author=author,
            replace=replace,
            categories=table,
            progress=progress and (lambda done, _: progress(done, reading.expected)),
        )
    changes = Changes(0, 0, 0) if revision is None else catalog.changes(revision.revision)
    report = ImportReport(
        rows_read=reading.rows_read,
        added=changes.added,
        changed=changes.changed,
        unchanged=reading.rows_good - changes.added - changes.changed,
        removed=changes.removed,
        labels_added=0 if revision is None else revision.labels_added,
        rejected=dict(rejects.counts.most_common()),
        revision=revision,
        rejects_path=rejects.path if rejects.counts else None,
    )
    logger.info("imported %s: %s", x, report)
    return report


def read_category_table(path: Path) -> list[Category]:
    """Return the categories that a CSV file names: `prdtypecode`, a name, perhaps `name_en`.

    The name is the first that there is of `NAME_COLUMNS`, or else the first other column. Raises
    `UnreadableFile` for any row that is bad.
    """
    found: dict[int, Category] = {}
    for record in read_records(path, columns=("prdtypecode",)):
        names = dict(record.values)
        code = whole_number(names.pop("prdtypecode", ""), LARGEST_CODE)
        name = next((names[key] for key in (*NAME_COLUMNS, *names) if key in names), "").strip()
        if record.fault or code is None or code in found or not name:
            raise UnreadableFile(
                f"{path} line {record.line} must be a prdtypecode, not named before, and its "
                f"name; it is {record.raw[:80]!r}"
            )
        found[code] = Category(code, name, names.get("name_en", "").strip() or name)
    if not found:
        raise UnreadableFile(f"{path} names no category")
    return list(found.values())


def _good_rows(
    reading: Reading, rejects: Rejects, max_rejected: float
) -> Iterator[tuple[Listing, int | None]]:
    # Raising at the end, inside the transaction that stores the rows, takes them all back.
    yield from reading
    bad = rejects.counts.total()
    rows = reading.rows_good + bad
    if rows == 0:
        raise ImportRefused("The file holds no listings; nothing was written")
    if bad == rows or bad > max_rejected * rows:
        raise ImportRefused(
            f"{bad:,} of {rows:,} rows are bad, and this import tolerates {max_rejected:.2%} of "
            f"them; nothing was written. {rejects.summary()}. The rows are in "
            f"{rejects.path}: mend them, or tolerate more with --max-rejected"
        )
