import pytest
import typer

from evaluation.labelling import Material, _frame, gain
from rakuten_mlops.catalog.categories import RAKUTEN
from rakuten_mlops.catalog.synthetic import arrivals, synthesize


@pytest.fixture(scope="module")
def material():
    known, arriving = _frame(synthesize(2_000, seed=1)), _frame(arrivals(1_500, seed=1, batch=20))
    judged = arriving.filter("in_holdout")
    learnt, offered = (rows.remove("in_holdout") for rows in (known, arriving))
    return Material(RAKUTEN, learnt, offered, judged)


def test_as_many_answers_as_were_asked_for_are_learnt_from(material):
    found = gain(material, answers=200, seed=1)

    assert 0.2 < found.before < 0.9
    assert 0.05 < found.doubtful < 0.9
    # On so few listings the one that is better is chance; that nothing was learnt is not.
    assert len({found.before, found.queue, found.random}) == 3


def test_more_answers_than_the_queue_offers_are_not_made_up(material):
    with pytest.raises(typer.BadParameter, match="offered only"):
        gain(material, answers=1_400, seed=1)
