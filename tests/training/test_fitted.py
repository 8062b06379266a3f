import pytest
from skops.io import dumps
from tests.factories import a_pipeline

from rakuten_mlops.errors import UnreadableFile
from rakuten_mlops.training.fitted import fitted_parameters, read_fitted_parameters
from rakuten_mlops.training.pipeline import Parameters
from rakuten_mlops.training.trainer import train


def shown_by_a_pipeline(parameters):
    return {name: value for name, value in parameters.summary().items() if name != "precision"}


def test_a_trained_pipeline_shows_every_parameter(snapshot):
    parameters = Parameters(
        c=0.25, tol=3.0, bias=0.5, min_df=3, ngram_max=1, title_weight=0.75, title_chars=3, seed=4
    )

    pipeline = train(snapshot, parameters).pipeline

    assert fitted_parameters(pipeline) == shown_by_a_pipeline(parameters)


def test_the_registered_file_shows_them_too():
    assert read_fitted_parameters(dumps(a_pipeline())) == shown_by_a_pipeline(Parameters())


@pytest.mark.parametrize("model", [b"", b"no archive", dumps({"c": 0.5})])
def test_a_file_of_another_kind_is_refused(model):
    with pytest.raises(UnreadableFile, match=r"model\.skops"):
        read_fitted_parameters(model)
