"""Fit the plain recipe and keep it as its peers serve it: `save_plain DATABASE FOLDER OUT`.

Leaves `plain.joblib`, `plain.skops`, and `mlflow/` as `mlflow.sklearn.save_model` writes it.
"""

import shutil
import sys
from pathlib import Path

import joblib
import mlflow.sklearn
import skops.io

from benchmarks.plain_recipe import fit, read
from benchmarks.programs.outcome import write


def main(url: str, folder: str, out: str) -> None:
    training, _ = read(url)
    model = fit(training)
    shutil.rmtree(Path(folder) / "mlflow", ignore_errors=True)
    mlflow.sklearn.save_model(model, str(Path(folder) / "mlflow"))
    skops.io.dump(model, Path(folder) / "plain.skops")
    joblib.dump(model, Path(folder) / "plain.joblib")
    write({}, out)


if __name__ == "__main__":
    main(*sys.argv[1:])
