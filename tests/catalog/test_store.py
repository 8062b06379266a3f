import hashlib
import struct
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from tests.factories import a_listing

from rakuten_mlops.catalog.categories import RAKUTEN, Category
from rakuten_mlops.catalog.holdout import in_holdout
from rakuten_mlops.catalog.listing import LabelledListing
from rakuten_mlops.catalog.revision import Changes
from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.database import open_database
from rakuten_mlops.errors import (
    CatalogError,
    CatalogTooSmall,
    DatabaseUnavailable,
    MixedCatalog,
    UnknownRevision,
)
from rakuten_mlops.tables import labels, listings

TO_LEARN_FROM = [(a_listing(productid=1), 10), (a_listing("Livre de poche", productid=2), 40)]
TO_JUDGE_ON = (a_listing("Livre ll", productid=3), 10)


def store(catalog, *rows, kind="import", replace=False, categories=None):
    return catalog.write(
        rows, kind=kind, source="test", author="ada", replace=replace, categories=categories
    )


def codes(catalog, revision=None):
    rows = catalog.labelled(revision)
    return dict(zip(rows["productid"], rows["prdtypecode"], strict=True))


def test_an_empty_catalogue_is_at_revision_zero(catalog):
    assert catalog.current_revision() == 0
    assert catalog.revisions() == []
    assert catalog.counts().listings == 0
    assert catalog.labelled().is_empty()


def test_every_write_is_a_revision_that_says_who_and_what(catalog):
    before = datetime.now(UTC)

    revision = store(catalog, *TO_LEARN_FROM)

    assert catalog.revisions() == [revision]
    assert (revision.revision, revision.kind, revision.author) == (1, "import", "ada")
    assert (revision.listings_added, revision.listings_removed, revision.labels_added) == (2, 0, 2)
    assert timedelta(0) <= revision.created_at - before < timedelta(minutes=1)


def test_the_same_rows_twice_change_nothing(catalog):
    store(catalog, *TO_LEARN_FROM)

    again = store(catalog, *TO_LEARN_FROM)

    assert again is None
    assert catalog.current_revision() == 1


def test_a_number_that_was_not_used_goes_to_the_next_revision(catalog):
    store(catalog, *TO_LEARN_FROM)
    store(catalog, *TO_LEARN_FROM)

    revision = store(catalog, TO_JUDGE_ON)

    assert revision.revision == 2


def test_a_changed_text_closes_the_old_one_which_can_still_be_read(catalog):
    store(catalog, (a_listing("Jeu"), 10))

    revision = store(catalog, (a_listing("Jeu vidéo"), 10))

    assert (revision.listings_added, revision.listings_removed, revision.labels_added) == (1, 1, 0)
    assert catalog.labelled(1)["designation"].to_list() == ["Jeu"]
    assert catalog.labelled(2)["designation"].to_list() == ["Jeu vidéo"]
    assert catalog.changes(2) == Changes(added=0, changed=1, removed=0)


def test_a_changed_label_leaves_the_listing_alone(catalog):
    store(catalog, (a_listing(), 10))

    revision = store(catalog, (a_listing(), 40))

    assert (revision.listings_added, revision.listings_removed, revision.labels_added) == (0, 0, 1)
    assert (codes(catalog, 1), codes(catalog, 2)) == ({1: 10}, {1: 40})
    assert catalog.changes(2) == Changes(added=0, changed=1, removed=0)


def test_a_row_without_a_label_says_nothing_about_the_label(catalog):
    store(catalog, (a_listing(), 10))

    store(catalog, (a_listing("Autre titre"), None))

    assert codes(catalog) == {1: 10}


def test_of_rows_with_the_same_productid_the_last_counts(catalog):
    store(catalog, (a_listing("Premier"), 10), (a_listing("Dernier"), 40))

    assert catalog.labelled()["designation"].to_list() == ["Dernier"]
    assert codes(catalog) == {1: 40}


def test_replacing_retires_what_no_row_names(catalog):
    store(catalog, *TO_LEARN_FROM)

    revision = store(catalog, TO_LEARN_FROM[1], TO_JUDGE_ON, replace=True)

    assert codes(catalog) == {2: 40, 3: 10}
    assert codes(catalog, 1) == {1: 10, 2: 40}
    assert catalog.changes(revision.revision) == Changes(added=1, changed=0, removed=1)


def test_a_retired_listing_comes_back_without_its_old_label(catalog):
    store(catalog, *TO_LEARN_FROM)
    store(catalog, TO_LEARN_FROM[1], replace=True)

    store(catalog, (TO_LEARN_FROM[0][0], None))

    assert codes(catalog) == {2: 40}
    assert catalog.counts().unlabelled == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("synthetic", "import"),
        ("arrivals", "import"),
        ("import", "synthetic"),
        ("import", "arrivals"),
    ],
)
def test_synthetic_and_real_listings_do_not_mix(catalog, first, second):
    store(catalog, TO_LEARN_FROM[0], kind=first)

    with pytest.raises(MixedCatalog, match=f"{first}.*--replace.*RAKUTEN_HOME"):
        store(catalog, TO_LEARN_FROM[1], kind=second)

    assert catalog.current_revision() == 1


def test_replacing_strangers_keeps_nothing_of_them_not_even_a_label(catalog):
    store(catalog, *TO_LEARN_FROM, kind="synthetic")
    catalog.label([(1, 50)], kind="review", author="bob")

    store(catalog, (TO_LEARN_FROM[0][0], None), replace=True)

    assert codes(catalog) == {}
    assert catalog.counts().listings == 1
    store(catalog, TO_JUDGE_ON)  # nothing synthetic is current any more


def test_arrivals_join_a_synthetic_catalogue(catalog):
    store(catalog, TO_LEARN_FROM[0], kind="synthetic")

    store(catalog, TO_LEARN_FROM[1], kind="arrivals")

    assert codes(catalog) == {1: 10, 2: 40}


def test_a_listing_without_a_productid_gets_one_of_its_own(catalog):
    nameless = a_listing("Une annonce de la file", productid=None)

    store(catalog, LabelledListing(nameless, 10), kind="review")
    again = store(catalog, LabelledListing(nameless, 10), kind="review")

    assert again is None
    assert [productid < 0 for productid in codes(catalog)] == [True]


def test_a_failure_while_rows_are_read_leaves_the_catalogue_as_it_was(catalog):
    store(catalog, TO_LEARN_FROM[0])

    def rows():
        yield TO_LEARN_FROM[1]
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        catalog.write(rows(), kind="import", source="test", author="ada", replace=True)

    assert codes(catalog) == {1: 10}
    assert store(catalog, TO_LEARN_FROM[1]).revision == 2


def test_progress_ends_at_the_number_of_rows(catalog):
    seen = []

    catalog.write(
        TO_LEARN_FROM,
        kind="import",
        source="test",
        author="ada",
        progress=lambda *step: seen.append(step),
    )

    assert seen == [(2, 2)]


def test_the_latest_word_of_a_person_counts_and_older_ones_are_kept(catalog):
    store(catalog, (a_listing(), 10))

    catalog.label([(1, 40)], kind="review", author="bob")
    catalog.label([(1, 50), (1, 60)], kind="feedback", author="eve")

    assert [codes(catalog, revision)[1] for revision in (1, 2, 3)] == [10, 40, 60]


def test_a_file_does_not_overrule_a_person(catalog):
    store(catalog, (a_listing(), 10))
    catalog.label([(1, 40)], kind="review", author="bob")

    again = store(catalog, (a_listing(), 10))

    assert again is None
    assert codes(catalog) == {1: 40}


def test_a_person_who_agrees_with_a_file_makes_its_label_a_persons_word(catalog):
    store(catalog, (a_listing(), 10))

    first = catalog.label([(1, 10)], kind="review", author="bob")
    second = catalog.label([(1, 10)], kind="review", author="bob")
    store(catalog, (a_listing(), 40))

    assert (first.labels_added, second) == (1, None)
    assert codes(catalog) == {1: 10}


def test_no_labels_make_no_revision(catalog):
    assert catalog.label([], kind="review", author="bob") is None


@pytest.mark.parametrize(("pair", "named"), [((9, 10), "listing 9"), ((1, 11), "category 11")])
def test_a_label_must_be_for_something_in_the_catalogue(catalog, pair, named):
    store(catalog, (a_listing(), 10))

    with pytest.raises(CatalogError, match=f"no {named}"):
        catalog.label([(1, 40), pair], kind="review", author="bob")

    assert codes(catalog) == {1: 10}


def test_a_catalogue_without_a_table_of_its_own_has_the_challenges_categories(catalog):
    assert list(catalog.categories().values()) == list(RAKUTEN)


def test_a_table_of_categories_comes_with_a_write(catalog):
    table = [Category(7, "Logiciels", "Software")]

    store(catalog, (a_listing(), 7), categories=table)

    assert catalog.categories() == {7: table[0]}


def test_a_table_alone_makes_no_revision(catalog):
    store(catalog, (a_listing(), 7), categories=[Category(7, "Logiciels", "Software")])

    again = store(catalog, (a_listing(), 7), categories=[Category(7, "Programmes", "Programs")])

    assert again is None
    assert catalog.categories()[7].name_fr == "Programmes"


def test_a_table_that_names_not_all_current_labels_is_refused(catalog):
    store(catalog, *TO_LEARN_FROM)

    with pytest.raises(MixedCatalog, match=r"\(10, 40\)"):
        store(catalog, (TO_JUDGE_ON[0], 7), categories=[Category(7, "Logiciels", "Software")])

    assert list(catalog.categories()) == [category.prdtypecode for category in RAKUTEN]


def test_counts_tell_labelled_from_unlabelled(catalog):
    bare = a_listing("Sans étiquette", "avec description", productid=4)
    store(catalog, *TO_LEARN_FROM, TO_JUDGE_ON, (bare, None))

    counts = catalog.counts()

    assert (counts.listings, counts.labelled, counts.unlabelled) == (4, 3, 1)
    assert (counts.holdout, counts.without_description) == (1, 3)
    assert counts.categories == {10: 2, 40: 1}


def test_labels_are_counted_by_where_they_came_from(catalog):
    store(catalog, *TO_LEARN_FROM, TO_JUDGE_ON, (a_listing("Lampe", productid=4), None))
    catalog.label([(1, 40), (3, 10)], kind="review", author="ben")
    catalog.label([(2, 10)], kind="feedback", author="a system")

    assert catalog.label_sources(1) == {"import": 3}
    assert catalog.label_sources(2) == {"import": 1, "review": 2}
    assert catalog.label_sources() == {"feedback": 1, "review": 2}
    with pytest.raises(UnknownRevision):
        catalog.label_sources(9)


def test_a_snapshot_is_ordered_by_productid_and_split_by_the_holdout(catalog):
    store(catalog, TO_JUDGE_ON, *reversed(TO_LEARN_FROM))

    snapshot = catalog.snapshot()

    assert snapshot.revision == 1
    assert snapshot.rows["productid"].to_list() == [1, 2, 3]
    assert snapshot.training["productid"].to_list() == [1, 2]
    assert snapshot.holdout["productid"].to_list() == [3]
    assert snapshot.counts == catalog.counts()
    assert all(map(in_holdout, snapshot.holdout["designation"]))


def test_a_past_snapshot_is_the_same_for_ever(catalog):
    store(catalog, *TO_LEARN_FROM, TO_JUDGE_ON)
    once = catalog.snapshot(1)

    catalog.label([(1, 50)], kind="review", author="bob")
    store(catalog, TO_JUDGE_ON, replace=True)

    assert catalog.snapshot(1).fingerprint == once.fingerprint
    assert catalog.snapshot(1).rows.equals(once.rows)
    assert catalog.snapshot(2).fingerprint != once.fingerprint


def test_a_fingerprint_is_the_same_on_every_machine(catalog):
    store(catalog, *TO_LEARN_FROM, TO_JUDGE_ON)

    texts = b"Piscine hors sol rondeLivre de pocheLivre ll"
    numbers = struct.pack("<9q", 1, 2, 3, 10, 40, 10, 22, 14, 8)
    encoded = b"3 rows" + numbers + texts + struct.pack("<3q", 0, 0, 0)
    assert catalog.snapshot().fingerprint == hashlib.sha256(encoded).hexdigest()


@pytest.mark.parametrize("revision", [-1, 2, 99])
def test_a_revision_that_is_not_there_is_unknown(catalog, revision):
    store(catalog, *TO_LEARN_FROM, TO_JUDGE_ON)

    with pytest.raises(UnknownRevision, match=f"no revision {revision}; the newest is 1"):
        catalog.snapshot(revision)


@pytest.mark.parametrize(
    "rows", [[], TO_LEARN_FROM, [TO_LEARN_FROM[0], TO_JUDGE_ON], [TO_JUDGE_ON]]
)
def test_too_little_to_learn_from_or_to_judge_on_is_said(catalog, rows):
    store(catalog, *rows)

    with pytest.raises(CatalogTooSmall, match="Import a larger catalogue"):
        catalog.snapshot()


def test_hostile_texts_come_back_as_they_were(catalog):
    texts = ["'); DROP TABLE listings; --", "%s ? :x", "😀\u200b\u202e", "\r\n\t", "é" * 100_000]
    store(
        catalog,
        *((a_listing("Titre", text, productid=i), 10) for i, text in enumerate(texts)),
        (a_listing(texts[0], productid=-(2**63)), 10),
        (a_listing(texts[2], productid=2**63 - 1), 10),
    )

    rows = catalog.labelled()

    assert rows["description"].to_list() == ["", *texts, ""]
    assert rows["designation"][0] == texts[0]
    assert rows["designation"][-1] == texts[2]


def test_writers_at_the_same_time_wait_for_each_other_and_readers_wait_for_none(catalog):
    def write(first: int) -> None:
        for productid in range(first, first + 5):
            store(catalog, (a_listing(productid=productid), 10))

    writers = [threading.Thread(target=write, args=(100 * i,)) for i in range(4)]
    for writer in writers:
        writer.start()
    seen = []
    while any(writer.is_alive() for writer in writers):
        seen.append(catalog.labelled().height)
    for writer in writers:
        writer.join()

    assert catalog.counts().listings == 20
    assert [each.revision for each in catalog.revisions()] == list(range(1, 21))
    assert seen == sorted(seen)


def test_one_productid_has_one_current_row_whatever_was_written(catalog, engine):
    listing = a_listing()
    for title in ("A", "B", "A", "B"):
        store(catalog, (replace(listing, designation=title), 10 if title == "A" else 40))

    with engine.connect() as connection:
        for table in (listings, labels):
            current = select(func.count()).where(table.c.removed_in.is_(None))
            assert connection.scalar(current) == 1
            assert connection.scalar(select(func.count()).select_from(table)) == 4


def test_a_database_that_is_away_is_said_to_be(tmp_path):
    (tmp_path / "folder").mkdir()
    engine = open_database(f"sqlite:///{tmp_path / 'folder'}")

    with pytest.raises(DatabaseUnavailable):
        Catalog(engine).revisions()
    engine.dispose()
