"""The model on disk as the API reads it, beside the same pipeline and the plain one as files."""

from pathlib import Path

from benchmarks import floors
from benchmarks.bench import Bench
from benchmarks.row import Row, less_is_better
from benchmarks.services import ours
from rakuten_mlops.serving.champion_store import ChampionStore

FIGURE = "model on disk"


def rows(bench: Bench) -> list[Row]:
    assert ours.NAME in bench.fleet.up  # the keeper has brought the champion
    home = bench.material.champion
    champions = ChampionStore(home)
    current = champions.current()
    assert current is not None
    lean = _mib(champions.scorer_folder(current.version))
    peers = {"the same pipeline": home / "ours", "plain recipe": bench.material.plain / "plain"}
    return [
        less_is_better(
            FIGURE,
            "files that the API reads",
            "MiB",
            ours=lean,
            peer_name=f"{name} in {kind}",
            peer=_mib(path.with_suffix(f".{kind}")),
            floor=floor,
        )
        for name, path in peers.items()
        for kind, floor in floors.DISK.items()
    ]


def _mib(path: Path) -> float:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file()) / 2**20
