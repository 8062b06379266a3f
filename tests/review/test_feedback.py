from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import func, select, update
from tests.factories import a_listing, an_offer

from rakuten_mlops.catalog.listing import LabelledListing
from rakuten_mlops.catalog.staging import own_productid
from rakuten_mlops.errors import KeyReused
from rakuten_mlops.review.feedback import REMEMBERED, Feedback, Limits, Refusal
from rakuten_mlops.review.queue import now
from rakuten_mlops.tables import feedback_requests

LAMP = LabelledListing(a_listing("Lampe", productid=None), 2060)
POOL = LabelledListing(a_listing(productid=None), 40)


@pytest.fixture
def feedback(engine, catalog):  # noqa: ARG001 - it corrects what is in there
    return Feedback(engine, limits=Limits(designation=50, description=100))


def codes(catalog):
    rows = catalog.labelled()
    return dict(zip(rows["productid"], rows["prdtypecode"], strict=True))


def test_corrections_are_one_revision_that_says_where_they_come_from(feedback, catalog):
    receipt = feedback.submit([LAMP, POOL], author="crm", source="returns desk")

    assert (receipt.accepted, receipt.labels_added, receipt.rejected) == (2, 2, ())
    assert codes(catalog) == {1: 40, 2: 10, own_productid(LAMP.listing): 2060}
    revision = catalog.revisions()[-1]
    assert (revision.revision, revision.kind) == (receipt.revision, "feedback")
    assert (revision.author, revision.source) == ("crm", "feedback returns desk")


def test_a_bad_item_is_named_and_does_not_stop_the_rest(feedback, catalog):
    items = [
        LAMP,
        replace(LAMP, prdtypecode=9_999),
        LabelledListing(a_listing(" \t"), 10),
        LabelledListing(a_listing("x" * 51), 10),
        LabelledListing(a_listing("Livre", "a\0b"), 10),
        POOL,
    ]

    receipt = feedback.submit(items, author="crm")

    assert receipt.accepted == 2
    assert receipt.rejected == (
        Refusal(1, "prdtypecode", "9999 is not a category"),
        Refusal(2, "designation", "is blank; give the listing's title"),
        Refusal(3, "designation", "has 51 characters; the limit is 50"),
        Refusal(4, "description", "holds a NUL character"),
    )
    assert len(codes(catalog)) == 3


def test_nothing_good_makes_no_revision(feedback, catalog):
    receipt = feedback.submit([replace(LAMP, prdtypecode=9_999)], author="crm")

    assert (receipt.accepted, receipt.revision) == (0, None)
    assert catalog.current_revision() == 1


@pytest.mark.parametrize("key", [None, "order-17"])
def test_a_request_that_comes_again_counts_once_even_after_a_later_word(feedback, catalog, key):
    first = feedback.submit([POOL], author="crm", key=key)
    catalog.label([(1, 50)], kind="review", author="rita")

    again = feedback.submit([POOL], author="crm", key=key)

    assert again == replace(first, repeated=True)
    assert codes(catalog)[1] == 50


def test_to_say_the_same_again_takes_another_key(feedback, catalog):
    feedback.submit([POOL], author="crm", key="monday")
    catalog.label([(1, 50)], kind="review", author="rita")

    receipt = feedback.submit([POOL], author="crm", key="tuesday")

    assert not receipt.repeated
    assert codes(catalog)[1] == 40


def test_a_key_stands_for_one_body_of_one_author(feedback):
    feedback.submit([POOL], author="crm", key="order-17")

    with pytest.raises(KeyReused, match="'order-17'"):
        feedback.submit([LAMP], author="crm", key="order-17")

    assert feedback.submit([LAMP], author="erp", key="order-17").accepted == 1


def test_a_receipt_that_names_bad_items_comes_back_as_it_was(feedback):
    items = [LAMP, replace(LAMP, prdtypecode=9_999)]
    first = feedback.submit(items, author="crm")

    assert feedback.submit(items, author="crm") == replace(first, repeated=True)


def test_an_old_key_is_forgotten(feedback, engine):
    feedback.submit([POOL], author="crm", key="order-17")
    with engine.begin() as connection:
        old = now() - REMEMBERED
        connection.execute(update(feedback_requests).values(received_at=old))

    assert not feedback.submit([LAMP], author="crm", key="order-17").repeated


def test_a_request_that_comes_many_times_at_once_counts_once(feedback, engine, catalog):
    with ThreadPoolExecutor(8) as pool:
        receipts = list(pool.map(lambda _: feedback.submit([LAMP], author="crm"), range(8)))

    assert sorted(receipt.repeated for receipt in receipts) == [False] + [True] * 7
    assert catalog.current_revision() == 2
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(feedback_requests)) == 1


def test_who_knows_the_category_spares_the_reviewers_the_question(feedback, offering, queue):
    offering.put([an_offer("Lampe"), an_offer("Table")])

    feedback.submit([LAMP], author="crm")

    assert [item.designation for item in queue.next("rita", count=5)] == ["Table"]


def test_a_drawn_listing_is_looked_at_all_the_same(feedback, offering, queue):
    offering.put([an_offer("Lampe", drawn=True)])

    feedback.submit([LAMP], author="crm")

    # Other systems send what was wrong: the sample must not be answered by them.
    assert [item.designation for item in queue.next("rita", count=5)] == ["Lampe"]
