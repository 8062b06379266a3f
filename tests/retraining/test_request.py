"""Asked over set over default, for every parameter that may be asked for."""

from dataclasses import fields

import pytest

from rakuten_mlops.retraining.request import TrainingRequest
from rakuten_mlops.settings import Settings
from rakuten_mlops.training.pipeline import Parameters

SET = {"c": 0.5, "min_df": 3, "ngram_max": 1, "title_chars": 4}
ASKED = {"c": 1.5, "min_df": 1, "ngram_max": 3, "title_chars": 0}


@pytest.fixture(autouse=True)
def nothing_set(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_a_training_that_asks_for_nothing_has_the_defaults():
    assert TrainingRequest().parameters(Settings()) == Parameters()


def test_a_training_that_asks_for_nothing_does_as_the_settings_say(monkeypatch):
    for name, value in SET.items():
        monkeypatch.setenv(f"RAKUTEN_TRAIN_{name.upper()}", str(value))

    assert TrainingRequest().parameters(Settings(seed=7)) == Parameters(**SET, seed=7)


@pytest.mark.parametrize("name", ASKED)
def test_what_is_asked_for_goes_before_the_settings(name):
    settings = Settings(**{f"train_{name}": value for name, value in SET.items()})
    asked = {name: ASKED[name]}

    found = TrainingRequest(**asked).parameters(settings)

    assert found == Parameters(**SET | asked)


def test_every_parameter_that_may_be_asked_for_is_tested_here():
    assert {each.name for each in fields(TrainingRequest)} - {"force", "seed"} == set(ASKED)
