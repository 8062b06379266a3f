import itertools
import re
from collections import Counter
from importlib.resources import files

import numpy as np
import pytest

from rakuten_mlops.catalog.categories import RAKUTEN
from rakuten_mlops.catalog.holdout import in_holdout, title_key
from rakuten_mlops.catalog.listing import LabelledListing, plain
from rakuten_mlops.catalog.synthetic import allocate, arrivals, drift_of, synthesize
from rakuten_mlops.catalog.words.vocabulary import SLOT, Pool, fill, lexicons
from rakuten_mlops.errors import CatalogTooSmall

REAL_COUNTS = [category.listings for category in RAKUTEN]
WORD = re.compile(r"[^\W\d_]{2,}")


@pytest.fixture(scope="module")
def listings() -> list[LabelledListing]:
    return synthesize(12_000, seed=20)


def described(listings: list[LabelledListing]) -> list[str]:
    return [each.listing.description for each in listings if each.listing.description]


def vocabulary(listings: list[LabelledListing]) -> Counter[str]:
    return Counter(
        word for each in listings for word in WORD.findall(plain(each.listing.designation))
    )


def share_of_unknown_words(listings: list[LabelledListing], known: Counter[str]) -> float:
    words = vocabulary(listings)
    return sum(n for word, n in words.items() if word not in known) / words.total()


def test_the_same_seed_writes_the_same_catalogue():
    assert synthesize(300, seed=7) == synthesize(300, seed=7)


def test_another_seed_writes_another_catalogue():
    titles = {each.listing.designation for each in synthesize(300, seed=7)}

    assert not titles & {each.listing.designation for each in synthesize(300, seed=8)}


def test_the_catalogue_does_not_change_between_releases():
    first = synthesize(27, seed=1)[0]

    assert first.prdtypecode == 40
    assert first.listing.designation == "PS Vita Legend of Robmior édition platinum - rouge"


def test_a_batch_of_arrivals_is_the_same_without_the_batches_before_it():
    alone = arrivals(50, seed=7, batch=3)
    for batch in range(3):
        arrivals(50, seed=7, batch=batch)

    assert arrivals(50, seed=7, batch=3) == alone


def test_the_full_catalogue_has_the_real_number_of_listings_per_category():
    assert allocate(84_916, REAL_COUNTS) == REAL_COUNTS


@pytest.mark.parametrize("rows", [27, 28, 100, 999, 30_000, 84_915, 200_000])
def test_shares_are_kept_within_one_listing_and_no_category_is_empty(rows: int):
    counts = allocate(rows, REAL_COUNTS)

    assert sum(counts) == rows
    assert min(counts) >= 1
    if rows >= 999:
        exact = [rows * weight / 84_916 for weight in REAL_COUNTS]
        assert all(abs(n - share) < 1 for n, share in zip(counts, exact, strict=True))


def test_a_catalogue_has_as_many_listings_as_asked_for_in_no_order_of_category(listings):
    codes = [each.prdtypecode for each in listings]

    assert len(listings) == 12_000
    assert Counter(codes) == dict(
        zip((c.prdtypecode for c in RAKUTEN), allocate(12_000, REAL_COUNTS), strict=True)
    )
    assert len(set(codes[:200])) > 15


def test_fewer_rows_than_categories_are_refused():
    with pytest.raises(CatalogTooSmall, match="26 rows cannot hold 27 categories"):
        synthesize(26, seed=1)


def test_product_and_image_ids_are_unique_over_the_catalogue_and_its_arrivals(listings):
    batches = [arrivals(200, seed=20, batch=batch) for batch in (0, 1, 2, 500)]
    written = [each.listing for each in itertools.chain(listings, *batches)]

    for ids in ([x.productid for x in written], [x.imageid for x in written]):
        assert len(set(ids)) == len(written)
        assert all(type(one) is int and 0 < one < 2**62 for one in ids)


def test_about_a_third_of_the_listings_have_no_description(listings):
    assert 0.30 < 1 - len(described(listings)) / len(listings) < 0.40


def test_descriptions_are_a_few_sentences_long(listings):
    lengths = [len(text) for text in described(listings)]
    words = [len(plain(text).split()) for text in described(listings)]

    assert 400 < np.mean(lengths) < 700
    assert np.percentile(words, 10) > 20
    assert np.percentile(words, 90) < 130


def test_titles_have_between_four_and_twenty_words(listings):
    words = [len(each.listing.designation.split()) for each in listings]

    assert np.percentile(words, 3) >= 4
    assert np.percentile(words, 97) <= 20


def test_descriptions_hold_tags_and_entities(listings):
    text = "\n".join(described(listings))

    for sign in ("<br />", "<p>", "<li>", "&eacute;", "&#39;"):
        assert text.count(sign) > 100


def test_sellers_have_their_habits(listings):
    titles = [each.listing.designation for each in listings]
    shouted = sum(title.isupper() for title in titles) / len(titles)

    assert 0.05 < shouted < 0.15
    assert any("é" in title for title in titles)
    for habit in ("NEUF", "TBE", "Lot de 2", "A4"):
        assert any(habit in title for title in titles)


@pytest.mark.parametrize("word", ["brand new", "versand", "envio rapido", "spedizione"])
def test_some_listings_are_in_other_languages(listings, word: str):
    foreign = [each for each in listings if word in plain(each.listing.description)]

    assert 0.0005 < len(foreign) / len(listings) < 0.05


def test_no_slot_is_left_open(listings):
    assert not [each for each in listings if SLOT.search(str(each.listing))]


def test_titles_are_diverse(listings):
    assert len({title_key(each.listing.designation) for each in listings}) > 0.6 * len(listings)


def test_the_holdout_reaches_every_category(listings):
    held = Counter(x.prdtypecode for x in listings if in_holdout(x.listing.designation))
    of = Counter(each.prdtypecode for each in listings)

    assert 0.08 < held.total() / len(listings) < 0.12
    assert set(held) == set(of)
    assert all(0.05 < held[code] / n < 0.15 for code, n in of.items() if n > 1_000)


def test_without_drift_arrivals_speak_as_the_catalogue_does(listings):
    known = vocabulary(listings)
    as_ever = share_of_unknown_words(synthesize(2_000, seed=21), known)

    early, late = (arrivals(2_000, seed=20, batch=b, drift=False) for b in (0, 40))

    assert share_of_unknown_words(early, known) == pytest.approx(as_ever, abs=0.01)
    assert share_of_unknown_words(late, known) == pytest.approx(as_ever, abs=0.01)


def test_with_drift_words_are_replaced_little_by_little(listings):
    known = vocabulary(listings)
    unknown = [
        share_of_unknown_words(arrivals(2_000, seed=20, batch=batch), known) for batch in (0, 5, 20)
    ]

    assert unknown[0] < unknown[1] < unknown[2]
    assert unknown[2] > unknown[0] + 0.05


def test_with_drift_the_shares_of_categories_move():
    def shares(drift: bool) -> np.ndarray:
        codes = Counter(x.prdtypecode for x in arrivals(4_000, seed=20, batch=40, drift=drift))
        return np.array([codes[category.prdtypecode] / 4_000 for category in RAKUTEN])

    real = np.array(REAL_COUNTS) / 84_916

    assert np.abs(shares(drift=False) - real).sum() < 0.10
    assert np.abs(shares(drift=True) - real).sum() > 0.20


def test_drift_starts_small_and_saturates():
    assert drift_of(0) < 0.1
    assert 0.4 < drift_of(5) < 0.7
    assert 0.99 < drift_of(40) < drift_of(10_000) <= 1.0


def test_a_single_arrival_can_be_asked_for_and_none():
    assert len(arrivals(1, seed=20, batch=0)) == 1
    assert arrivals(0, seed=20, batch=0) == []


def test_every_category_has_a_lexicon_whose_voices_share_all_listings():
    assert set(lexicons()) == {category.prdtypecode for category in RAKUTEN}
    for lexicon in lexicons().values():
        assert sum(voice.share for voice in lexicon.voices) == pytest.approx(1.0)


def test_every_slot_of_every_template_has_words():
    for lexicon in lexicons().values():
        slots = lexicon.slots.keys() | {"noun"}
        for voice in lexicon.voices:
            for pool in (voice.nouns, voice.titles, voice.details, voice.sentences):
                assert {slot for text in pool.now for slot in SLOT.findall(text)} <= slots


def test_what_is_given_fills_the_first_place_only():
    pool = Pool(np.array(["autre"], dtype=object), np.array(["autre"], dtype=object))
    template = np.array(["{name} et {name}", "rien"], dtype=object)
    given = {"name": np.array(["Valdor", "Tornix"], dtype=object)}

    texts = fill(template, {"name": pool}, np.random.default_rng(1), given=given)

    assert texts.tolist() == ["Valdor et autre", "rien"]


def test_the_word_files_are_package_data():
    held = {entry.name for entry in files("rakuten_mlops.catalog.words").iterdir()}

    assert {"common.toml", "books.toml", "games.toml", "toys.toml", "home.toml"} <= held
