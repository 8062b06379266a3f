import numpy as np
import polars as pl
import pytest
import scipy.sparse as sp
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from rakuten_mlops.catalog import listing
from rakuten_mlops.catalog.listing import WORD, plain
from rakuten_mlops.catalog.text_columns import (
    number_listings,
    number_words,
    plain_column,
    spelt_words,
)
from rakuten_mlops.training.character_counts import count_characters
from rakuten_mlops.training.pipeline import Parameters, build_features, model_input
from rakuten_mlops.training.vectoriser import count_terms, fit_features

# A character that this Python's Unicode does not know may be a letter to a newer one's.
known = st.characters(exclude_categories=("Cs", "Cn"))
digits = st.integers(0, 9).flatmap(lambda n: st.integers(4_290, 4_310).map(lambda m: str(n) * m))
hostile = (
    st.text(known, max_size=60)
    | st.text(alphabet="aàb œÆé_9²½Σσς İıßẞ<p>&;amp;#39\x00\x1c\xa0\n\u0301\u3000一", max_size=40)
    | st.builds("{}&#{}{}".format, st.text("a &<", max_size=3), digits, st.text(";é", max_size=3))
)
listings = st.lists(st.tuples(hostile, hostile), min_size=4, max_size=30)


def frame(pairs):
    return pl.DataFrame(pairs, schema={"designation": str, "description": str}, orient="row")


def numbered(texts):
    """The words of listings that have no description."""
    titles = pl.Series("designation", texts, dtype=pl.String)
    return number_listings(pl.DataFrame(titles).with_columns(description=pl.lit("")))[0]


def both_ways(learnt, unseen, parameters):
    """The matrices and the features, ours and scikit-learn's own."""
    ours, theirs = build_features(parameters), build_features(parameters)
    matrices = fit_features(ours, learnt, unseen)
    expected = theirs.fit_transform(model_input(learnt)), theirs.transform(model_input(unseen))
    return matrices, expected, ours, theirs


def assert_the_same(matrices, expected, ours, theirs):
    for matrix, other in zip(matrices, expected, strict=True):
        assert matrix.shape == other.shape
        assert abs(matrix - sp.csr_matrix(other)).max() == 0
        assert matrix.has_sorted_indices
    assert ours.named_transformers_.keys() == theirs.named_transformers_.keys()
    for name in theirs.named_transformers_:
        mine, known = ours.named_transformers_[name], theirs.named_transformers_[name]
        assert mine.vocabulary_ == known.vocabulary_
        assert np.array_equal(mine.idf_, known.idf_)
        assert mine.idf_.dtype == known.idf_.dtype
    assert ours.output_indices_ == theirs.output_indices_
    assert ours.get_feature_names_out().tolist() == theirs.get_feature_names_out().tolist()


@given(st.lists(hostile, max_size=20))
def test_a_column_is_read_as_each_of_its_texts(texts):
    assert plain_column(pl.Series(texts, dtype=pl.String)).to_list() == [plain(t) for t in texts]


@given(st.lists(hostile, max_size=20))
def test_the_words_of_a_column_are_spelt_as_those_of_each_of_its_texts(texts):
    found = spelt_words(pl.Series(texts, dtype=pl.String)).to_list()

    assert found == [listing.spelt_words(text) or [""] for text in texts]


@given(st.lists(hostile, max_size=20))
def test_the_words_of_a_column_are_those_of_the_models_pattern(texts):
    words = numbered(texts)
    found = [
        words.names.gather(words.ids[words.listing == place]).to_list()
        for place in range(len(texts))
    ]

    assert found == [listing.words(text) for text in texts]
    assert found == [WORD.findall(plain(text)) for text in texts]


@settings(max_examples=30)
@given(listings, st.integers(1, 3), st.integers(1, 3), st.sampled_from([0, 2, 3, 5, 8]))
def test_any_text_gives_scikit_learns_terms_and_values(pairs, min_df, ngram_max, title_chars):
    learnt, unseen = frame(pairs), frame(pairs[::-1][:5])
    parameters = Parameters(min_df=min_df, ngram_max=ngram_max, title_chars=title_chars)
    try:
        build_features(parameters).fit(model_input(learnt))
    except ValueError:
        assume(False)  # no term is in enough listings

    assert_the_same(*both_ways(learnt, unseen, parameters))


@pytest.mark.parametrize("title_chars", [0, 5])
def test_real_looking_listings_give_scikit_learns_matrix(snapshot, title_chars):
    parameters = Parameters(title_chars=title_chars)

    assert_the_same(*both_ways(snapshot.training, snapshot.holdout, parameters))


@settings(max_examples=60)
@given(st.lists(hostile, min_size=4, max_size=20), st.integers(1, 3), st.integers(2, 8))
def test_any_titles_hold_the_characters_that_scikit_learn_finds(titles, min_df, longest):
    """Also those that hold no word, which no model is trained on."""
    found = number_words(spelt_words(pl.Series(titles)))
    theirs = CountVectorizer(
        analyzer="char_wb", ngram_range=(2, longest), lowercase=False, min_df=min_df
    )
    try:
        counts = theirs.fit_transform([plain(title) for title in titles])
    except ValueError:
        assume(False)  # no n-gram is in enough titles

    ours = count_characters(
        found, learnt=len(titles), min_df=min_df, longest=longest, dtype=np.float32
    )

    assert ours[0] == theirs.get_feature_names_out().tolist()
    assert (ours[1] != counts).nnz == 0


@pytest.mark.parametrize("parts", [2, 7, 100])
def test_many_parts_give_what_one_gives(snapshot, parts):
    found = numbered(snapshot.rows["description"])
    options = {"learnt": 2_000, "min_df": 2, "longest": 2, "dtype": np.float32}

    terms, counts = count_terms(found, **options, parts=parts)

    expected_terms, expected = count_terms(found, **options, parts=1)
    assert terms == expected_terms
    assert counts.shape == (3_000, len(terms))
    assert (counts != expected).nnz == 0


def texts_of(draw, count, words, length):
    return [
        " ".join(f"mot{word}" for word in draw.integers(0, words, length)) for _ in range(count)
    ]


def test_numbers_of_terms_that_barely_fit_are_not_mixed_up():
    """Terms of five words over 3,000 different ones fill 62 of 64 bits."""
    texts = texts_of(np.random.default_rng(0), 400, 3_000, 30) * 2

    ours = count_terms(numbered(texts), learnt=800, min_df=2, longest=5, dtype=np.float32)

    theirs = CountVectorizer(ngram_range=(1, 5), min_df=2, token_pattern=WORD.pattern)
    counts = theirs.fit_transform(texts)
    assert ours[0] == theirs.get_feature_names_out().tolist()
    assert (ours[1] != counts).nnz == 0


def test_more_terms_than_there_are_numbers_are_refused_with_the_remedy():
    texts = [f"mot{n} mot{n + 1}" for n in range(3_000)] * 2
    found = numbered(texts)

    with pytest.raises(ValueError, match=r"6 words over 3,001 .* smaller ngram_max"):
        count_terms(found, learnt=6_000, min_df=2, longest=6, dtype=np.float32)


def test_terms_of_unseen_listings_alone_are_no_terms():
    found = numbered(["lampe bois", "lampe fer", "jeu neuf", "jeu neuf"])

    terms, counts = count_terms(found, learnt=2, min_df=1, longest=2, dtype=np.float32)

    assert terms == ["bois", "fer", "lampe", "lampe bois", "lampe fer"]
    assert counts.shape == (4, 5)
    assert counts[2:].nnz == 0


def test_listings_without_a_common_word_are_refused_with_the_remedy():
    with pytest.raises(ValueError, match="lower min_df"):
        fit_features(build_features(Parameters()), frame([("abc", ""), ("def", "")]), frame([]))
