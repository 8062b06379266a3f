from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select
from tests.factories import a_served

from rakuten_mlops.errors import DatabaseUnavailable
from rakuten_mlops.monitoring.prediction_log import MOST_WORDS, PIECE
from rakuten_mlops.monitoring.text_statistics import hash_words
from rakuten_mlops.tables import logged_words, predictions

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def minutes(*counts):
    return [NOON + timedelta(minutes=each) for each in counts]


def test_a_window_holds_what_was_served_in_the_order_of_time(log, fill):
    late, early = minutes(5, 1)
    fill(
        a_served("Lampe", at=late, prdtypecode=2060, decision="review", confidence=0.25),
        a_served("Piscine ronde", at=early, description="Hors sol, vue Ã©toilÃ©e"),
    )

    window = log.window()

    assert window.version == "1"
    assert window.at.tolist() == [early.timestamp(), late.timestamp()]
    assert window.categories.tolist() == [2583, 2060]
    assert window.confidence.tolist() == [0.75, 0.25]
    assert window.accepted.tolist() == [True, False]
    assert window.title_chars.tolist() == [13, 5]
    assert window.description_chars.tolist() == [23, 0]
    assert window.unknown_words.tolist() == [2, 1]
    assert window.garbled.tolist() == [True, False]
    assert window.sketch.words_of(1).tolist() == hash_words(["lampe"]).tolist()


def test_a_window_ends_before_its_end_and_holds_the_newest_of_one_version(log, fill):
    fill(*(a_served(f"n{n}", at=at) for n, at in enumerate(minutes(0, 1, 2, 3))))
    fill(a_served("autre", at=NOON + timedelta(minutes=1), version="2"))

    def times(**asked):
        window = log.window(**asked)
        return [(at - NOON.timestamp()) / 60 for at in window.at]

    first, _, _, last = minutes(0, 1, 2, 3)
    assert times() == [0, 1, 2, 3]
    assert times(since=first + timedelta(minutes=1), until=last) == [1, 2]
    assert times(limit=2) == [2, 3]
    assert times(version="2") == [1]
    assert times(since=last + timedelta(minutes=1)) == []
    assert log.window(version="9").sketch.indptr.tolist() == [0]


def test_of_a_long_listing_the_sketch_keeps_the_same_words_as_of_any_other(log, fill):
    names = [f"mot{n}" for n in range(1_000)]
    fill(a_served("A", description=" ".join(names)))

    window = log.window()

    assert window.words.tolist() == [1_000]
    assert window.sketch.words_of(0).tolist() == hash_words(names)[:MOST_WORDS].tolist()


@pytest.mark.parametrize("keep_text", [False, True])
def test_the_text_is_kept_only_where_that_is_allowed(engine, fill, keep_text):
    fill(a_served("Piscine de Camille"), keep_text=keep_text)

    with engine.connect() as connection:
        held = connection.scalar(select(predictions.c.designation))

    assert held == ("Piscine de Camille" if keep_text else None)


def test_texts_of_an_earlier_time_can_be_emptied(log, fill):
    fill(*(a_served(f"Lot {n}") for n in range(7)), keep_text=True)
    assert log.holding().texts == 7

    assert log.drop_texts() == 7

    assert (log.holding().rows, log.holding().texts) == (7, 0)


def test_what_is_too_old_is_deleted_and_what_is_not_stays(log, fill):
    fill(*(a_served(at=at) for at in minutes(0, 1, 2, 3)))

    assert log.prune(before=NOON + timedelta(minutes=2), most_rows=100) == 2

    assert log.holding().since == NOON + timedelta(minutes=2)
    assert log.prune(before=NOON + timedelta(minutes=2), most_rows=100) == 0


def test_more_rows_than_allowed_are_deleted_the_oldest_first(log, fill):
    fill(*(a_served(at=at) for at in minutes(*range(30))))

    log.prune(before=NOON, most_rows=10)

    assert log.holding().rows == 10
    assert log.holding().since == NOON + timedelta(minutes=20)


def test_more_than_a_piece_is_deleted_at_once(log, fill):
    fill(*(a_served(at=NOON) for _ in range(PIECE + 200)))

    assert log.prune(before=NOON + timedelta(days=1), most_rows=100_000) == PIECE + 200
    assert log.holding().rows == 0


def test_words_are_told_by_their_hashes_until_they_are_too_old(log, engine):
    first, second = hashes = hash_words(["trottinette", "gyropode"])
    first, second = first.item(), second.item()
    with engine.begin() as connection:
        connection.execute(
            insert(logged_words),
            [
                {"hash": first, "word": "un", "named_at": NOON},
                {"hash": second, "word": "deux", "named_at": NOON + timedelta(days=1)},
            ],
        )

    assert log.words(hashes) == {first: "un", second: "deux"}
    assert log.words([]) == {}
    assert log.prune_words(before=NOON + timedelta(hours=1)) == 1
    assert log.words(hashes) == {second: "deux"}


def test_the_log_says_what_it_holds_by_day_and_how_large_it_is(log, fill):
    empty = log.size()
    assert log.holding().since is None

    fill(*(a_served(at=NOON - timedelta(days=each % 2)) for each in range(3_000)))

    assert log.days() == {NOON.date() - timedelta(days=1): 1_500, NOON.date(): 1_500}
    assert log.size() > empty + 200_000


def test_a_database_that_is_away_is_said_to_be_so(log, database):
    database.take_away()

    with pytest.raises(DatabaseUnavailable):
        log.window()
