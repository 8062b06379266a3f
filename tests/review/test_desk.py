import time
from datetime import timedelta

import pytest
from tests.conftest import replace_by_folder
from tests.factories import an_offer

from rakuten_mlops.review.desk import Desk
from rakuten_mlops.review.labels import PAUSE
from rakuten_mlops.review.standing import standing
from rakuten_mlops.settings import Settings

GUESSES = [(10, "Livres d'occasion", 0.4), (2705, "Livres neufs", 0.35)]


@pytest.fixture
def desk(engine, tmp_path):
    desk = Desk(engine, Settings(home=tmp_path), write_seconds=0.01, label_seconds=0.01)
    desk.follow()
    yield desk
    desk.close()


def until(found, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not (result := found()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return result


def test_what_is_offered_waits_for_review_by_itself(desk):
    desk.intake.offer("1", "Lot bleu", "", GUESSES, "review")

    (item,) = until(lambda: desk.queue.next("rita", count=1))

    assert item.designation == "Lot bleu"


@pytest.mark.usefixtures("desk")
def test_answers_become_labels_by_themselves_when_their_author_pauses(
    catalog, offering, queue, clock
):
    offering.put([an_offer("Lot bleu")])
    (item,) = queue.next("rita", count=1)
    clock.pass_by(-PAUSE - timedelta(seconds=1))

    queue.answer(item.id, "rita", "category", 40)

    assert until(lambda: catalog.current_revision() == 2)
    assert catalog.revisions()[-1].author == "rita"


def test_what_waits_is_written_at_the_end(engine, tmp_path):
    desk = Desk(engine, Settings(home=tmp_path), write_seconds=60)
    desk.follow()
    desk.intake.offer("1", "Lot bleu", "", GUESSES, "review")

    desk.close()

    assert standing(engine, "rita").kinds["doubtful"].waiting == 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_desk_whose_database_is_away_goes_on_and_ends(desk, engine, tmp_path, caplog):
    engine.dispose()
    replace_by_folder(tmp_path / "catalog.db")

    desk.intake.offer("1", "Lot bleu", "", GUESSES, "review")

    assert until(lambda: "wait until the database is back" in caplog.text)
    assert until(lambda: "become labels when the database is back" in caplog.text)
    desk.close()
    assert not desk._thread.is_alive()  # noqa: SLF001 - whether it really ended
