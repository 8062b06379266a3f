"""One scorer, made from a pipeline that was trained on synthetic listings."""

import pytest

from rakuten_mlops.catalog.categories import RAKUTEN
from rakuten_mlops.serving.scorer import compile_pipeline


@pytest.fixture(scope="session")
def scorer(candidate):
    return compile_pipeline(
        candidate.pipeline, {category.prdtypecode: category.name_fr for category in RAKUTEN}
    )
