"""The process of one import over HTTP: `python -m rakuten_mlops.catalog`, an order on its input.

Reading a large file would keep the API's predictions waiting; here it gives way to them (nice).
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from rakuten_mlops.catalog.importer import ImportReport, import_files
from rakuten_mlops.catalog.importing import describe, failure
from rakuten_mlops.catalog.rehearsal import rehearsal
from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.database import open_database
from rakuten_mlops.errors import RakutenError
from rakuten_mlops.logs import configure_logging
from rakuten_mlops.settings import Settings


def main(order: dict[str, Any]) -> dict[str, Any]:
    """Import, or rehearse it, and say what came of it."""
    os.nice(10)
    settings = Settings()
    configure_logging(settings.log_format)
    engine = open_database(settings.database)
    commit = order.pop("commit")
    paths = {name: order.pop(name) for name in ("x", "y", "labels", "rejects_file")}
    files = {name: path and Path(path) for name, path in paths.items()}
    try:
        if commit:
            return describe(_import(Catalog(engine), order, files))
        with rehearsal(engine) as catalog:
            return describe(_import(catalog, order, files))
    except RakutenError as error:
        return failure(error)


def _import(catalog: Catalog, order: dict[str, Any], files: dict[str, Path | None]) -> ImportReport:
    return import_files(catalog, **files, **order)  # ty: ignore[invalid-argument-type] - JSON


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(json.load(sys.stdin))))
