import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from rakuten_mlops.monitoring import shadow as module
from rakuten_mlops.monitoring.shadow import Shadow, compare, draw
from rakuten_mlops.monitoring.traffic import Served
from rakuten_mlops.serving.predictor import Champion
from rakuten_mlops.serving.scorer import compile_pipeline

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def served(designation: str, code: int, confidence: float = 0.9) -> Served:
    return Served(NOW, 0.001, designation, "", "1", code, confidence, "accept")


@pytest.fixture(scope="module")
def challenger(candidate) -> Champion:
    return Champion(compile_pipeline(candidate.pipeline, {}).warm(), "2", NOW)


@pytest.fixture
def shadow(engine) -> Shadow:
    return Shadow(engine)


def test_a_share_is_drawn():
    listings = [served(f"livre {n}", 10) for n in range(5_000)]

    drawn = draw(listings, 0.1, random.Random(1))

    assert 400 < len(drawn) < 600
    assert draw(listings, 0.0, random.Random(1)) == []
    assert draw(listings, 1.0, random.Random(1)) == listings


def test_the_challengers_other_answer_is_a_dispute(challenger):
    right = challenger.scorer.predict("Piscine tubulaire ronde")
    other = next(code for code in challenger.scorer.classes.tolist() if code != right)

    pairs = compare(
        [served("Piscine tubulaire ronde", right), served("Piscine tubulaire ronde", other)],
        challenger,
    )

    assert pairs[0][1] is None
    dispute = pairs[1][1]
    assert (dispute.prdtypecode, dispute.challenger_code) == (other, right)
    assert 0 < dispute.challenger_confidence <= 1


def test_runs_add_up_by_pair_of_versions(shadow, challenger):
    right = challenger.scorer.predict("Piscine tubulaire ronde")
    agreed, disputed = (
        served("Piscine tubulaire ronde", right),
        served("Piscine tubulaire ronde", -1),
    )
    shadow.record(compare([agreed, agreed, disputed], challenger), "2")
    shadow.record(compare([agreed, replace(agreed, version="7")], challenger), "2")

    found = {(each.champion, each.challenger): each for each in shadow.comparisons()}

    assert (found["1", "2"].compared, found["1", "2"].agreed) == (4, 3)
    assert found["1", "2"].agreement == 0.75
    assert (found["7", "2"].compared, found["7", "2"].agreed) == (1, 1)


def test_of_the_disputed_listings_the_newest_are_kept_and_the_surest_shown_first(
    shadow, challenger, monkeypatch
):
    monkeypatch.setattr(module, "KEPT", 5)
    for minute in range(9):
        one = served("Piscine tubulaire ronde", -1, confidence=(minute % 3) / 3)
        shadow.record(compare([replace(one, at=NOW + timedelta(minutes=minute))], challenger), "2")

    disputes = shadow.disputes("1", "2", limit=10)

    assert sorted(each.at.minute for each in disputes) == [4, 5, 6, 7, 8]
    confidences = [each.confidence for each in disputes]
    assert confidences == sorted(confidences, reverse=True)
    assert len(shadow.disputes("1", "2", limit=2)) == 2
    assert shadow.disputes("2", "1", limit=10) == []
