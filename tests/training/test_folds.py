import numpy as np
import polars as pl
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from sklearn.svm import LinearSVC

from rakuten_mlops.catalog.holdout import title_key
from rakuten_mlops.training.folds import (
    all_margins,
    fold_by_title,
    margins_by_others,
    out_of_fold,
    title_keys,
    without_terms,
)

# A character that this Python's Unicode does not know may be a letter to a newer one's.
hostile = st.text(st.characters(exclude_categories=("Cs", "Cn")), max_size=40) | st.text(
    alphabet="aàb œÆé_9²½ⅧΣσς İıßẞ<p>&;amp;#39\x00\x1c\xa0\n\u0301\u3000一", max_size=30
)


def titles(*texts):
    return pl.Series(texts, dtype=pl.String)


def a_matrix(rows=300, terms=40, categories=4, seed=0):
    """Rows of two fields of length 1 and 0.5, whose first terms tell the category."""
    draw = np.random.default_rng(seed)
    codes = draw.integers(0, categories, rows) * 10
    cells = draw.random((rows, terms)) * (draw.random((rows, terms)) < 0.2)
    cells[np.arange(rows), codes // 10] += 1
    cells[np.arange(rows), terms // 2 + codes // 10] += 1
    fields = np.repeat([0, 1], terms // 2)
    for field, length in ((0, 1.0), (1, 0.5)):
        part = cells[:, fields == field]
        cells[:, fields == field] = part * length / np.linalg.norm(part, axis=1, keepdims=True)
    return sp.csr_matrix(cells), codes, fields


def a_classifier(**more):
    return LinearSVC(multi_class="crammer_singer", C=0.5, tol=0.01, random_state=0, **more)


def margins_of(matrix, codes, folds, fields, classifier=None, min_df=1):
    return out_of_fold(
        matrix,
        codes,
        folds,
        fields=fields,
        classifier=classifier or a_classifier(),
        min_df=min_df,
    )


@given(st.lists(hostile, max_size=20))
def test_a_column_of_titles_has_the_holdouts_keys(texts):
    assert list(title_keys(titles(*texts))) == [title_key(text) for text in texts]


def test_near_copies_of_a_title_are_in_one_fold():
    copies = titles(
        "Piscine Hors-Sol ronde", "ronde piscine hors sol 366", "PISCINE hors sol rondé"
    )

    for folds in (2, 3, 10):
        assert len(set(fold_by_title(copies, folds).tolist())) == 1


@pytest.mark.parametrize("folds", [2, 5])
def test_folds_are_about_as_large_as_one_another(folds, snapshot):
    held = np.bincount(fold_by_title(snapshot.rows["designation"], folds), minlength=folds)

    assert held.min() > 0.9 * held.mean()


def test_folds_say_nothing_about_the_holdout(snapshot):
    first = fold_by_title(snapshot.rows["designation"]) == 0
    kept = snapshot.rows["in_holdout"].to_numpy()

    assert np.mean(first[kept]) == pytest.approx(np.mean(first[~kept]), abs=0.06)


def test_no_row_is_judged_by_a_classifier_that_learnt_it():
    matrix, codes, fields = a_matrix()
    folds = np.arange(len(codes)) % 2
    lies = np.where(folds == 0, (codes + 10) % 40, codes)

    honest = margins_of(matrix, codes, folds, fields)
    misled = margins_of(matrix, lies, folds, fields)

    assert np.array_equal(honest[folds == 0], misled[folds == 0])
    assert not np.allclose(honest[folds == 1], misled[folds == 1])


def test_out_of_fold_margins_tell_the_categories():
    matrix, codes, fields = a_matrix()

    margins = margins_of(matrix, codes, np.arange(len(codes)) % 3, fields)

    assert margins.shape == (300, 4)
    assert np.mean(margins.argmax(axis=1) * 10 == codes) > 0.9


def test_the_classifier_that_is_given_is_left_as_it_is():
    matrix, codes, fields = a_matrix()
    classifier = a_classifier()
    values = matrix.copy()

    margins_of(matrix, codes, np.arange(len(codes)) % 2, fields, classifier)

    assert not hasattr(classifier, "coef_")
    assert classifier.tol == 0.01
    assert abs(matrix - values).max() == 0


def test_two_categories_have_a_margin_each():
    matrix, codes, fields = a_matrix(categories=2)

    margins = margins_of(matrix, codes, np.arange(len(codes)) % 2, fields)
    classifier = a_classifier().fit(matrix, codes)

    assert margins.shape == (300, 2)
    assert np.array_equal(margins[:, 0], -margins[:, 1])
    answers = classifier.classes_[all_margins(classifier, matrix).argmax(axis=1)]
    assert np.array_equal(answers, classifier.predict(matrix))


def test_a_category_that_the_others_lack_has_no_margin():
    matrix, codes, fields = a_matrix()
    own = codes == 20
    own[:40] = True

    margins = margins_by_others(
        matrix, codes, own, fields=fields, classifier=a_classifier(), min_df=1
    )

    assert np.isneginf(margins[:, 2]).all()
    assert np.isfinite(margins[:, [0, 1, 3]]).all()


def test_one_category_alone_can_judge_nothing():
    matrix, codes, fields = a_matrix(categories=2)

    margins = margins_by_others(
        matrix, codes, codes == 10, fields=fields, classifier=a_classifier(), min_df=1
    )

    assert margins.shape == (np.sum(codes == 10), 2)
    assert np.isnan(margins).all()


def test_terms_that_the_others_do_not_hold_are_unknown_as_in_a_new_listing():
    matrix, codes, fields = a_matrix()
    own = np.zeros(len(codes), dtype=bool)
    own[:100] = True
    rare = sp.csr_matrix((np.full(100, 0.3), (np.arange(100), np.zeros(100, int))), shape=(300, 1))
    more = sp.csr_matrix(sp.hstack([matrix, rare]))

    plain = margins_by_others(
        matrix, codes, own, fields=fields, classifier=a_classifier(), min_df=1
    )
    longer = without_terms(more.copy(), np.arange(41) < 40, np.append(fields, 0))
    judged = margins_by_others(
        more, codes, own, fields=np.append(fields, 0), classifier=a_classifier(), min_df=1
    )

    # The unknown term had taken a part of the field's length, which the known ones get back.
    assert not np.allclose(judged, plain)
    assert np.allclose(
        judged, all_margins(a_classifier().fit(more[100:], codes[100:]), longer[:100])
    )


@given(st.integers(0, 2**32 - 1))
def test_fields_keep_their_length_when_terms_are_dropped(seed):
    matrix, _, fields = a_matrix(rows=20, seed=seed % 1_000)
    known = np.random.default_rng(seed).random(40) < 0.6
    before = matrix.toarray()

    after = without_terms(matrix, known, fields).toarray()

    assert (after[:, ~known] == 0).all()
    for field, length in ((0, 1.0), (1, 0.5)):
        held = before[:, known & (fields == field)].any(axis=1)
        lengths = np.linalg.norm(after[:, fields == field], axis=1)
        assert np.allclose(lengths[held], length)
        assert (lengths[~held] == 0).all()


def test_a_matrix_that_is_known_whole_is_not_changed():
    matrix, _, fields = a_matrix()
    values = matrix.data.copy()

    assert np.array_equal(without_terms(matrix, np.ones(40, bool), fields).data, values)
