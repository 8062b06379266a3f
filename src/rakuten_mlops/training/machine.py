"""What a machine's arithmetic depends on, beside the versions of packages."""

import platform
from typing import Any

import numpy as np


def describe_machine() -> dict[str, str]:
    """System, C library, the processor's vector instructions that numpy uses.

    The instructions are those by which numpy picks its logarithms, whose last bits may differ.
    Neither the number of cores nor the BLAS is among it: no result depends on them. No name and no
    path of the machine.
    """
    config: Any = np.show_config(mode="dicts")
    instructions = config["SIMD Extensions"]
    found = [*instructions.get("baseline", ()), *instructions.get("found", ())]
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "c library": " ".join(platform.libc_ver()).strip() or "not known",
        "vector instructions": " ".join(found),
    }
