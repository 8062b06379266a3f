"""The same with logging and registering in MLflow: whole processes, from start to end."""

import shutil
from functools import partial
from pathlib import Path

from benchmarks import floors
from benchmarks.bench import Bench
from benchmarks.processes import AS_A_JOB, QUIET, run_program
from benchmarks.row import Row, less_is_better

FIGURE = "registering"
PEER = "plain recipe, log_model"


def rows(bench: Bench) -> list[Row]:
    url, folder = bench.material.url, bench.material.folder
    stores = {name: _store(folder / f"registering-{name}") for name in ("ours", "plain")}
    programs = {
        name: partial(
            run_program,
            f"register_{name}",
            url,
            store,
            folder=folder / f"registering-{name}",
            environ=AS_A_JOB if name == "ours" else QUIET,
        )
        for name, store in stores.items()
    }
    found = bench.medians(**{name: partial(run, watch=False) for name, run in programs.items()})
    ours, plain = found["ours"], found["plain"]
    return [
        less_is_better(
            FIGURE,
            "process that trains, logs and registers",
            "s",
            ours=ours["process_seconds"],
            peer_name=PEER,
            peer=plain["process_seconds"],
            floor=floors.REGISTERING,
        ),
        less_is_better(
            FIGURE,
            "its peak memory",
            "MiB",
            ours=programs["ours"]()["peak_mib"],
            peer_name=PEER,
            peer=programs["plain"]()["peak_mib"],
            floor=floors.PEAK_MEMORY,
        ),
    ]


def _store(folder: Path) -> str:
    """An MLflow store with its tables; artifacts go beside it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    url = f"sqlite:///{folder / 'mlflow.db'}"
    run_program("open_store", url, folder=folder)
    return url
