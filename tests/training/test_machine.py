import os
import subprocess
import sys

import pytest

from rakuten_mlops.training.machine import describe_machine

PROGRAM = "from rakuten_mlops.training.machine import describe_machine; print(describe_machine())"


def test_a_machine_is_described_without_naming_it():
    found = describe_machine()

    assert set(found) == {"system", "c library", "vector instructions"}
    assert all(isinstance(value, str) and value for value in found.values())
    assert not any(os.uname().nodename in value for value in found.values())


def test_a_processor_without_its_vector_instructions_is_another_machine():
    extras = describe_machine()["vector instructions"].split()[1:]
    if not extras:
        pytest.skip("this processor has the fewest vector instructions that numpy knows")
    environment = os.environ | {"NPY_DISABLE_CPU_FEATURES": " ".join(extras)}

    found = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
    )

    assert found.stdout.strip() != str(describe_machine())
