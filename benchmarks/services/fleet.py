"""All services of one comparison, up at once; while one is measured the others stand still."""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from types import ModuleType

from benchmarks.material import Material
from benchmarks.processes import Failed
from benchmarks.services import (
    bentoml_serve,
    empty_fastapi,
    mlflow_serve,
    mlserver_serve,
    ours,
    plain_fastapi,
)
from benchmarks.services.service import Service, Text, Up, up

PEERS = (mlflow_serve, bentoml_serve, mlserver_serve, plain_fastapi)


class Fleet:
    """Services by name; `absent` holds those that did not come up, and why."""

    def __init__(self, texts: list[Text]) -> None:
        self.texts = texts
        self.up: dict[str, Up] = {}
        self.absent: dict[str, str] = {}

    @contextmanager
    def alone(self, name: str) -> Generator[Up]:
        """Let one service run, warm, and freeze it again."""
        found = self.up[name]
        found.processes.thaw()
        try:
            found.warm_up(self.texts)
            yield found
        finally:
            found.processes.freeze()


@contextmanager
def fleet(material: Material) -> Generator[Fleet]:
    """Start ours, its peers and FastAPI's floor, each checked to give the right answers.

    A peer that is not here, or wrong, is left out and named. Raises Failed if ours is.
    """
    texts = [material.texts[place] for place in material.sample]
    services = Fleet(texts)
    with ExitStack() as stack:
        for module in (ours, *PEERS, empty_fastapi):
            with _excuse(services, module):
                found = _start(stack, module.service(material), texts)
                services.up[module.NAME] = found
        yield services


def _start(stack: ExitStack, service: Service, texts: list[Text]) -> Up:
    found, _ = stack.enter_context(up(service, texts[0], pin=True))
    found.check(texts)
    found.processes.freeze()
    return found


@contextmanager
def _excuse(services: Fleet, module: ModuleType) -> Generator[None]:
    """Note why a peer is absent; what fails in ours ends the run."""
    try:
        yield
    except Failed as error:
        if module is ours:
            raise
        services.absent[module.NAME] = str(error).strip().splitlines()[-1][:200]
