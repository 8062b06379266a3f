from datetime import UTC, datetime, timedelta

import pytest
from tests.factories import a_served

from rakuten_mlops.monitoring.traffic_summary import BINS, Count, summarise

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def summary(engine):
    def summary(since=NOON - 12 * HOUR, until=NOON + 12 * HOUR, step=HOUR, **details):
        return summarise(engine, since=since, until=until, step=step, **details)

    return summary


def test_predictions_are_counted_by_time_category_and_version(fill, summary):
    fill(
        a_served(at=NOON),
        a_served(at=NOON + timedelta(minutes=59), decision="review"),
        a_served(at=NOON + 2 * HOUR, prdtypecode=10, version="2"),
        a_served(at=NOON + 12 * HOUR),
    )

    found = summary()

    assert found.total == Count(3, 2)
    assert found.times == {NOON: Count(2, 1), NOON + 2 * HOUR: Count(1, 1)}
    assert found.categories == {10: Count(1, 1), 2583: Count(2, 1)}
    assert found.versions == {"1": Count(2, 1), "2": Count(1, 1)}
    assert summary(version="2").total == Count(1, 1)


def test_confidence_is_counted_in_equal_parts_of_which_the_last_holds_certainty(fill, summary):
    fill(*(a_served(confidence=each) for each in (0.0, 0.049, 0.05, 0.75, 0.7999, 0.8, 1.0)))

    counts = summary().confidence

    assert len(counts) == BINS
    assert {place: count for place, count in enumerate(counts) if count} == {
        0: 2,
        1: 1,
        15: 2,
        16: 1,
        19: 1,
    }


def test_percentiles_are_those_of_the_latencies(fill, summary):
    fill(*(a_served(seconds=each / 1_000) for each in range(1, 101)))

    latency = summary().latency

    assert latency[0.5] == pytest.approx(0.050, abs=0.0001)
    assert latency[0.95] == pytest.approx(0.095, abs=0.0001)
    assert latency[0.99] == pytest.approx(0.099, abs=0.0001)


def test_nothing_served_has_no_latency(summary):
    found = summary()

    assert found.total == Count(0, 0)
    assert found.latency == {}
    assert sum(found.confidence) == 0
