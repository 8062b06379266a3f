import os
import subprocess
import sys

import pytest

from rakuten_mlops.training.machine import describe_machine

PROGRAM = "from rakuten_mlops.training.machine import describe_machine; print(describe_machine())"


def test_a_machine_is_described_without_naming_it():
    found = describe_machine()

    assert set(found) == {
        "system",
        "c library",
        "vector instructions",
        "BLAS kernel",
    }
    assert all(isinstance(value, str) and value for value in found.values())
    assert not any(os.uname().nodename in value for value in found.values())


def test_another_kernel_of_the_blas_is_another_machine():
    machine = describe_machine()
    if not (machine["BLAS kernel"].startswith("openblas ") and "x86_64" in machine["system"]):
        pytest.skip("only OpenBLAS on x86-64 chooses among these kernels by its environment")
    kernels = set()
    for kernel in ("Prescott", "Haswell"):
        environment = os.environ | {"OPENBLAS_CORETYPE": kernel}
        told = [sys.executable, "-c", PROGRAM]
        kernels.add(subprocess.check_output(told, env=environment, text=True))

    assert len(kernels) == 2


def test_a_processor_without_its_vector_instructions_is_another_machine():
    extras = describe_machine()["vector instructions"].split()[1:]
    if not extras:
        pytest.skip("this processor has the fewest vector instructions that numpy knows")
    environment = os.environ | {"NPY_DISABLE_CPU_FEATURES": " ".join(extras)}

    found = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
    )

    assert found.stdout.strip() != str(describe_machine())
