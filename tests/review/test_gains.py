from datetime import UTC, datetime

from rakuten_mlops.catalog.revision import Revision
from rakuten_mlops.registry.model_registry import ModelVersion
from rakuten_mlops.review.gains import gains

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def a_revision(number, kind, labels):
    return Revision(number, kind, "a test", "ada", NOON, 0, 0, labels)


REVISIONS = [
    a_revision(1, "import", 1_000),
    a_revision(2, "review", 40),
    a_revision(3, "feedback", 5),
    a_revision(4, "import", 300),
    a_revision(5, "review", 7),
]


def a_version(number, revision, verdict=None):
    lineage = {} if revision is None else {"revision": revision}
    return ModelVersion(number, NOON, (), {}, lineage, {}, verdict)


def a_verdict(champion=None, *, promote=True, gain=None):
    if champion is None:
        return {"promote": promote, "champion_version": None, "gain": None, "confidence": None}
    return {
        "promote": promote,
        "champion_version": champion,
        "gain": gain,
        "gain_low": gain - 0.01,
        "gain_high": gain + 0.01,
        "confidence": 0.99,
    }


def test_labels_count_since_the_version_before_and_since_the_champion():
    versions = [
        a_version("3", 5, a_verdict("1", gain=0.03)),
        a_version("2", 3, a_verdict("1", promote=False, gain=-0.001)),
        a_version("1", 1, a_verdict()),
    ]

    third, second, first = gains(versions, REVISIONS)

    assert (third.version, second.version, first.version) == ("3", "2", "1")
    assert (first.labels_by_people, first.new_labels_by_people) == (0, 0)
    assert (second.labels_by_people, second.new_labels_by_people) == (45, 45)
    assert (third.labels_by_people, third.new_labels_by_people) == (52, 7)
    assert (third.since_champion_by_people, third.since_champion_by_others) == (52, 300)
    assert (second.since_champion_by_people, second.since_champion_by_others) == (45, 0)


def test_a_gain_comes_with_the_interval_it_was_judged_by():
    versions = [a_version("2", 2, a_verdict("1", gain=0.03)), a_version("1", 1, a_verdict())]

    second, first = gains(versions, REVISIONS)

    assert (second.gain, second.low, second.high) == (0.03, 0.019999999999999997, 0.04)
    assert second.confidence == 0.98
    assert second.promoted
    assert (first.gain, first.confidence, first.champion_version) == (None, None, None)
    assert first.since_champion_by_people is None


def test_a_version_that_was_only_registered_was_compared_with_nothing():
    (only,) = gains([a_version("1", 3)], REVISIONS)

    assert (only.promoted, only.gain, only.labels_by_people) == (None, None, 45)


def test_a_version_of_another_origin_is_left_out_and_a_lost_champion_is_not_counted_from():
    versions = [a_version("3", 4, a_verdict("1", gain=0.03)), a_version("1", None)]

    (third,) = gains(versions, REVISIONS)

    assert third.gain == 0.03
    assert third.since_champion_by_people is None
