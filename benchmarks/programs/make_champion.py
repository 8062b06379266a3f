"""Train, register, promote; then predict the whole catalogue as the registered pipeline does.

`make_champion DATABASE MLFLOW FOLDER OUT` leaves `codes.npy` (in the order of the snapshot's rows),
`ours.joblib` and `ours.skops` in FOLDER.
"""

import sys
from pathlib import Path

import joblib
import mlflow.sklearn
import numpy as np
import skops.io

from benchmarks.programs.outcome import write
from benchmarks.programs.register_ours import retraining
from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.database import open_database
from rakuten_mlops.registry.model_registry import MODEL_NAME, PRODUCTION
from rakuten_mlops.training.pipeline import Parameters, model_input


def main(url: str, store: str, folder: str, out: str) -> None:
    retraining(url, store).run(Parameters(), force=True)
    pipeline = mlflow.sklearn.load_model(f"models:/{MODEL_NAME}@{PRODUCTION}")
    rows = Catalog(open_database(url)).snapshot().rows
    np.save(Path(folder) / "codes.npy", pipeline.predict(model_input(rows)).astype(np.int64))
    joblib.dump(pipeline, Path(folder) / "ours.joblib")
    skops.io.dump(pipeline, Path(folder) / "ours.skops")
    write({}, out)


if __name__ == "__main__":
    main(*sys.argv[1:])
