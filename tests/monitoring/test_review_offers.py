"""What the recorder offers people of what was served."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.factories import ALTERNATIVES, an_exchange

from rakuten_mlops.errors import DatabaseUnavailable
from rakuten_mlops.monitoring.recorder_state import read_state
from rakuten_mlops.review.offering import Offering
from rakuten_mlops.review.queue import Queue
from rakuten_mlops.review.standing import draws


@pytest.fixture
def items(engine):
    """What waits for review, each listing with its item."""

    def items():
        found = Queue(engine, lease=timedelta(minutes=1)).next("rita", count=100)
        return {item.designation: item for item in found}

    return items


def test_a_doubtful_listing_waits_for_review_as_it_was_predicted(record, spool, items, settings):
    spool.write([an_exchange("Lot bleu", decision="review"), an_exchange("Piscine ronde")])

    record(review_sample_share=0)

    (item,) = items().values()
    assert (item.designation, item.kind, item.model_version) == ("Lot bleu", "doubtful", "1")
    assert [each._asdict() for each in item.alternatives] == ALTERNATIVES
    assert read_state(settings.home).offered == 1


def test_a_sure_one_waits_if_chance_draws_it(record, spool, items, engine):
    spool.write([an_exchange("Piscine ronde"), an_exchange("Lot bleu", decision="review")])

    record(review_sample_share=1)

    assert {item.kind for item in items().values()} == {"random"}
    since = datetime.now(UTC) - timedelta(minutes=1)
    found = draws(engine, version="1", since=since)
    assert sorted(draw.decision for draw in found) == ["accept", "review"]


def test_with_the_log_off_people_are_still_asked(record, spool, items, log):
    spool.write([an_exchange("Lot bleu", decision="review")])

    record(log=False, shadow_share=0)

    assert list(items()) == ["Lot bleu"]
    assert log.holding().rows == 0


def test_what_could_not_be_offered_is_offered_later_and_once(
    record, spool, items, log, settings, monkeypatch
):
    spool.write([an_exchange("Lot bleu", "Lot vert", decision="review")])

    def away(*_):
        raise DatabaseUnavailable("gone")

    with monkeypatch.context() as broken:
        broken.setattr(Offering, "put", away)
        with pytest.raises(DatabaseUnavailable):
            record(review_sample_share=0)
        assert log.holding().rows == 0

    record(review_sample_share=0)

    assert sorted(items()) == ["Lot bleu", "Lot vert"]
    assert log.holding().rows == read_state(settings.home).offered == 2


def test_an_offer_that_is_made_again_after_a_failure_changes_nothing(
    record, spool, items, log, monkeypatch
):
    spool.write([an_exchange("Lot bleu", decision="review")])

    def away(*_):
        raise DatabaseUnavailable("gone")

    with monkeypatch.context() as broken:
        broken.setattr("rakuten_mlops.monitoring.entries.add", away)
        with pytest.raises(DatabaseUnavailable):
            record()
    assert len(items()) == 1

    record()

    assert len(items()) == log.holding().rows == 1


def test_a_text_with_a_nul_is_offered_without_it(record, spool, items):
    spool.write([an_exchange("Lot\0bleu", decision="review")])

    record()

    assert list(items()) == ["Lot bleu"]
