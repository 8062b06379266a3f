"""`POST /predict`: requests per second at 8 connections, latency at 1, beside peers and floor."""

from benchmarks import floors
from benchmarks.bench import Bench, median
from benchmarks.row import Row, less_is_better, more_is_better, not_measured
from benchmarks.services import empty_fastapi, ours
from benchmarks.services.fleet import PEERS, Fleet

FIGURE = "POST /predict"
MANY = 8


def rows(bench: Bench) -> list[Row]:
    services = bench.fleet
    found = _measure(bench, services)
    mine = found[ours.NAME]
    compared = [
        row
        for module in PEERS
        for row in (
            _beside(mine, module.NAME, found[module.NAME])
            if module.NAME in found
            else [not_measured(FIGURE, "", module.NAME, services.absent[module.NAME])]
        )
    ]
    return [*compared, _share_of_floor(mine, found[empty_fastapi.NAME])]


def _measure(bench: Bench, services: Fleet) -> dict[str, dict[str, float]]:
    bodies = {
        name: bench.material.lines(
            f"one-{place}", [found.service.one(text) for text in services.texts]
        )
        for place, (name, found) in enumerate(services.up.items())
    }
    seen: dict[str, list[dict[str, float]]] = {name: [] for name in services.up}
    for _ in range(bench.repeats):
        for name in services.up:
            with services.alone(name) as up:
                path, file = up.service.path, bodies[name]
                many = up.load(path, file, connections=MANY, seconds=bench.seconds)
                one = up.load(path, file, connections=1, seconds=bench.seconds)
            seen[name].append({"per_second": many.per_second, "p50": one.p50, "p99": one.p99})
    return {name: median(each) for name, each in seen.items()}


def _beside(mine: dict[str, float], peer: str, its: dict[str, float]) -> list[Row]:
    return [
        more_is_better(
            FIGURE,
            f"at {MANY} connections",
            "requests/s",
            ours=mine["per_second"],
            peer_name=peer,
            peer=its["per_second"],
            floor=floors.REQUESTS.get(peer),
        ),
        *(
            less_is_better(
                FIGURE,
                f"{name} at 1 connection",
                "ms",
                ours=mine[name],
                peer_name=peer,
                peer=its[name],
                floor=floor,
            )
            for name, floor in (("p50", floors.MEDIAN_LATENCY), ("p99", floors.TAIL_LATENCY))
        ),
    ]


def _share_of_floor(mine: dict[str, float], empty: dict[str, float]) -> Row:
    return more_is_better(
        FIGURE,
        f"at {MANY} connections",
        "requests/s",
        ours=mine["per_second"],
        peer_name=empty_fastapi.NAME,
        peer=empty["per_second"],
        floor=floors.SHARE_OF_EMPTY_ROUTE,
    )
