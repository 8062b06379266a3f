import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select
from tests.factories import a_listing, an_offer

from rakuten_mlops.catalog.categories import Category
from rakuten_mlops.catalog.staging import own_productid
from rakuten_mlops.review.labels import GROUP, PAUSE, Labels
from rakuten_mlops.review.queue import now
from rakuten_mlops.tables import labels, review_items

POOL, LAMP = a_listing(productid=None), a_listing("Lampe", productid=None)


@pytest.fixture
def answers(engine):
    return Labels(engine)


@pytest.fixture
def say(offering, queue):
    """Somebody's answer about a listing: a prdtypecode, or a word."""

    def say(who, listing, what):
        offering.put([an_offer(listing.designation)])
        found = {item.designation: item for item in queue.next(who, count=200)}
        word, code = ("category", what) if isinstance(what, int) else (what, None)
        return queue.answer(found[listing.designation].id, who, word, code).id

    return say


def codes(catalog, revision=None):
    rows = catalog.labelled(revision)
    return dict(zip(rows["productid"], rows["prdtypecode"], strict=True))


def states(engine):
    with engine.connect() as connection:
        columns = (review_items.c.state, review_items.c.revision)
        return connection.execute(select(*columns).order_by(review_items.c.id)).all()


def test_answers_become_one_revision_an_author(catalog, answers, say):
    say("rita", POOL, 40)
    say("rita", LAMP, 2060)
    say("rob", a_listing("Table", productid=None), 1560)

    first, second = answers.flush()

    assert (first.kind, first.author, first.labels_added) == ("review", "rita", 2)
    assert first.source == "review queue, 2 answers"
    assert (second.author, second.listings_added) == ("rob", 1)
    assert codes(catalog)[1] == 40
    assert codes(catalog)[own_productid(LAMP)] == 2060


@pytest.mark.usefixtures("catalog")
def test_what_is_in_the_catalogue_is_not_labelled_again(answers, say, engine):
    say("rita", POOL, 40)
    (revision,) = answers.flush()

    assert answers.flush() == []
    assert states(engine) == [("labelled", revision.revision)]


def test_what_people_had_said_before_needs_no_revision(catalog, answers, say, engine):
    catalog.label([(1, 40)], kind="review", author="ruth")
    say("rita", POOL, 40)

    assert answers.flush() == []
    assert states(engine) == [("labelled", None)]


def test_the_first_listing_that_is_no_product_leaves_an_empty_catalogue_empty(engine, answers, say):
    say("rita", LAMP, "not a product")

    assert answers.flush() == []
    assert states(engine) == [("labelled", None)]


def test_what_is_no_product_leaves_training(catalog, answers, say):
    say("rita", POOL, "not a product")

    answers.flush()

    assert codes(catalog) == {2: 10}


def test_a_changed_mind_reaches_the_catalogue_too(catalog, answers, say, queue):
    item = say("rita", POOL, 40)
    answers.flush()

    queue.answer(item, "rita", "category", 50)
    answers.flush()

    assert codes(catalog)[1] == 50
    assert codes(catalog, 2)[1] == 40


@pytest.mark.usefixtures("catalog")
def test_source_and_author_of_a_label_are_kept(answers, say, engine):
    say("rita", POOL, 40)
    answers.flush()

    with engine.connect() as connection:
        current = select(labels.c.source, labels.c.author).where(labels.c.removed_in.is_(None))
        assert connection.execute(current.where(labels.c.productid == 1)).all() == [
            ("review", "rita")
        ]


@pytest.mark.usefixtures("catalog")
def test_who_answers_on_and_on_is_not_interrupted_by_revisions(answers, say):
    say("rita", POOL, 40)

    assert answers.flush_due() == []
    assert len(answers.flush(paused_since=now())) == 1


@pytest.mark.usefixtures("catalog")
def test_a_pause_or_many_answers_make_a_revision(offering, queue, clock, answers):
    offering.put([an_offer(f"Livre {n}") for n in range(GROUP + 1)])
    many = queue.next("rita", count=GROUP)
    clock.pass_by(-PAUSE - timedelta(seconds=1))
    (one,) = queue.next("rob", count=1)
    queue.answer(one.id, "rob", "confirm")
    clock.pass_by(PAUSE + timedelta(seconds=1))
    for item in many[:-1]:
        queue.answer(item.id, "rita", "confirm")

    assert [each.author for each in answers.flush_due()] == ["rob"]
    queue.answer(many[-1].id, "rita", "confirm")

    assert [(each.author, each.labels_added) for each in answers.flush_due()] == [("rita", GROUP)]


def test_an_answer_whose_category_is_gone_holds_up_nobody(catalog, answers, say, engine):
    say("rita", POOL, 40)
    say("rita", LAMP, 10)
    row = (a_listing("Livre de poche", productid=2), 10)
    table = [Category(10, "Livres", "Books")]
    catalog.write(
        [row], kind="import", source="other.csv", author="ada", replace=True, categories=table
    )

    (revision,) = answers.flush()

    assert (revision.labels_added, codes(catalog)[own_productid(LAMP)]) == (1, 10)
    assert sorted(state for state, _ in states(engine)) == ["labelled", "void"]


DIE = """
import os, sys
from rakuten_mlops.catalog.corrections import Corrections
from rakuten_mlops.database import open_database
from rakuten_mlops.review.labels import Labels

store = Corrections.store

def die(*said, **details):
    print(store(*said, **details).labels_added, flush=True)
    os._exit(9)

Corrections.store = die
Labels(open_database(sys.argv[1])).flush()
"""


def test_a_process_that_dies_in_the_middle_loses_nothing(catalog, database, engine, say, answers):
    say("rita", POOL, 40)
    before = catalog.current_revision()

    died = subprocess.run(
        [sys.executable, "-c", DIE, database.url], capture_output=True, text=True, check=False
    )

    assert (died.returncode, died.stdout) == (9, "1\n"), died.stderr
    assert catalog.current_revision() == before
    assert states(engine) == [("answered", None)]
    assert [each.labels_added for each in answers.flush()] == [1]


def test_those_who_flush_at_the_same_time_do_it_once(catalog, engine, say):
    for n in range(20):
        say("rita", a_listing(f"Lampe {n}", productid=None), 2060)

    with ThreadPoolExecutor(4) as pool:
        written = [
            each for done in pool.map(lambda _: Labels(engine).flush(), range(8)) for each in done
        ]

    assert [each.labels_added for each in written] == [20]
    assert catalog.current_revision() == 2
