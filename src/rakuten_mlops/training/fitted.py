"""A registered pipeline, and the parameters that it was really fitted with."""

import zipfile
from typing import Any

from sklearn.pipeline import Pipeline
from skops.io import loads

from rakuten_mlops.errors import UnreadableFile
from rakuten_mlops.training.pipeline import CHARACTERS

MODEL_FILE = "model/model.skops"


def fitted_parameters(pipeline: Pipeline) -> dict[str, Any]:
    """Return the `Parameters` that a pipeline of `build_pipeline` shows, by name.

    `precision` is none of them: thresholds stand beside the pipeline.
    """
    features, classifier = pipeline["features"], pipeline["classifier"]
    vectoriser = features.named_transformers_["text"]
    characters = features.named_transformers_.get(CHARACTERS)
    return {
        "c": classifier.C,
        "tol": classifier.tol,
        "bias": classifier.intercept_scaling,
        "min_df": vectoriser.min_df,
        "ngram_max": vectoriser.ngram_range[1],
        "title_weight": features.transformer_weights["title"],
        "title_chars": characters.ngram_range[1] if characters else 0,
        "seed": classifier.random_state,
    }


def read_pipeline(model: bytes) -> Pipeline:
    """Read one from a skops file, without executing anything in it. Raises UnreadableFile."""
    try:
        # An empty list of trusted types: scikit-learn's own are enough for our pipelines.
        pipeline: Any = loads(model, trusted=[])
        # It is ours if it shows our parameters.
        fitted_parameters(pipeline)
    except (zipfile.BadZipFile, KeyError, TypeError, AttributeError, ValueError) as error:
        raise UnreadableFile(f"{MODEL_FILE} holds no pipeline of ours: {error}") from error
    return pipeline


def read_fitted_parameters(model: bytes) -> dict[str, Any]:
    """Return the parameters of a pipeline in a skops file. Raises UnreadableFile."""
    return fitted_parameters(read_pipeline(model))
