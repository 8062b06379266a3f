"""Properties that every snapshot to learn from must have."""

from rakuten_mlops.catalog.categories import RAKUTEN
from rakuten_mlops.catalog.holdout import SHARE, title_key


def test_no_title_stands_on_both_sides(snapshot):
    training = {title_key(title) for title in snapshot.training["designation"]}
    kept = {title_key(title) for title in snapshot.holdout["designation"]}

    assert training
    assert kept
    assert not training & kept


def test_about_a_tenth_is_kept_for_judging(snapshot):
    share = snapshot.holdout.height / snapshot.rows.height

    assert abs(share - SHARE) < 0.03


def test_every_category_is_there_and_every_title_says_something(snapshot):
    codes = {category.prdtypecode for category in RAKUTEN}

    assert set(snapshot.rows["prdtypecode"]) == codes
    assert snapshot.rows["designation"].str.strip_chars().str.len_chars().min() > 0


def test_about_a_third_has_no_description(snapshot):
    share = (snapshot.rows["description"] == "").mean()

    assert 0.30 < share < 0.40
