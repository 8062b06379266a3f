"""What the prediction log costs: the same service with it and without, in turn."""

import time
from pathlib import Path

from benchmarks import floors
from benchmarks.bench import Bench, median
from benchmarks.processes import Failed, processor_seconds
from benchmarks.row import Row, less_is_better, more_is_better, none_allowed
from benchmarks.services import ours
from benchmarks.services.service import Service, Up, up
from rakuten_mlops.monitoring.recorder_state import read_state
from rakuten_mlops.monitoring.traffic import SPOOL, Spool

FIGURE = "prediction log"
WITHOUT = "ours, RAKUTEN_LOG=off"
MANY, SIZE, BATCH_CONNECTIONS = 8, 100, 2
PATIENCE = 120.0


def rows(bench: Bench) -> list[Row]:
    bench.close_services()
    material = bench.material
    texts = [material.texts[place] for place in material.sample]
    service = ours.service(material)
    one = material.lines("log-one", [service.one(text) for text in texts])
    pieces = [texts[start : start + SIZE] for start in range(0, len(texts), SIZE)]
    many = material.lines("log-many", [service.batch(piece) for piece in pieces])
    with (
        up(ours.without_log(material), texts[0], pin=True) as (off, _),
        up(service, texts[0], pin=True) as (on, _),
    ):
        seen: dict[str, list[dict[str, float]]] = {"off": [], "on": []}
        off.processes.freeze()
        on.processes.freeze()
        for turn in range(bench.repeats):
            # Whoever comes first finds the machine as the other does in the next turn.
            for name, found in (("off", off), ("on", on))[:: 1 if turn % 2 else -1]:
                seen[name].append(_measure(bench, found, texts, one, many))
        on.processes.thaw()
        recorder = _recorder(on, material.champion)
    found = {name: median(each) for name, each in seen.items()}
    return [*_beside(found["on"], found["off"]), *recorder]


def _measure(bench: Bench, found: Up, texts: list, one: Path, many: Path) -> dict[str, float]:
    service: Service = found.service
    found.processes.thaw()
    found.warm_up(texts)
    single = found.load(service.path, one, connections=MANY, seconds=bench.seconds)
    alone = found.load(service.path, one, connections=1, seconds=bench.seconds)
    batches = found.load(
        service.batch_path, many, connections=BATCH_CONNECTIONS, seconds=bench.seconds
    )
    _caught_up(service.folder)
    found.processes.freeze()
    return {
        "per_second": single.per_second,
        "p50": alone.p50,
        "listings": batches.per_second * SIZE,
    }


def _caught_up(home: Path) -> None:
    """Wait until the recorder has nothing left: what it does later is not hidden from anybody."""
    spool, end = Spool(home / SPOOL), time.monotonic() + PATIENCE
    time.sleep(0.5)
    while spool.files():
        if time.monotonic() > end:
            raise Failed(f"the recorder leaves {len(spool.files())} files after {PATIENCE:.0f} s")
        time.sleep(0.05)


def _beside(on: dict[str, float], off: dict[str, float]) -> list[Row]:
    floor = floors.SHARE_WITH_LOG
    return [
        more_is_better(
            FIGURE,
            f"/predict at {MANY} connections",
            "requests/s",
            ours=on["per_second"],
            peer_name=WITHOUT,
            peer=off["per_second"],
            floor=floor,
        ),
        less_is_better(
            FIGURE,
            "/predict, p50 at 1 connection",
            "ms",
            ours=on["p50"],
            peer_name=WITHOUT,
            peer=off["p50"],
            floor=floor,
        ),
        more_is_better(
            FIGURE,
            f"/predict_batch, batches of {SIZE}",
            "listings/s",
            ours=on["listings"],
            peer_name=WITHOUT,
            peer=off["listings"],
            floor=floor,
        ),
    ]


def _recorder(on: Up, home: Path) -> list[Row]:
    state = read_state(home)
    lost = on.counter("rakuten_unrecorded_answers_total") + state.dropped
    seconds = processor_seconds("recorder", on.processes.pids)
    return [
        Row(FIGURE, "the recorder's processor", "us/listing", seconds / state.recorded * 1e6, ""),
        none_allowed(
            FIGURE, "answers dropped", "", found=round(lost), among=state.recorded + round(lost)
        ),
    ]
