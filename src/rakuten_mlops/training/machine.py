"""What a machine's arithmetic depends on, beside the versions of packages."""

import platform
from typing import Any

import numpy as np
from scipy import linalg
from threadpoolctl import ThreadpoolController


def describe_machine() -> dict[str, str]:
    """System, C library, the processor's vector instructions that numpy uses, BLAS kernels.

    By the instructions numpy picks its logarithms, whose last bits may differ; by the kernel a BLAS
    picks the order of its sums, on which the last bits of a calibration depend, and nothing else
    (`calibrator`'s L-BFGS). The number of cores is not among it: no result depends on it. No name
    and no path of the machine.
    """
    config: Any = np.show_config(mode="dicts")
    instructions = config["SIMD Extensions"]
    found = [*instructions.get("baseline", ()), *instructions.get("found", ())]
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "c library": " ".join(platform.libc_ver()).strip() or "not known",
        "vector instructions": " ".join(found),
        "BLAS kernel": _blas_kernels(),
    }


def _blas_kernels() -> str:
    """The kernels that the loaded BLAS libraries chose for this processor."""
    # A library chooses when it is loaded, and scipy loads its own with this.
    linalg.get_blas_funcs("dot")
    found = ThreadpoolController().select(user_api="blas").info()
    kernels = {f"{each['internal_api']} {each.get('architecture', '')}".strip() for each in found}
    return ", ".join(sorted(kernels)) or "not known"
