"""Labels that a training doubts, through the loop: asked, answered, learnt, not asked again."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from tests.factories import an_offer
from tests.retraining.test_loop import EAGER

from rakuten_mlops.catalog.listing import LabelledListing, Listing
from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.catalog.synthetic import synthesize
from rakuten_mlops.database import migrate, open_database
from rakuten_mlops.errors import DatabaseUnavailable
from rakuten_mlops.registry.model_registry import InMemoryRegistry
from rakuten_mlops.retraining.doubts import Questions, doubted
from rakuten_mlops.retraining.loop import Retraining
from rakuten_mlops.review.labels import Labels
from rakuten_mlops.review.offering import Offering
from rakuten_mlops.review.queue import Queue
from rakuten_mlops.settings import Settings
from rakuten_mlops.tables import review_items
from rakuten_mlops.training.pipeline import Parameters

POOL, FURNITURE = 2583, 1560
MOST = 60


@pytest.fixture
def engine(tmp_path):
    engine = open_database(f"sqlite:///{tmp_path / 'catalog.db'}")
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def truth(engine):
    """Every fifth swimming pool is said to be furniture; returns the true codes by text."""
    listings = list(synthesize(1_500, seed=1))
    pools = [place for place, each in enumerate(listings) if each.prdtypecode == POOL]
    spoilt = set(pools[::5])
    written = [
        LabelledListing(each.listing, FURNITURE if place in spoilt else each.prdtypecode)
        for place, each in enumerate(listings)
    ]
    Catalog(engine).write(written, kind="synthetic", source="a test", author="test")
    return {
        (each.listing.designation, each.listing.description): each.prdtypecode for each in listings
    }


@pytest.fixture
def queue(engine):
    return Queue(engine, lease=timedelta(minutes=15))


def questions(engine, most=MOST):
    return Questions(Catalog(engine), Offering(engine, limit=1_000), most)


def retrain(engine, registry, asked):
    loop = Retraining(Catalog(engine), registry, EAGER, by="anna", commit="abc", questions=asked)
    return loop.run(Parameters(), force=True)


def waiting(engine):
    with engine.connect() as connection:
        columns = (review_items.c.designation, review_items.c.description)
        rows = connection.execute(select(*columns).where(review_items.c.state == "waiting"))
        return {tuple(row) for row in rows}


def test_doubted_labels_are_asked_about_answered_learnt_and_not_asked_again(engine, truth, queue):
    registry = InMemoryRegistry()
    catalog, asked = Catalog(engine), questions(engine)

    retrain(engine, registry, asked)
    items = queue.next("rita", count=MOST)

    assert 0 < len(items) <= MOST
    assert {item.kind for item in items} == {"label noise"}
    assert {item.model_version for item in items} == {"1"}
    stored = {
        (row["designation"], row["description"]): row for row in catalog.labelled().to_dicts()
    }
    for item in items:
        row = stored[item.designation, item.description]
        assert item.stored_code == row["prdtypecode"] != item.prdtypecode
        assert item.stored_code in [each.prdtypecode for each in item.alternatives]
        assert not row["in_holdout"]
    found = [
        item for item in items if truth[item.designation, item.description] != item.stored_code
    ]
    assert found
    assert {item.stored_code for item in found} == {FURNITURE}

    for item in items:
        queue.answer(item.id, "rita", "category", truth[item.designation, item.description])
    (revision,) = Labels(engine).flush()
    outcome = retrain(engine, registry, asked)

    assert (revision.kind, revision.author) == ("review", "rita")
    now = {(row["designation"], row["description"]): row for row in catalog.labelled().to_dicts()}
    answered = {(item.designation, item.description) for item in items}
    assert all(now[text]["prdtypecode"] == truth[text] for text in answered)
    assert outcome.version == "2"
    assert registry.version("2").lineage["revision"] == revision.revision
    assert not answered & waiting(engine)


def test_who_holds_an_item_keeps_it_and_what_nobody_holds_is_asked_anew(engine, truth, queue):
    assert truth
    registry, asked = InMemoryRegistry(), questions(engine)
    retrain(engine, registry, asked)
    (held,) = queue.next("rita", count=1)

    retrain(engine, registry, asked)

    versions = {item.id: item.model_version for item in queue.next("rob", count=MOST)}
    assert set(versions.values()) == {"2"}
    assert held.id not in versions
    assert queue.answer(held.id, "rita", "confirm").model_version == "1"


def test_no_more_are_offered_than_asked_for_and_the_least_believable_first(
    candidate, snapshot, engine
):
    offers = list(doubted("1", candidate, snapshot, {}, set(), most=5))
    more = list(doubted("1", candidate, snapshot, {}, set(), most=50))

    assert len(offers) == 5
    assert more[:5] == offers
    assert list(doubted("1", candidate, snapshot, {}, set(), most=0)) == []
    for offer in offers:
        first = offer.guesses[0]
        (label,) = [guess for guess in offer.guesses if guess[0] == offer.stored_code]
        assert label[2] < first[2] == max(guess[2] for guess in offer.guesses)
    assert Questions.of(engine, Settings(review_doubts=7)).most == 7


def test_what_a_person_said_is_not_questioned(candidate, snapshot):
    first = candidate.decisions.doubts.rows[0]
    productid, designation, description, *_ = snapshot.training.row(int(first))

    offers = list(doubted("1", candidate, snapshot, {}, {productid}, most=50))

    assert (designation, description) not in {
        (offer.designation, offer.description) for offer in offers
    }


def test_a_person_who_confirms_a_label_settles_it(engine, truth):
    catalog = Catalog(engine)
    productid, *_, code, _ = catalog.labelled().row(0)
    assert truth
    assert catalog.labelled_by_people() == set()

    catalog.label([(productid, code)], kind="review", author="rita")

    assert catalog.labelled_by_people() == {productid}
    assert catalog.labelled_by_people(1) == set()


@pytest.mark.parametrize("at", ["categories", "labelled_by_people", "question"])
def test_without_a_database_the_training_goes_on(engine, truth, at):
    class Away:
        """A catalogue or an offering whose database goes away at one call."""

        def __init__(self, real):
            self._real = real

        def __getattr__(self, name):
            if name == at:
                raise DatabaseUnavailable("The database did not answer")
            return getattr(self._real, name)

    assert truth
    asked = Questions(Away(Catalog(engine)), Away(Offering(engine, limit=10)), MOST)

    assert retrain(engine, InMemoryRegistry(), asked).result == "promoted"
    assert waiting(engine) == set()


def test_a_doubtful_listing_is_asked_about_its_label_instead(engine, queue):
    offering = Offering(engine, limit=10)
    offering.put([an_offer("A", 10), an_offer("B", 10, drawn=True)])

    offering.question([an_offer(title, 40, stored_code=1560) for title in "AB"])

    found = {item.designation: item for item in queue.next("rita", count=5)}
    assert (found["A"].kind, found["A"].prdtypecode, found["A"].stored_code) == (
        "label noise",
        40,
        1560,
    )
    assert (found["B"].kind, found["B"].prdtypecode) == ("random", 10)


def test_an_answered_listing_is_not_questioned_again(engine, queue):
    offering = Offering(engine, limit=10)
    offering.question([an_offer("A", 40, stored_code=1560)])
    (item,) = queue.next("rita", count=1)
    queue.answer(item.id, "rita", "category", 1560)

    offering.question([an_offer("A", 40, stored_code=1560, model_version="2")])

    assert queue.next("rita", count=1) == []


def test_a_listing_that_is_new_to_the_queue_is_a_text_only_once(candidate, snapshot):
    offers = list(doubted("1", candidate, snapshot, {}, set(), most=10_000))

    assert len({(offer.designation, offer.description) for offer in offers}) == len(offers)
    assert isinstance(offers[0].listing, Listing)
