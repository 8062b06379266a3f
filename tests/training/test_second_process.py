import logging
import os
import signal
import sys

import numpy as np
import psutil
import pytest
from sklearn.svm import LinearSVC

from rakuten_mlops.training.second_process import computed_beside

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a second process needs Linux")


@pytest.fixture
def children():
    """Asks for the processes that began during this test; other tests keep some of their own."""
    before = psutil.Process().children()
    return lambda: [one for one in psutil.Process().children() if one not in before]


PARENT = os.getpid()


def elsewhere():
    return os.getpid() != PARENT


def a_fit(rows=400, seed=0):
    draw = np.random.default_rng(seed)
    codes = draw.integers(0, 4, rows)
    return (
        LinearSVC(multi_class="crammer_singer", tol=1.0, random_state=3)
        .fit(draw.random((rows, 30)) + (codes[:, None] == np.arange(30)), codes)
        .coef_
    )


def test_an_array_is_computed_in_another_process():
    with computed_beside(lambda: np.array([float(os.getpid())]), (1,), second=True) as asked:
        (pid,) = asked()

    assert pid != os.getpid()


def test_without_a_second_process_it_is_computed_here_when_it_is_asked_for(children):
    asked_for = []

    with computed_beside(lambda: np.full(2, len(asked_for)), (2,), second=False) as asked:
        asked_for.append("now")

        assert asked().tolist() == [1, 1]
    assert not children()


@pytest.mark.parametrize("second", [True, False])
def test_fits_in_two_processes_draw_as_one_after_the_other(second):
    with computed_beside(lambda: a_fit(seed=1), (4, 30), second=second) as asked:
        mine = a_fit(seed=2, rows=4_000)
        other = asked()

    assert np.array_equal(other, a_fit(seed=1))
    assert np.array_equal(mine, a_fit(seed=2, rows=4_000))


def broken():
    if elsewhere():
        raise MemoryError
    return np.ones(3)


def killed():
    if elsewhere():
        os.kill(os.getpid(), signal.SIGKILL)
    return np.ones(3)


@pytest.mark.parametrize("compute", [broken, killed])
def test_what_a_second_process_fails_to_compute_is_computed_here(compute, caplog):
    with (
        caplog.at_level(logging.WARNING),
        computed_beside(compute, (3,), second=True) as asked,
    ):
        assert asked().tolist() == [1, 1, 1]

    assert "a second process ended with" in caplog.text


def forever():
    signal.pause()


def test_nobody_waits_for_a_second_process_that_is_not_needed_any_more(children):
    with (
        pytest.raises(ZeroDivisionError),
        computed_beside(forever, (1,), second=True),
    ):
        raise ZeroDivisionError

    assert not children()


def test_a_second_process_ends_with_a_training_that_is_killed():
    program = (
        "import os, signal, sys\n"
        "from rakuten_mlops.training.second_process import computed_beside\n"
        "def wait():\n"
        "    print(os.getpid(), flush=True)\n"
        "    signal.pause()\n"
        "with computed_beside(wait, (1,), second=True) as asked:\n"
        "    asked()\n"
    )
    with psutil.Popen([sys.executable, "-c", program], stdout=-1, text=True) as training:
        second = psutil.Process(int(training.stdout.readline()))

        training.kill()

        second.wait(timeout=10)
