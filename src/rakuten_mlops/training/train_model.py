"""The training script: `python -m rakuten_mlops.training.train_model`.

The same as `rakuten-mlops train`: it reads a revision of the catalogue, fits TF-IDF + LinearSVC,
scores on the holdout, logs to MLflow and registers the version as `Staging`.
"""

import typer

from rakuten_mlops.commands.training import train

if __name__ == "__main__":
    typer.run(train)
