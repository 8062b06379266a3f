import pytest
from sqlalchemy import select, update
from tests.factories import an_offer

from rakuten_mlops.review.offering import Offering, withdraw
from rakuten_mlops.review.queue import take_turn
from rakuten_mlops.review.standing import standing
from rakuten_mlops.tables import review_draws, review_items


def waiting(engine):
    with engine.connect() as connection:
        columns = (review_items.c.designation, review_items.c.kind)
        return dict(connection.execute(select(*columns).order_by(review_items.c.id)).all())


def draws(engine):
    with engine.connect() as connection:
        columns = (review_draws.c.model_version, review_draws.c.prdtypecode)
        return connection.execute(select(*columns).order_by(review_draws.c.id)).all()


def test_a_listing_waits_once_however_often_it_comes(offering, engine):
    for _ in range(3):
        offering.put([an_offer("A"), an_offer("A"), an_offer("A", description="B")])

    with engine.connect() as connection:
        assert sorted(connection.scalars(select(review_items.c.description))) == ["", "B"]


def test_a_listing_that_waits_keeps_the_prediction_it_came_with(offering, queue):
    offering.put([an_offer("A", 10, model_version="1")])
    offering.put([an_offer("A", 40, model_version="2")])

    (item,) = queue.next("rita", count=1)

    assert (item.model_version, item.prdtypecode) == ("1", 10)


@pytest.mark.parametrize("together", [True, False])
def test_a_doubtful_listing_that_chance_draws_is_a_drawn_one(offering, engine, together):
    offers = [an_offer("A"), an_offer("A", drawn=True), an_offer("A")]

    for batch in [offers] if together else [[offer] for offer in offers]:
        offering.put(batch)

    assert waiting(engine) == {"A": "random"}
    assert draws(engine) == [("1", 10)]


def test_a_doubtful_listing_that_chance_did_not_draw_measures_nothing(offering, engine):
    offering.put([an_offer("A")])

    assert draws(engine) == []


def test_each_version_draws_anew_and_its_own_prediction_counts(offering, engine):
    for version, code in (("1", 10), ("1", 10), ("2", 40)):
        offering.put([an_offer("A", code, drawn=True, model_version=version)])

    assert draws(engine) == [("1", 10), ("2", 40)]


def test_a_draw_of_what_is_answered_already_counts_without_asking_again(offering, queue, engine):
    offering.put([an_offer("A")])
    (item,) = queue.next("rita", count=1)
    queue.answer(item.id, "rita", "confirm")

    offering.put([an_offer("A", drawn=True, model_version="2")])

    assert draws(engine) == [("2", 10)]
    assert queue.next("rita", count=1) == []
    assert waiting(engine) == {"A": "doubtful"}


def test_a_label_that_the_model_disagrees_with_is_shown_with_it(offering, queue):
    offering.put([an_offer("A")])
    offering.put([an_offer("A", stored_code=1560)])

    (item,) = queue.next("rita", count=1)

    assert (item.kind, item.stored_code) == ("label noise", 1560)


def test_what_somebody_looks_at_may_become_a_drawn_one(offering, queue, engine):
    offering.put([an_offer("A")])
    (item,) = queue.next("rita", count=1)

    offering.put([an_offer("A", drawn=True)])

    assert waiting(engine) == {"A": "random"}
    assert queue.answer(item.id, "rita", "confirm").kind == "random"


def test_rare_categories_come_before_equally_doubtful_ones(catalog, engine, queue):
    rows = [(f"Piscine {n}", 2583) for n in range(30)] + [("Lampe", 2060)]
    listings = [(an_offer(title).listing, code) for title, code in rows]
    catalog.write(listings, kind="import", source="X.csv", author="ada")

    offering = Offering(engine, limit=100)
    offering.put([an_offer("frequent", 2583, 2582), an_offer("rare", 2060, 2582)])

    assert [item.designation for item in queue.next("rita", count=2)] == ["rare", "frequent"]


def test_a_full_queue_lets_the_least_telling_go(engine):
    offering = Offering(engine, limit=3)

    for sure in (0.9, 0.5, 0.7, 0.6, 0.8):
        offering.put([an_offer(f"{sure}", confidences=(sure, 0.05))])

    assert sorted(waiting(engine)) == ["0.5", "0.6", "0.7"]


def test_a_full_sample_lets_the_oldest_go_not_the_surest(engine):
    offering = Offering(engine, limit=3)

    for sure in (0.9, 0.5, 0.7, 0.6, 0.8):
        offering.put([an_offer(f"{sure}", confidences=(sure, 0.05), drawn=True)])

    assert sorted(waiting(engine)) == ["0.6", "0.7", "0.8"]
    assert len(draws(engine)) == 3


def test_a_full_queue_keeps_what_somebody_holds_or_spoke_of(engine, queue):
    offering = Offering(engine, limit=2)
    offering.put([an_offer("held", confidences=(0.9,)), an_offer("skipped", confidences=(0.8,))])
    skipped, held = queue.next("rita", count=2)
    queue.answer(skipped.id, "rita", "skip")

    offering.put([an_offer("doubtful")])

    assert {skipped.designation, held.designation} == set(waiting(engine))


def test_kinds_do_not_crowd_each_other_out(engine):
    offering = Offering(engine, limit=2)

    offering.put([an_offer(f"drawn {n}", drawn=True) for n in range(5)])
    offering.put([an_offer(f"doubtful {n}") for n in range(5)])
    offering.put([an_offer(f"label {n}", stored_code=40) for n in range(5)])

    counts = standing(engine, "rita").kinds
    assert {kind: count.waiting for kind, count in counts.items()} == {
        "doubtful": 2,
        "random": 2,
        "label noise": 2,
    }


def test_what_another_system_corrected_need_not_be_looked_at(offering, engine):
    offering.put([an_offer("doubtful"), an_offer("drawn", drawn=True), an_offer("other")])
    with engine.connect() as connection:
        of = select(review_items.c.content).where(review_items.c.designation != "other")
        contents = list(connection.scalars(of))

    with take_turn(engine) as connection:
        gone = withdraw(connection, contents)

    assert gone == 1
    assert set(waiting(engine)) == {"drawn", "other"}


def test_nothing_is_no_offer(offering, engine):
    offering.put([])

    assert waiting(engine) == {}


def test_a_listing_that_is_answered_stays_answered(offering, queue, engine):
    offering.put([an_offer("A")])
    with engine.begin() as connection:
        connection.execute(update(review_items).values(state="labelled", answer_code=10))

    offering.put([an_offer("A", drawn=True), an_offer("A", stored_code=40)])

    assert queue.next("rita", count=5) == []
