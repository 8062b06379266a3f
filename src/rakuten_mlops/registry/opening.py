"""Open MLflow's registry beside other work: its import and its store take seconds of one core."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, cast

from rakuten_mlops.registry.model_registry import ModelRegistry


class _Opening:
    """A registry that is being opened; who asks it first waits, and hears what went wrong."""

    def __init__(self, opened: Future[ModelRegistry]) -> None:
        self._opened = opened

    def __getattr__(self, name: str) -> Any:
        return getattr(self._opened.result(), name)


def beside(open_registry: Callable[[], ModelRegistry]) -> ModelRegistry:
    """Return a registry at once, and open it in a thread."""
    thread = ThreadPoolExecutor(1, "opening the registry")
    opened = thread.submit(open_registry)
    thread.shutdown(wait=False)
    return cast(ModelRegistry, _Opening(opened))


def mlflow_beside(url: str) -> ModelRegistry:
    """Return MLflow's registry at once; it is imported, too, in a thread."""

    def open_registry() -> ModelRegistry:
        from rakuten_mlops.registry.mlflow_registry import MlflowRegistry

        return MlflowRegistry(url)

    return beside(open_registry)
