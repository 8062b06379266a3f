from datetime import timedelta

from tests.factories import an_offer

from rakuten_mlops.review.labels import Labels
from rakuten_mlops.review.standing import Count, draws, standing


def test_the_queue_is_counted_by_kind(offering, queue, engine):
    offering.put([an_offer(f"doubtful {n}") for n in range(4)])
    offering.put([an_offer("drawn", drawn=True)])
    first, *_ = queue.next("rita", count=3)
    queue.answer(first.id, "rita", "confirm")

    found = standing(engine, "rita")

    everything = found.kinds.values()
    assert sum(count.waiting for count in everything) == 2
    assert sum(count.leased for count in everything) == 2
    assert sum(count.answered for count in everything) == 1
    assert found.kinds["label noise"] == Count(0, 0, 0)
    assert (found.unlabelled, found.answered_by_you) == (1, 1)
    assert standing(engine, "rob").answered_by_you == 0
    Labels(engine).flush()
    assert standing(engine, "rita").unlabelled == 0


def test_a_changed_mind_and_a_skip_are_no_further_answers(offering, queue, engine):
    offering.put([an_offer("A"), an_offer("B")])
    one, other = queue.next("rita", count=2)
    for code in (10, 40, 50):
        queue.answer(one.id, "rita", "category", code)
    queue.answer(other.id, "rita", "skip")

    assert standing(engine, "rita").answered_by_you == 1


def test_draws_come_with_their_answers_by_version_and_time(offering, queue, engine, clock):
    offering.put([an_offer("A", 10, drawn=True, model_version="1", decision="accept")])
    (item,) = queue.next("rita", count=1)
    queue.answer(item.id, "rita", "category", 40)
    offering.put([an_offer("B", 50, drawn=True, model_version="2")])
    offering.put([an_offer("C", 50)])
    yesterday, tomorrow = (clock.moment + timedelta(days=days) for days in (-1, 1))

    def found(**wanted):
        rows = draws(engine, **{"version": None, "since": yesterday} | wanted)
        return [(draw.prdtypecode, draw.decision, draw.answer_code) for draw in rows]

    assert found(version="1") == [(10, "accept", 40)]
    assert found(version="2") == [(50, "review", None)]
    assert len(found()) == 2
    assert found(since=tomorrow) == []
