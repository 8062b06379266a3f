"""Training, from reading the database to scored on the holdout; imports are not counted."""

from functools import partial

from benchmarks import floors
from benchmarks.bench import Bench
from benchmarks.processes import AS_A_JOB, run_program
from benchmarks.row import Row, less_is_better, more_is_better

FIGURE = "training"
PEER = "plain recipe"


def rows(bench: Bench) -> list[Row]:
    url, folder = bench.material.url, bench.material.folder
    run_ours = partial(run_program, "train_ours", url, folder=folder, environ=AS_A_JOB)
    run_plain = partial(run_program, "train_plain", url, folder=folder)
    found = bench.medians(
        ours=partial(run_ours, watch=False), plain=partial(run_plain, watch=False)
    )
    ours, plain = found["ours"], found["plain"]
    points = floors.POINTS[bench.kind]
    return [
        less_is_better(
            FIGURE,
            "database to fitted and scored",
            "s",
            ours=ours["seconds"],
            peer_name=PEER,
            peer=plain["seconds"],
            floor=floors.TRAINING[bench.kind],
        ),
        more_is_better(
            FIGURE,
            "macro-F1 on the holdout",
            "",
            ours=ours["macro_f1"],
            peer_name=PEER,
            peer=plain["macro_f1"],
            floor=1 + points / plain["macro_f1"],
            note=f"{100 * (ours['macro_f1'] - plain['macro_f1']):+.2f} points",
        ),
        less_is_better(
            FIGURE,
            "peak memory",
            "MiB",
            ours=run_ours()["peak_mib"],
            peer_name=PEER,
            peer=run_plain()["peak_mib"],
            floor=floors.PEAK_MEMORY,
        ),
    ]
