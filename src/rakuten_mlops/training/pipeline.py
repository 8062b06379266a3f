"""TF-IDF + LinearSVC from parameters: plain scikit-learn, from columns of text to a category."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import Pipeline
from sklearn.svm import LinearSVC

from rakuten_mlops.catalog.listing import WORD, fields
from rakuten_mlops.training.character_counts import SHORTEST

# The field of the title's character n-grams, and what it counts beside the whole text.
CHARACTERS = "characters"
CHARACTERS_WEIGHT = 0.7
# What versions did that were registered before there was a choice.
OFF_BEFORE = {"title_chars": 0}


@dataclass(frozen=True, slots=True)
class Parameters:
    """What shapes a model, beside its data.

    `c` and `tol` are LinearSVC's: at this tolerance three passes are made, and more of them cost
    time and gain nothing on rows that were not learnt. `bias` is its intercept_scaling: a
    category's bias is the weight of a column that stands in every listing, and at scikit-learn's
    1.0, as heavy as a whole text, it is what the passes go into. `min_df` is the fewest listings
    that hold a term; `ngram_max` the longest n-gram in words; `title_weight` what the title counts
    beside the whole text. `title_chars` is the longest n-gram in characters of the title, from 2
    on; 0: none are learnt. `precision` is what answers must reach that no person looks at.
    """

    c: float = 0.7
    tol: float = 2.0
    bias: float = 0.3
    min_df: int = 2
    ngram_max: int = 2
    title_weight: float = 0.5
    title_chars: int = 0
    precision: float = 0.95
    seed: int = 20

    def summary(self) -> dict[str, Any]:
        """The parameters by name."""
        return asdict(self)


def build_pipeline(parameters: Parameters) -> Pipeline:
    """Return an unfitted pipeline over the columns `text` and `title` (see `model_input`)."""
    return Pipeline(
        [
            ("features", build_features(parameters)),
            (
                "classifier",
                # All categories at once: a third of the time of one against the rest, and better
                # on real listings. dual="auto" would turn to the primal, which knows no such way.
                LinearSVC(
                    C=parameters.c,
                    tol=parameters.tol,
                    multi_class="crammer_singer",
                    dual=True,
                    intercept_scaling=parameters.bias,
                    random_state=parameters.seed,
                ),
            ),
        ]
    )


def build_features(parameters: Parameters) -> ColumnTransformer:
    """Return the unfitted TF-IDF of the whole text, and of the title as a field of its own.

    If asked for, the characters of the title are a third.
    """
    fields = [(column, _tfidf(parameters), column) for column in ("text", "title")]
    weights = {"text": 1.0, "title": parameters.title_weight}
    if parameters.title_chars:
        fields.append((CHARACTERS, _tfidf_of_characters(parameters), "title"))
        weights[CHARACTERS] = CHARACTERS_WEIGHT
    return ColumnTransformer(fields, transformer_weights=weights, sparse_threshold=1.0)


def _tfidf(parameters: Parameters) -> TfidfVectorizer:
    return TfidfVectorizer(
        lowercase=False,
        token_pattern=WORD.pattern,
        ngram_range=(1, parameters.ngram_max),
        min_df=parameters.min_df,
        sublinear_tf=True,
        dtype=np.float32,
    )


def _tfidf_of_characters(parameters: Parameters) -> TfidfVectorizer:
    return TfidfVectorizer(
        analyzer="char_wb",
        lowercase=False,
        ngram_range=(SHORTEST, parameters.title_chars),
        min_df=parameters.min_df,
        sublinear_tf=True,
        dtype=np.float32,
    )


def model_input(listings: pl.DataFrame) -> pl.DataFrame:
    """Turn the columns `designation` and `description` into the model's `text` and `title`."""
    pairs = [fields(*row) for row in listings.select("designation", "description").iter_rows()]
    titles, texts = zip(*pairs, strict=True) if pairs else ((), ())
    return pl.DataFrame({"text": texts, "title": titles}, schema={"text": str, "title": str})


def field_of_column(features: Any) -> NDArray[np.int64]:
    """Say of which field each column of the fitted features is, 0 for the first, shape (columns,).

    Columns are the features' own: field by field.
    """
    sizes = [len(fitted.vocabulary_) for fitted in features.named_transformers_.values()]
    return np.repeat(np.arange(len(sizes)), sizes)
