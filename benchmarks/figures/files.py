"""`rakuten-mlops predict FILE` on all cores, beside `Pipeline.predict` in chunks."""

import sys
from pathlib import Path

from benchmarks import floors
from benchmarks.bench import Bench
from benchmarks.processes import Usage, run, run_program
from benchmarks.row import Row, less_is_better
from benchmarks.services import ours

FIGURE = "predict FILE"
MANY = 1_000_000
FEW = 100_000


def rows(bench: Bench) -> list[Row]:
    many, few = bench.scaled(MANY), bench.scaled(FEW)
    home = _with_champion(bench)
    found = bench.medians(
        ours=lambda: {"seconds": _predict(bench, home, many, watch=False).seconds},
        plain=lambda: {"seconds": _predict_plain(bench, many)},
    )
    memory = bench.medians(
        many=lambda: {"peak": _predict(bench, home, many, watch=True).peak_mib},
        few=lambda: {"peak": _predict(bench, home, few, watch=True).peak_mib},
    )
    return [
        less_is_better(
            FIGURE,
            f"{many:,} listings, CSV to CSV",
            "s",
            ours=found["ours"]["seconds"],
            peer_name="Pipeline.predict in chunks",
            peer=found["plain"]["seconds"],
            floor=floors.FILE,
        ),
        less_is_better(
            FIGURE,
            f"peak memory at {many:,}",
            "MiB",
            ours=memory["many"]["peak"],
            peer_name=f"ours at {few:,}",
            peer=memory["few"]["peak"],
            floor=floors.FILE_MEMORY,
        ),
    ]


def _with_champion(bench: Bench) -> Path:
    """The home; its API was up once, so that the keeper has brought the champion."""
    assert ours.NAME in bench.fleet.up
    bench.close_services()
    return bench.material.champion


def _predict(bench: Bench, home: Path, listings: int, *, watch: bool) -> Usage:
    target = home / "answers.csv"
    command = [sys.executable, "-m", "rakuten_mlops", "predict"]
    source = str(bench.material.file(listings))
    usage = run(
        [*command, source, "--output", str(target)],
        folder=home,
        watch=watch,
        environ=ours.environ(bench.material),
    )
    target.unlink()
    return usage


def _predict_plain(bench: Bench, listings: int) -> float:
    plain, source = bench.material.plain, bench.material.file(listings)
    target = plain / "answers.csv"
    arguments = (str(plain / "plain.joblib"), str(source), str(target))
    seconds = run_program("predict_plain", *arguments, folder=plain)["process_seconds"]
    target.unlink()
    return seconds
