import json
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from tests.monitoring.drift.test_domain import with_word
from tests.monitoring.drift.windows import make_window

from rakuten_mlops.monitoring.drift.judgement import FALSE_ALARM_RATE, judge_window
from rakuten_mlops.monitoring.drift.report import Live, read_report
from rakuten_mlops.monitoring.text_statistics import hash_words
from rakuten_mlops.monitoring.window import sketch_of

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
SOME = np.random.default_rng(9).random(500)


def test_unchanged_traffic_is_called_so_at_the_stated_rate(reference, names):
    windows = [make_window(500, seed=100 + number) for number in range(40)]

    states = [judge_window(reference, window, names).state for window in windows]

    assert FALSE_ALARM_RATE == 0.01
    assert sum(state != "no drift" for state in states) <= 2


def test_the_same_window_gives_the_same_report(reference, names):
    window = make_window(300, seed=3)

    first, second = (judge_window(reference, window, names, at=NOW) for _ in range(2))

    assert first == second


@pytest.mark.parametrize(
    ("column", "values", "finding"),
    [
        ("garbled", SOME < 0.1, "Listings with garbled letters, from a wrong encoding"),
        ("language", np.where(SOME < 0.3, 2, 1), "Listings now are in English"),
        ("description_chars", np.where(SOME < 0.7, 0, 300), "Listings without a description"),
        ("categories", np.where(SOME < 0.5, 2583, 10), "Of the answers, Piscines grew from"),
        ("confidence", SOME, "The model is less sure"),
        ("title_chars", (20 + SOME * 300).astype(np.int64), "Titles are longer"),
        ("unknown_words", np.full(500, 4), "Words that the model does not know"),
    ],
)
def test_what_changed_is_named_first(reference, names, column, values, finding):
    window = make_window(500, seed=4, **{column: values})

    report = judge_window(reference, window, names)

    assert report.state == "drift"
    assert report.headline.startswith(finding)
    assert report.findings[0] == report.headline


def test_categories_that_grew_and_shrank_are_listed_with_their_shares(reference, names):
    window = make_window(500, seed=4, categories=np.where(SOME < 0.6, 2583, 40))

    found = {each.category: each for each in judge_window(reference, window, names).categories}

    assert found["Piscines"].current > found["Piscines"].reference
    assert found["Livres"].current == 0


def test_a_new_kind_of_listing_is_named_by_its_words(reference, names):
    window = make_window(500, seed=5)
    new = hash_words(["trottinette", "guidon", "mot7"])
    words = [new if row < 60 else window.sketch.words_of(row) for row in range(500)]
    confidence = np.where(np.arange(500) < 60, 0.3, window.confidence)

    report = judge_window(
        reference, replace(window, sketch=sketch_of(words), confidence=confidence), names
    )

    # Sixty listings of the same words and other lengths are not repeats.
    assert report.listings > 480
    assert report.newcomers is not None
    assert {"trottinette", "guidon"} <= set(report.newcomers.terms)
    assert report.newcomers.share == pytest.approx(0.12, abs=0.03)
    assert {"trottinette", "guidon"} <= {term.term for term in report.terms}


def test_few_listings_of_a_new_kind_are_drift_and_the_headline(reference, names):
    window = make_window(500, seed=5)
    sketch = with_word(window.sketch, "trottinette", 0.04)

    report = judge_window(reference, replace(window, sketch=sketch), names)

    states = {each.name: each.state for each in report.tests}
    assert (states["grown word"], states["domain"], report.state) == ("drift", "no drift", "drift")
    assert "has not learnt, with words like “trottinette”" in report.headline


def test_a_word_that_nobody_may_name_is_told_of_without_it(reference, names):
    window = make_window(500, seed=5)
    sketch = with_word(window.sketch, "secret", 0.04)

    report = judge_window(reference, replace(window, sketch=sketch), names)

    assert report.newcomers is None
    assert report.headline == "A word without a name is in more listings: 4.0 % against 0 %"


def test_a_difference_that_hardly_matters_is_watched_only(reference, names):
    window = make_window(6_000, seed=6)
    shorter = np.maximum(window.title_chars - 3, 1)

    report = judge_window(reference, replace(window, title_chars=shorter), names)

    lengths = next(each for each in report.tests if each.name == "title length")
    assert lengths.threshold < lengths.value < lengths.floor
    assert (lengths.state, report.state) == ("watch", "watch")


def test_listings_that_come_again_count_once(reference, names):
    window = make_window(150, seed=7)

    report = judge_window(reference, window.take(np.tile(np.arange(150), 4)), names)

    assert (report.listings, report.repeated, report.state) == (150, 450, "no drift")


@pytest.mark.parametrize("listings", [0, 1, 99])
def test_few_listings_are_not_judged(reference, names, listings):
    report = judge_window(reference, make_window(listings, seed=8), names)

    assert report.state == "too few listings"
    assert f"{listings} different listings" in report.headline
    assert report.tests == ()


def test_nothing_is_judged_against_a_small_reference(reference, names):
    small = reference.take(np.arange(50))

    assert judge_window(small, make_window(500, seed=8), names).state == "too few listings"


def test_windows_without_any_description_are_judged(reference, names):
    window = make_window(200, seed=8, description_chars=np.zeros(200, dtype=np.int64))

    report = judge_window(reference, window, names)

    assert "description length" not in {each.name for each in report.tests}
    assert report.headline.startswith("Listings without a description: 100 %")


def test_listings_without_a_word_are_judged(reference, names):
    nothing = np.zeros(200, dtype=np.int64)
    empty = sketch_of([np.zeros(0, dtype=np.uint32)] * 200)
    window = make_window(200, seed=8, words=nothing, unknown_words=nothing, sketch=empty)

    assert judge_window(reference, window, names).state == "drift"


def test_a_report_survives_json(reference, names):
    window = make_window(500, seed=4, garbled=SOME < 0.1)
    report = judge_window(reference, window, names).with_live(Live(0.7, 0.6, 0.8, 40))

    assert read_report(json.loads(json.dumps(report.summary()))) == report


def test_a_report_on_too_little_survives_json(reference, names):
    report = judge_window(reference, make_window(0, seed=4), names)

    assert read_report(json.loads(json.dumps(report.summary()))) == report
    assert report.with_live(Live(0.7, 0.6, 0.8, 40)) == report
