"""Character n-grams of whole columns: scikit-learn cuts each different word, once.

No n-gram reaches beyond a space. How often a text holds one is therefore how often it holds each
word, times how often that holds the n-gram: a product of two sparse matrices of small integers,
which are exact in single precision.
"""

import numpy as np
import scipy.sparse as sp
from numpy.typing import DTypeLike
from sklearn.feature_extraction.text import CountVectorizer

from rakuten_mlops.catalog.text_columns import NumberedWords

SHORTEST = 2


def count_characters(
    found: NumberedWords, *, learnt: int, min_df: int, longest: int, dtype: DTypeLike
) -> tuple[list[str], sp.csr_matrix]:
    """Return the n-grams of 2 to `longest` characters, and how often each stands in each listing.

    As `vectoriser.count_terms`, for `analyzer="char_wb"`; `found` are words as they are spelt, of
    plain texts.
    """
    cut = CountVectorizer(
        analyzer="char_wb", ngram_range=(SHORTEST, longest), lowercase=False, dtype=dtype
    )
    held = cut.fit_transform(found.names.to_list())
    once = np.ones(len(found.ids), dtype=dtype)
    shape = found.listings, len(found.names)
    counts = sp.coo_matrix((once, (found.listing, found.ids)), shape=shape).tocsr() @ held
    spread = np.bincount(counts[:learnt].indices, minlength=counts.shape[1])
    kept = np.flatnonzero(spread >= min_df)
    counts = counts[:, kept]
    counts.sort_indices()
    return cut.get_feature_names_out()[kept].tolist(), counts
