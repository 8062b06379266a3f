import polars as pl
import pytest
from sqlalchemy import insert, select
from tests.factories import a_listing

from rakuten_mlops.catalog.holdout import in_holdout
from rakuten_mlops.catalog.revision import NOT_A_PRODUCT
from rakuten_mlops.catalog.staging import own_productid
from rakuten_mlops.errors import CatalogError
from rakuten_mlops.tables import categories, labels

POOL = a_listing("Piscine ronde", "2 m", productid=1)
BOOK = a_listing("Livre de poche", productid=2)
STRANGER = a_listing("Lampe de chevet", productid=None)


@pytest.fixture
def catalog(catalog):
    catalog.write([(POOL, 10), (BOOK, 40)], kind="import", source="X.csv", author="ada")
    return catalog


def correct(catalog, *said, kind="review", author="rita"):
    with catalog.correcting(kind=kind, author=author) as corrections:
        return corrections.store(said, source="a test")


def codes(catalog, revision=None):
    rows = catalog.labelled(revision)
    return dict(zip(rows["productid"], rows["prdtypecode"], strict=True))


def test_a_text_that_the_catalogue_holds_is_labelled_wherever_it_stands(catalog):
    copy = a_listing("Piscine ronde", "2 m", productid=3)
    other = a_listing("Piscine ronde", "4 m", productid=4)
    catalog.write([(copy, 10), (other, 10)], kind="import", source="Y.csv", author="ada")

    revision = correct(catalog, (a_listing("Piscine ronde", "2 m", productid=None), 50))

    assert codes(catalog) == {1: 50, 2: 40, 3: 50, 4: 10}
    assert (revision.listings_added, revision.labels_added) == (0, 2)
    assert (revision.kind, revision.author, revision.source) == ("review", "rita", "a test")


def test_a_listing_that_came_with_traffic_is_added_with_its_label(catalog):
    correct(catalog, (STRANGER, 2060))

    productid = own_productid(STRANGER)
    assert codes(catalog) == {1: 10, 2: 40, productid: 2060}
    row = catalog.labelled().row(by_predicate=pl.col("productid") == productid)
    assert row[-1] == in_holdout(STRANGER.designation)


def test_saying_it_again_changes_nothing(catalog):
    correct(catalog, (STRANGER, 2060), (BOOK, 10))

    again = correct(catalog, (STRANGER, 2060), (BOOK, 10))

    assert again is None
    assert catalog.current_revision() == 2


def test_the_latest_word_counts_and_who_said_it_is_kept(catalog, engine):
    correct(catalog, (STRANGER, 2060))
    correct(catalog, (STRANGER, 1560), kind="feedback", author="crm")

    assert codes(catalog)[own_productid(STRANGER)] == 1560
    assert codes(catalog, 2)[own_productid(STRANGER)] == 2060
    with engine.connect() as connection:
        said = select(labels.c.source, labels.c.author).where(
            labels.c.productid == own_productid(STRANGER)
        )
        rows = connection.execute(said.order_by(labels.c.id)).all()
    assert rows == [("review", "rita"), ("feedback", "crm")]


def test_of_words_about_one_listing_in_one_go_the_last_counts(catalog):
    correct(catalog, (BOOK, 10), (STRANGER, 2060), (BOOK, 50), (STRANGER, 1560))

    assert codes(catalog) == {1: 10, 2: 50, own_productid(STRANGER): 1560}


def test_a_known_productid_keeps_its_text(catalog):
    correct(catalog, (a_listing("Livre, autrement dit", productid=2), 10))

    assert codes(catalog) == {1: 10, 2: 10}
    assert catalog.labelled()["designation"].to_list() == ["Piscine ronde", "Livre de poche"]


def test_an_unknown_productid_is_added_and_copies_of_its_text_follow(catalog):
    correct(catalog, (a_listing("Livre de poche", productid=77), 10))

    assert codes(catalog) == {1: 10, 2: 10, 77: 10}


def test_what_is_no_product_leaves_training_and_holdout_but_not_the_past(catalog):
    correct(catalog, (POOL, NOT_A_PRODUCT), (STRANGER, NOT_A_PRODUCT))

    assert codes(catalog) == {2: 40}
    assert codes(catalog, 1) == {1: 10, 2: 40}
    assert (catalog.counts().listings, catalog.counts().labelled) == (2, 1)
    assert catalog.counts().categories == {40: 1}


def test_a_file_does_not_bring_back_what_a_person_took_out(catalog):
    correct(catalog, (POOL, NOT_A_PRODUCT))

    catalog.write([(POOL, 10)], kind="import", source="X.csv", author="ada")

    assert codes(catalog) == {2: 40}


def test_a_person_brings_back_what_a_person_took_out(catalog):
    correct(catalog, (POOL, NOT_A_PRODUCT))

    correct(catalog, (POOL, 50))

    assert codes(catalog) == {1: 50, 2: 40}


def test_an_own_table_of_categories_needs_no_name_for_what_is_no_product(catalog):
    table = [category for code, category in catalog.categories().items() if code in (10, 40)]
    correct(catalog, (POOL, NOT_A_PRODUCT))

    catalog.write([(BOOK, 40)], kind="import", source="X", author="ada", categories=table)

    assert catalog.categories().keys() == {10, 40}


def test_a_category_that_is_not_there_is_refused_and_nothing_is_kept(catalog):
    with pytest.raises(CatalogError, match="no category 9999"):
        correct(catalog, (BOOK, 10), (STRANGER, 9999))

    assert catalog.current_revision() == 1
    assert codes(catalog) == {1: 10, 2: 40}


def test_what_the_block_writes_stands_and_falls_with_the_corrections(catalog, engine):
    def names():
        with engine.connect() as connection:
            return set(connection.scalars(select(categories.c.name_fr)))

    row = {"prdtypecode": 10, "name_fr": "Livres", "name_en": "Books"}

    def name_and_correct(code):
        with catalog.correcting(kind="review", author="rita") as corrections:
            corrections.connection.execute(insert(categories).values(row))
            corrections.store([(BOOK, code)], source="a test")

    with pytest.raises(CatalogError):
        name_and_correct(9999)
    assert names() == set()
    name_and_correct(10)
    assert names() == {"Livres"}


def test_more_listings_than_one_statement_takes_are_all_found(catalog):
    rows = [(a_listing(f"Livre {n}", productid=100 + n), 10) for n in range(1_200)]
    catalog.write(rows, kind="import", source="X.csv", author="ada")

    said = [(a_listing(f"Livre {n}", productid=None), 40) for n in range(1_200)]
    revision = correct(catalog, *said)

    assert (revision.listings_added, revision.labels_added) == (0, 1_200)


def test_a_block_that_says_nothing_leaves_nothing_behind(catalog):
    for _ in range(2):
        with catalog.correcting(kind="review", author="rita"):
            pass

    correct(catalog, (BOOK, 10))
    catalog.write([(a_listing("Table", productid=9), 10)], kind="import", source="", author="ada")

    assert codes(catalog) == {1: 10, 2: 10, 9: 10}
