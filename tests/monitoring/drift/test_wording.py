import pytest

from rakuten_mlops.monitoring.drift.report import TestResult as Result
from rakuten_mlops.monitoring.drift.wording import findings, headline, percent


def a_result(name, state):
    return Result(name, name.title(), "PSI", 0.2, 0.0, 0.1, 0.1, 0.001, state, f"{name}!", "")


@pytest.mark.parametrize(
    ("share", "told"), [(0, "0 %"), (0.004, "0.4 %"), (0.412, "41 %"), (1, "100 %")]
)
def test_shares_are_told_as_people_write_them(share, told):
    assert percent(share) == told


def test_causes_come_before_effects_and_what_matters_before_what_does_not():
    tests = [
        a_result("domain", "drift"),
        a_result("garbled", "watch"),
        a_result("confidence", "no drift"),
        a_result("language", "drift"),
    ]

    assert findings(tests, None) == ("language!", "domain!", "garbled!")
    assert headline("drift", tests, None) == "language!"
