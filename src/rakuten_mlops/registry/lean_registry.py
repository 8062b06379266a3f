"""The model registry for processes that answer: MLflow's client is not imported.

A server is asked over its REST API, which takes milliseconds. Where that does not tell, as where
MLflow's store is a database, the client is asked in a process of its own.
"""

from typing import Any, cast

from rakuten_mlops.registry.errand import Errands
from rakuten_mlops.registry.mlflow_rest import Unclear
from rakuten_mlops.registry.model_registry import ModelRegistry
from rakuten_mlops.registry.rest_registry import RestRegistry


class _LeanRegistry:
    """Any method of a `ModelRegistry`, by whichever way knows it."""

    def __init__(self, rest: RestRegistry, errands: Errands) -> None:
        self._rest = rest
        self._errands = errands

    def __getattr__(self, name: str) -> Any:
        def ask(*args: Any, **kwargs: Any) -> Any:
            over_rest = getattr(self._rest, name, None)
            if over_rest is not None:
                try:
                    return over_rest(*args, **kwargs)
                except Unclear:
                    pass
            return self._errands.run(name, args, kwargs)

        return ask


def lean_registry(url: str) -> ModelRegistry:
    """The registry on a tracking URI; nothing is asked and started before it is needed."""
    return cast(ModelRegistry, _LeanRegistry(RestRegistry(url), Errands(url)))
