"""`POST /predict_batch` of 100 and of 1,000: listings per second beside the peers."""

from benchmarks import floors
from benchmarks.bench import Bench, median
from benchmarks.row import Row, more_is_better, not_measured
from benchmarks.services import empty_fastapi, ours
from benchmarks.services.fleet import PEERS, Fleet
from benchmarks.services.service import Text

FIGURE = "POST /predict_batch"
# Enough to keep a service busy; more would only leave more unfinished when time is up.
CONNECTIONS = 2
BODIES = 20
# A batch takes long: fewer whole ones fit into a second.
PATIENCE = 2


def rows(bench: Bench) -> list[Row]:
    return [row for size in floors.BATCHES for row in _rows(bench, size)]


def _rows(bench: Bench, size: int) -> list[Row]:
    services = bench.fleet
    found = _measure(bench, services, size)
    measured = f"listings in batches of {size:,}"
    return [
        more_is_better(
            FIGURE,
            measured,
            "listings/s",
            ours=found[ours.NAME]["listings"],
            peer_name=module.NAME,
            peer=found[module.NAME]["listings"],
            floor=floors.BATCHES[size] if module.NAME in floors.BATCH_PEERS else None,
        )
        if module.NAME in found
        else not_measured(FIGURE, measured, module.NAME, services.absent[module.NAME])
        for module in PEERS
    ]


def _measure(bench: Bench, services: Fleet, size: int) -> dict[str, dict[str, float]]:
    batches = [_batch(services.texts, start * size, size) for start in range(BODIES)]
    names = [name for name in services.up if name != empty_fastapi.NAME]
    bodies = {
        name: bench.material.lines(
            f"batch-{place}", [services.up[name].service.batch(batch) for batch in batches]
        )
        for place, name in enumerate(names)
    }
    seen: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for _ in range(bench.repeats):
        for name in names:
            with services.alone(name) as up:
                load = up.load(
                    up.service.batch_path,
                    bodies[name],
                    connections=CONNECTIONS,
                    seconds=PATIENCE * bench.seconds,
                )
            seen[name].append({"listings": load.per_second * size})
    return {name: median(each) for name, each in seen.items()}


def _batch(texts: list[Text], start: int, size: int) -> list[Text]:
    return [texts[(start + place) % len(texts)] for place in range(size)]
