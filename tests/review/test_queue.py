import itertools
from datetime import timedelta

import pytest
from sqlalchemy import select
from tests.factories import an_offer

from rakuten_mlops.database import open_database
from rakuten_mlops.errors import (
    DatabaseUnavailable,
    ItemAnswered,
    ItemHeld,
    ReviewError,
    UnknownItem,
)
from rakuten_mlops.review.queue import SKIPPED_FOR, TURNS, Queue, interleave
from rakuten_mlops.tables import review_answers

from .conftest import LEASE


def put(offering, *titles, **details):
    offering.put([an_offer(title, **details) for title in titles])


def titles(items):
    return [item.designation for item in items]


def history(engine):
    with engine.connect() as connection:
        columns = (review_answers.c.reviewer, review_answers.c.answer, review_answers.c.prdtypecode)
        return connection.execute(select(*columns).order_by(review_answers.c.id)).all()


def test_an_item_brings_the_prediction_that_was_made(queue, offering):
    put(offering, "Lot bleu", description="<p>3 pièces</p>", model_version="7")

    (item,) = queue.next("rita", count=5)

    assert (item.designation, item.description) == ("Lot bleu", "<p>3 pièces</p>")
    assert (item.kind, item.model_version) == ("doubtful", "7")
    assert (item.prdtypecode, item.confidence) == (10, 0.4)
    assert [each.prdtypecode for each in item.alternatives] == [10, 2705, 40]
    assert (item.leased_by, item.answer) == ("rita", None)


def test_an_empty_queue_gives_nothing(queue):
    assert queue.next("rita", count=5) == []


def test_what_one_reviewer_holds_no_other_gets(queue, offering):
    put(offering, *"ABCDE")

    first, second, third = (queue.next(name, count=2) for name in ("rita", "rob", "ruth"))

    assert [len(items) for items in (first, second, third)] == [2, 2, 1]
    assert sorted(titles(first + second + third)) == list("ABCDE")


def test_asking_again_gives_what_one_holds_already(queue, offering, clock):
    put(offering, *"ABC")
    first = queue.next("rita", count=2)
    clock.pass_by(LEASE / 2)

    again = queue.next("rita", count=2)
    clock.pass_by(LEASE * 0.75)

    assert titles(again) == titles(first)
    assert len(queue.next("rob", count=5)) == 1  # the two are held anew


def test_a_vanished_reviewers_items_go_to_the_next(queue, offering, clock):
    put(offering, "A")
    queue.next("rita", count=1)

    clock.pass_by(LEASE)

    (item,) = queue.next("rob", count=1)
    assert item.leased_by == "rob"


def test_what_was_exported_for_long_is_not_given_out_again_meanwhile(queue, offering):
    put(offering, *"AB")
    exported = queue.next("rita", count=1, lease=timedelta(hours=24))

    fresh = queue.next("rita", count=5)

    assert len(fresh) == 1
    assert titles(fresh) != titles(exported)


def test_a_confirmed_item_takes_the_models_category(queue, offering):
    put(offering, "A")
    (item,) = queue.next("rita", count=1)

    answered = queue.answer(item.id, "rita", "confirm")

    assert (answered.answer, answered.answer_code) == ("confirm", 10)
    assert answered.answered_by == "rita"
    assert queue.next("rob", count=5) == []


def test_another_category_and_no_product_are_answers_too(queue, offering):
    put(offering, *"AB")
    one, other = queue.next("rita", count=2)

    corrected = queue.answer(one.id, "rita", "category", 2705)
    nothing = queue.answer(other.id, "rita", "not a product")

    assert (corrected.answer, corrected.answer_code) == ("category", 2705)
    assert nothing.answer == "not a product"


def test_another_category_must_be_named(queue, offering):
    put(offering, "A")
    (item,) = queue.next("rita", count=1)

    with pytest.raises(ReviewError, match="prdtypecode"):
        queue.answer(item.id, "rita", "category")


def test_an_answer_that_comes_twice_counts_once(queue, offering, engine, clock):
    put(offering, "A")
    (item,) = queue.next("rita", count=1)
    first = queue.answer(item.id, "rita", "category", 40)
    clock.pass_by(LEASE)

    again = queue.answer(item.id, "rita", "category", 40)

    assert again == first
    assert history(engine) == [("rita", "category", 40)]


def test_a_reviewer_may_change_their_mind_and_both_words_are_kept(queue, offering, engine):
    put(offering, "A")
    (item,) = queue.next("rita", count=1)
    queue.answer(item.id, "rita", "confirm")

    changed = queue.answer(item.id, "rita", "not a product")

    assert changed.answer == "not a product"
    assert history(engine) == [("rita", "confirm", 10), ("rita", "not a product", -1)]


def test_an_answer_after_somebody_elses_is_refused_with_who_and_when(queue, offering, clock):
    put(offering, "A")
    (item,) = queue.next("rita", count=1)
    queue.answer(item.id, "rita", "confirm")

    with pytest.raises(ItemAnswered, match=f"^rita answered item {item.id} at .* UTC") as refused:
        queue.answer(item.id, "rob", "category", 40)

    assert f"{clock.moment:%Y-%m-%d %H:%M:%S}" in str(refused.value)
    assert queue.answer(item.id, "rita", "confirm").answer_code == 10


def test_an_item_that_somebody_else_looks_at_now_cannot_be_answered(queue, offering, clock):
    put(offering, "A")
    (item,) = queue.next("rita", count=1)
    clock.pass_by(LEASE)
    queue.next("rob", count=1)

    with pytest.raises(ItemHeld, match=r"^rob holds item"):
        queue.answer(item.id, "rita", "confirm")

    assert queue.answer(item.id, "rob", "confirm").answered_by == "rob"


def test_a_late_answer_counts_while_nobody_else_has_the_item(queue, offering, clock):
    put(offering, "A")
    (item,) = queue.next("rita", count=1)
    clock.pass_by(LEASE * 10)

    assert queue.answer(item.id, "rita", "confirm").answered_by == "rita"


def test_what_was_skipped_goes_to_others_at_once_and_comes_back_later(queue, offering, clock):
    put(offering, "A")
    (item,) = queue.next("rita", count=1)

    queue.answer(item.id, "rita", "skip")

    assert queue.next("rita", count=1) == []
    assert titles(queue.next("rob", count=1)) == ["A"]
    queue.release(item.id, "rob")
    clock.pass_by(SKIPPED_FOR)
    assert titles(queue.next("rita", count=1)) == ["A"]


def test_skipping_twice_is_written_down_once(queue, offering, engine):
    put(offering, "A")
    (item,) = queue.next("rita", count=1)

    for _ in range(2):
        queue.answer(item.id, "rita", "skip")

    assert history(engine) == [("rita", "skip", None)]


def test_skipping_takes_nothing_from_whoever_holds_the_item_now(queue, offering, clock):
    put(offering, "A")
    (item,) = queue.next("rita", count=1)
    clock.pass_by(LEASE)
    queue.next("rob", count=1)

    queue.answer(item.id, "rita", "skip")

    assert queue.next("ruth", count=1) == []


def test_an_item_that_is_given_back_is_free_at_once(queue, offering):
    put(offering, "A")
    (item,) = queue.next("rita", count=1)

    queue.release(item.id, "rob")
    assert queue.next("rob", count=1) == []
    queue.release(item.id, "rita")

    assert titles(queue.next("rob", count=1)) == ["A"]


def test_an_item_that_is_not_there_is_unknown(queue):
    for word in ("confirm", "skip"):
        with pytest.raises(UnknownItem, match="no item 99"):
            queue.answer(99, "rita", word)
    with pytest.raises(UnknownItem):
        queue.release(99, "rita")


def test_the_most_telling_come_first(queue, offering):
    offering.put(
        [
            an_offer("sure", confidences=(0.9, 0.05)),
            an_offer("torn", confidences=(0.41, 0.40)),
            an_offer("leaning", confidences=(0.6, 0.2)),
        ]
    )

    assert titles(queue.next("rita", count=5)) == ["torn", "leaning", "sure"]


def test_drawn_items_come_in_the_order_of_their_draw_whatever_the_model_said(queue, offering):
    confidences = [(0.9, 0.05), (0.41, 0.40), (0.6, 0.2)]
    for place, each in enumerate(confidences):
        offering.put([an_offer(f"drawn {place}", confidences=each, drawn=True)])

    assert titles(queue.next("rita", count=5)) == ["drawn 0", "drawn 1", "drawn 2"]


def test_one_in_four_is_a_drawn_item_however_many_doubtful_ones_wait(queue, offering):
    put(offering, *(f"doubtful {n}" for n in range(50)))
    put(offering, *(f"drawn {n}" for n in range(50)), drawn=True)
    put(offering, *(f"label {n}" for n in range(50)), stored_code=40)

    one_by_one = [queue.next(f"reviewer {n}", count=1)[0].kind for n in range(20)]
    at_once = [item.kind for item in queue.next("rita", count=20)]

    for kinds in (one_by_one, at_once):
        assert {kind: kinds.count(kind) for kind in set(kinds)} == {
            "doubtful": 10,
            "random": 5,
            "label noise": 5,
        }


def test_a_lane_that_is_empty_leaves_its_turn_to_the_others():
    lanes = {"doubtful": [1, 2], "random": [], "label noise": [9]}

    assert interleave(lanes, itertools.cycle(TURNS), 10) == [1, 2, 9]
    assert interleave({kind: [] for kind in TURNS}, itertools.cycle(TURNS), 10) == []


def test_a_database_that_is_away_is_said_to_be(tmp_path):
    (tmp_path / "folder").mkdir()
    engine = open_database(f"sqlite:///{tmp_path / 'folder'}")
    queue = Queue(engine, lease=LEASE)

    with pytest.raises(DatabaseUnavailable):
        queue.next("rita", count=1)
    with pytest.raises(DatabaseUnavailable):
        queue.answer(1, "rita", "confirm")
    engine.dispose()
