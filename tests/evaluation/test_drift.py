import pytest

from evaluation.catalogue import synthetic
from evaluation.drift_inputs import emptied, english, garbled, learn
from evaluation.drift_windows import fresh, spoiled


@pytest.fixture(scope="module")
def learnt():
    training, kept = synthetic(12_000, 20).split(0)
    return learn(training, kept, 20), kept


def test_windows_beside_the_reference_are_unchanged(learnt):
    found = fresh(*learnt, windows=5, seed=20)

    assert dict(found.states) == {"no drift": 5}
    assert len(found.estimates) == 5


@pytest.mark.parametrize(
    ("spoil", "cause"),
    [
        (emptied(0.4), "without a description"),
        (garbled(0.1), "garbled letters"),
        (english(0.2), "are in English"),
    ],
)
def test_what_was_spoiled_is_named_first(learnt, spoil, cause):
    found = spoiled(*learnt, spoil, cause, times=1, seed=20)

    assert (found.states["drift"], found.named, found.first) == (1, 1, 1)
