"""Run a command that ends when the process that asked for it ends, however that ends.

    python -m rakuten_mlops.stack.companion PARENT COMMAND [ARGUMENT ...]

A supervisor that is killed cannot end its services; this makes them end by themselves. PARENT is
its process, which may be gone before this one can ask for it.
"""

import os
import signal
import subprocess
import sys

GRACE_SECONDS = 10.0


def main(parent: int, command: list[str]) -> int:
    """Run the command in this process group until it, or the parent of this process, ends."""
    signal.signal(signal.SIGTERM, lambda *_: None)
    process = subprocess.Popen(command)  # noqa: S603 - the caller's own command
    while process.poll() is None:
        if os.getppid() != parent:
            os.killpg(0, signal.SIGTERM)
            _wait(process)
            os.killpg(0, signal.SIGKILL)
        try:
            process.wait(0.5)
        except subprocess.TimeoutExpired:
            continue
    return process.returncode


def _wait(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        return


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
