"""Our training from reading to scored: `train_ours DATABASE OUT`."""

import sys
import time

from benchmarks.programs.outcome import write
from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.database import open_database
from rakuten_mlops.memory import look_for_garbage_seldom
from rakuten_mlops.training.pipeline import Parameters
from rakuten_mlops.training.trainer import train


def main(url: str, out: str) -> None:
    look_for_garbage_seldom()
    start = time.perf_counter()
    snapshot = Catalog(open_database(url)).snapshot()
    candidate = train(snapshot, Parameters())
    macro_f1 = candidate.scorecard.macro_f1
    seconds = time.perf_counter() - start
    found = {"seconds": seconds, "macro_f1": macro_f1, "rows": candidate.training_rows}
    write(found | {"steps": candidate.seconds}, out)


if __name__ == "__main__":
    main(*sys.argv[1:])
