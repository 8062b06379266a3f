import sqlite3
import threading
import time

import pytest

from rakuten_mlops.database import open_database
from rakuten_mlops.errors import DatabaseUnavailable
from rakuten_mlops.review.intake import BATCH, Intake
from rakuten_mlops.review.item import Offer
from rakuten_mlops.review.offering import Offering
from rakuten_mlops.review.standing import draws, standing

GUESSES = [(10, "Livres d'occasion", 0.4), (2705, "Livres neufs", 0.35)]


class Written:
    """Keeps offers in memory; can be away, or defective."""

    def __init__(self) -> None:
        self.offers = []
        self.error = None

    def put(self, offers) -> None:
        if self.error is not None:
            raise self.error
        self.offers += offers


class Notes(dict):
    def __call__(self, outcome, offers):
        self[outcome] = self.get(outcome, 0) + offers


@pytest.fixture
def written():
    return Written()


@pytest.fixture
def notes():
    return Notes()


@pytest.fixture
def intake(written, notes):
    return Intake(written, share=0.0, capacity=10, note=notes)


def offer(intake, title="Lot bleu", decision="review", version="1"):
    intake.offer(version, title, "3 pièces", GUESSES, decision)


def test_a_doubtful_prediction_is_offered_as_it_was_made(intake, written):
    offer(intake)

    intake.write()

    (found,) = written.offers
    assert found == Offer("Lot bleu", "3 pièces", "1", GUESSES, "review")


def test_an_accepted_prediction_is_offered_only_if_chance_draws_it(written):
    none, every = Intake(written, share=0.0), Intake(written, share=1.0)

    for intake in (none, every):
        offer(intake, decision="accept")
        intake.write()

    assert [found.kind for found in written.offers] == ["random"]
    assert written.offers[0].decision == "accept"


def test_chance_draws_doubtful_and_sure_ones_alike(written):
    intake = Intake(written, share=0.3, capacity=10_000)
    for n in range(4_000):
        offer(intake, f"Livre {n}", decision="accept" if n % 2 else "review")
    intake.drain()

    drawn = [found for found in written.offers if found.drawn]
    assert 0.27 < len(drawn) / 4_000 < 0.33
    assert 0.45 < sum(found.decision == "accept" for found in drawn) / len(drawn) < 0.55


def test_a_full_intake_drops_and_counts_and_says_nothing(intake, written, notes):
    for n in range(25):
        offer(intake, f"Lot {n}")

    intake.write()

    assert len(written.offers) == 10
    assert notes == {"written": 10, "dropped": 15}


def test_doubtful_ones_leave_room_for_those_that_chance_drew(written, notes):
    intake = Intake(written, share=1.0, capacity=10, note=notes)
    crowd = Intake(written, share=0.0, capacity=10)
    crowd._offers = intake._offers  # noqa: SLF001 - the same list, filled with doubtful ones
    for n in range(30):
        offer(crowd, f"Lot {n}")
    for n in range(30):
        offer(intake, f"Livre {n}")

    intake.write()

    assert sum(found.drawn for found in written.offers) == 10
    assert notes["dropped"] == 20


def test_a_database_that_is_away_loses_nothing_that_there_is_room_for(intake, written, notes):
    written.error = DatabaseUnavailable("gone")
    for n in range(3):
        offer(intake, f"Lot {n}")
    intake.write()
    intake.write()
    assert notes == {}

    written.error = None
    offer(intake, "Lot 3")
    intake.write()
    intake.write()

    assert [found.designation for found in written.offers] == [f"Lot {n}" for n in range(4)]
    assert notes == {"written": 4}


def test_what_can_never_be_written_does_not_hold_up_the_rest(intake, written, notes):
    written.error = ValueError("a defect")
    offer(intake, "poison")
    intake.write()

    written.error = None
    offer(intake, "Lot bleu")
    intake.write()

    assert [found.designation for found in written.offers] == ["Lot bleu"]
    assert notes == {"dropped": 1, "written": 1}


def test_texts_that_no_database_takes_are_dropped_alone(intake, written, notes):
    for title in ("a\0b", "half \ud800", "Lot bleu"):
        offer(intake, title)

    intake.write()

    assert [found.designation for found in written.offers] == ["Lot bleu"]
    assert notes == {"written": 1, "dropped": 2}


def test_a_process_that_ends_writes_what_waits(written, notes):
    intake = Intake(written, share=0.0, capacity=5_000, note=notes)
    for n in range(BATCH * 2 + 1):
        offer(intake, f"Lot {n}")

    intake.drain()

    assert len(written.offers) == BATCH * 2 + 1


def test_a_process_that_ends_without_its_database_counts_what_is_lost(intake, written, notes):
    written.error = DatabaseUnavailable("gone")
    for n in range(3):
        offer(intake, f"Lot {n}")

    intake.drain()

    assert notes == {"dropped": 3}


def test_offers_of_many_threads_are_all_written(written):
    intake = Intake(written, share=0.0, capacity=100_000)
    ended = threading.Event()

    def keep_writing():
        while not ended.is_set():
            intake.write()

    writer = threading.Thread(target=keep_writing)
    writer.start()
    workers = [
        threading.Thread(target=lambda w=w: [offer(intake, f"{w} {n}") for n in range(2_000)])
        for w in range(4)
    ]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    ended.set()
    writer.join()
    intake.drain()

    assert len({found.designation for found in written.offers}) == len(written.offers) == 8_000


def test_a_locked_database_does_not_slow_down_an_offer(blank_sqlite, tmp_path):
    path = tmp_path / "catalog.db"
    path.write_bytes(blank_sqlite.read_bytes())
    engine = open_database(f"sqlite:///{path}")
    intake = Intake(Offering(engine, limit=100), share=0.0)
    locker = sqlite3.connect(path, isolation_level=None)
    locker.execute("BEGIN IMMEDIATE")
    offer(intake, "first")
    writer = threading.Thread(target=intake.write)
    writer.start()
    time.sleep(0.2)

    slowest = max(_seconds(lambda n=n: offer(intake, f"Lot {n}")) for n in range(500))

    assert writer.is_alive()  # it waits for the lock; nobody else does
    # Whoever waits for the lock waits for 20 seconds; a busy machine holds up anybody for some.
    assert slowest < 2
    locker.execute("ROLLBACK")
    locker.close()
    writer.join()
    intake.drain()
    assert standing(engine, "rita").kinds["doubtful"].waiting == 100
    engine.dispose()


def _seconds(act):
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def test_offers_reach_either_database(engine, offering, clock):
    intake = Intake(offering, share=1.0)
    offer(intake, "Lot bleu")
    offer(intake, "Livre", decision="accept")

    intake.write()

    assert standing(engine, "rita").kinds["random"].waiting == 2
    found = draws(engine, version="1", since=clock.moment.replace(year=2000))
    assert sorted(draw.decision for draw in found) == ["accept", "review"]
