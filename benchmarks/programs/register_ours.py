"""Our training, logged and registered: `register_ours DATABASE MLFLOW OUT`."""

import sys

from benchmarks.programs.outcome import write
from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.database import open_database
from rakuten_mlops.memory import look_for_garbage_seldom
from rakuten_mlops.registry.opening import mlflow_beside
from rakuten_mlops.registry.promotion import Gate
from rakuten_mlops.retraining.loop import Retraining
from rakuten_mlops.training.pipeline import Parameters


def main(url: str, store: str, out: str) -> None:
    look_for_garbage_seldom()
    retraining(url, store).register(Parameters())
    write({}, out)


def retraining(url: str, store: str) -> Retraining:
    """The loop on a catalogue and a store of its own."""
    catalog = Catalog(open_database(url))
    return Retraining(catalog, mlflow_beside(store), Gate(), by="benchmark", commit="benchmark")


if __name__ == "__main__":
    main(*sys.argv[1:])
