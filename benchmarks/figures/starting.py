"""The API's processes: memory, and the time from start to the first answer."""

from benchmarks import floors
from benchmarks.bench import Bench
from benchmarks.processes import proportional_mib
from benchmarks.row import Row, less_is_better
from benchmarks.services import mlflow_serve, ours
from benchmarks.services.service import Service, up

FIGURE = "API process"
PEER = mlflow_serve.NAME


def rows(bench: Bench) -> list[Row]:
    bench.close_services()
    _start(bench, ours.service(bench.material))  # the champion is here from now on
    found = bench.medians(
        ours=lambda: _start(bench, ours.service(bench.material)),
        peer=lambda: _start(bench, mlflow_serve.service(bench.material)),
    )
    mine, its = found["ours"], found["peer"]
    return [
        less_is_better(
            FIGURE,
            measured,
            unit,
            ours=mine[name],
            peer_name=PEER,
            peer=its[name],
            floor=floor,
        )
        for measured, unit, name, floor in (
            ("memory (PSS), all processes", "MiB", "all", floors.API_MEMORY),
            ("memory (PSS), the largest process", "MiB", "largest", None),
            ("start to first answer", "s", "seconds", floors.API_START),
        )
    ]


def _start(bench: Bench, service: Service) -> dict[str, float]:
    material = bench.material
    texts = [material.texts[place] for place in material.sample]
    with up(service, texts[0], pin=False) as (found, seconds):
        found.warm_up(texts)
        each = [proportional_mib([pid]) for pid in found.processes.pids]
        return {"seconds": seconds, "all": sum(each), "largest": max(each)}
