"""The same with logging and registering in MLflow: whole processes, from start to end."""

import shutil
from functools import partial
from pathlib import Path

from benchmarks import floors
from benchmarks.bench import Bench
from benchmarks.processes import run_program
from benchmarks.row import Row, less_is_better

FIGURE = "registering"


def rows(bench: Bench) -> list[Row]:
    url, folder = bench.material.url, bench.material.folder
    stores = {name: _store(folder / f"registering-{name}") for name in ("ours", "plain")}
    found = bench.medians(
        **{
            name: partial(
                run_program, f"register_{name}", url, store, folder=folder / f"registering-{name}"
            )
            for name, store in stores.items()
        }
    )
    return [
        less_is_better(
            FIGURE,
            "process that trains, logs and registers",
            "s",
            ours=found["ours"]["process_seconds"],
            peer_name="plain recipe, log_model",
            peer=found["plain"]["process_seconds"],
            floor=floors.REGISTERING,
        )
    ]


def _store(folder: Path) -> str:
    """An MLflow store with its tables; artifacts go beside it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    url = f"sqlite:///{folder / 'mlflow.db'}"
    run_program("open_store", url, folder=folder)
    return url
