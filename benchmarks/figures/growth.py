"""Training time per token as the catalogue grows: at most linear."""

import polars as pl

from benchmarks import floors
from benchmarks.bench import Bench
from benchmarks.material import Material, synthetic
from benchmarks.processes import AS_A_JOB, run_program
from benchmarks.row import Row, less_is_better

FIGURE = "growth"
SIZES = (10_000, 30_000, 60_000, 120_000, 240_000)


def rows(bench: Bench) -> list[Row]:
    materials = {size: Material(synthetic(size)) for size in map(bench.scaled, SIZES)}
    found = bench.medians(
        **{
            str(size): lambda material=material: run_program(
                "train_ours", material.url, folder=material.folder, environ=AS_A_JOB
            )
            for size, material in materials.items()
        }
    )
    cost = {
        size: found[str(size)]["seconds"] / _tokens(material) * 1e6
        for size, material in materials.items()
    }
    return [_row(cost, size) for size in list(cost)[1:]]


def _row(cost: dict[int, float], size: int) -> Row:
    """Against the cheapest smaller size: what a start costs must not hide how it grows."""
    cheapest = min((other for other in cost if other < size), key=cost.__getitem__)
    return less_is_better(
        FIGURE,
        f"training time per token, {size:,} rows",
        "µs",
        ours=cost[size],
        peer_name=f"ours at {cheapest:,} rows",
        peer=cost[cheapest],
        floor=floors.LINEAR,
    )


def _tokens(material: Material) -> int:
    words = pl.concat_str("designation", "description", separator=" ").str.count_matches(r"\w{2,}")
    return int(material.snapshot.training.select(words.sum()).item())
