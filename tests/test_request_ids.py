import subprocess
import sys

import pytest

from rakuten_mlops import request_ids

TELL = """
from rakuten_mlops import request_ids
print(request_ids.enter_from_environment(), request_ids.current())
"""


def told(**environment: str) -> list[str]:
    """What a process takes over from its environment."""
    ran = subprocess.run(
        [sys.executable, "-c", TELL], env=environment, capture_output=True, text=True, check=True
    )
    return ran.stdout.split()


def test_names_are_never_made_twice():
    one, other = request_ids.Names(), request_ids.Names()

    made = [names.new() for names in (one, other) for _ in range(1_000)]

    assert len(set(made)) == 2_000


def test_a_made_name_is_one_that_would_be_taken_from_a_caller():
    assert request_ids.given(request_ids.Names().new())


@pytest.mark.parametrize(
    "text", ["", "a b", "x" * 65, "line\nbreak", "end\n", 'quo"te', "é", "<script>", "a=b"]
)
def test_what_would_spoil_a_log_or_a_header_is_no_name(text):
    assert request_ids.given(text) is None


@pytest.mark.parametrize("text", ["7", "0af7651916cd43dd8448eb211c80319c", "web-1:42.b_c"])
def test_what_callers_use_as_names_is_kept(text):
    assert request_ids.given(text) == text


def test_a_process_takes_over_the_request_for_which_it_was_started():
    assert told(REQUEST_ID="from-the-api-7") == ["from-the-api-7"] * 2


@pytest.mark.parametrize("environment", [{}, {"REQUEST_ID": "not fit"}])
def test_a_process_that_is_told_nothing_fit_makes_a_name_of_its_own(environment):
    told_id, current = told(**environment)

    assert told_id == current
    assert request_ids.given(told_id)
    assert told_id not in environment.values()
