"""The plain recipe, logged and registered as MLflow does it by itself.

`register_plain DATABASE MLFLOW OUT`
"""

import sys

import mlflow
import mlflow.sklearn
import numpy as np
from sklearn.metrics import f1_score

from benchmarks.plain_recipe import fit, read, texts
from benchmarks.programs.outcome import write


def main(url: str, store: str, out: str) -> None:
    mlflow.set_tracking_uri(store)
    mlflow.set_experiment("plain recipe")
    with mlflow.start_run():
        training, kept = read(url)
        model = fit(training)
        truth, predicted = kept["prdtypecode"], model.predict(texts(kept))
        macro_f1 = f1_score(truth, predicted, labels=np.unique(truth), average="macro")
        mlflow.log_metric("macro_f1", float(macro_f1))
        mlflow.sklearn.log_model(model, name="model", registered_model_name="plain-recipe")
    write({}, out)


if __name__ == "__main__":
    main(*sys.argv[1:])
