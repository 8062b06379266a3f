import time
from datetime import timedelta

import pytest
from tests.conftest import replace_by_folder
from tests.factories import an_offer

from rakuten_mlops.review.desk import Desk
from rakuten_mlops.review.labels import PAUSE
from rakuten_mlops.settings import Settings


@pytest.fixture
def desk(engine, tmp_path):
    desk = Desk(engine, Settings(home=tmp_path), label_seconds=0.01)
    desk.follow()
    yield desk
    desk.close()


def until(found, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not (result := found()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return result


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


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_desk_whose_database_is_away_goes_on_and_ends(desk, engine, tmp_path, caplog):
    engine.dispose()
    replace_by_folder(tmp_path / "catalog.db")

    assert until(lambda: "become labels when the database is back" in caplog.text)
    desk.close()
    assert not desk._thread.is_alive()  # noqa: SLF001 - whether it really ended
