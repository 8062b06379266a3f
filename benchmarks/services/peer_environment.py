"""Environments for peers that cannot live in ours, made once from their pinned requirements."""

import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.machine import ROOT
from benchmarks.material import WORK
from benchmarks.processes import Failed, environment


def peer_environment(peer: str) -> Path:
    """Return the folder of a peer's programs. Raises Failed if it cannot be installed."""
    pins = ROOT / "benchmarks/peers" / f"{peer}.txt"
    place = WORK / f"venv-{peer}"
    stamp = place / "installed.txt"
    if not stamp.is_file() or stamp.read_text() != pins.read_text():
        uv = shutil.which("uv") or str(Path(sys.executable).parent / "uv")
        _run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(place)])
        python = ("--python", str(place / "bin/python"))
        _run([uv, "pip", "sync", "--quiet", "--compile-bytecode", *python, str(pins)])
        stamp.write_text(pins.read_text())
    return place / "bin"


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(
            command, env=environment(), capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise Failed(
            f"{Path(command[0]).name} cannot be run; install it with `make setup`"
        ) from error
    if done.returncode:
        raise Failed(f"cannot be installed: {done.stderr.strip().splitlines()[-1]}")
