"""Real processes, started and ended."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from rakuten_mlops.errors import ServiceFailed
from rakuten_mlops.stack.supervisor import (
    SHORTEST_LIFE,
    Service,
    Supervisor,
    refuse_taken_ports,
    tail,
)

SLEEP = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
# A service that starts a process of its own, as the API does for a training.
FAMILY = (
    "import subprocess, sys, time;"
    f"subprocess.Popen([sys.executable, '-c', {SLEEP!r}]); time.sleep(60)"
)
SUPERVISE = """\
import sys, time
from pathlib import Path
from rakuten_mlops.stack.supervisor import Service, Supervisor

folder, *scripts = sys.argv[1:]
services = [
    Service(str(n), [sys.executable, "-c", script], {}, Path(folder, f"{n}.log"))
    for n, script in enumerate(scripts)
]
with Supervisor(services):
    print("started", flush=True)
    time.sleep(60)
"""


def wait_until(condition: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def alive(process: int) -> bool:
    try:
        return psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def told(log: Path) -> int:
    """The number of the process that a service wrote down, once it has."""
    wait_until(lambda: log.exists() and log.read_text().endswith("\n"))
    return int(log.read_text().split()[-1])


@pytest.fixture
def a_service(tmp_path):
    def make(name: str, script: str, **environment: str) -> Service:
        return Service(
            name, [sys.executable, "-c", script], environment, tmp_path / "logs" / f"{name}.log"
        )

    return make


def test_services_start_together_and_end_together(a_service):
    services = [a_service("one", SLEEP), a_service("two", SLEEP)]

    with Supervisor(services) as running:
        processes = [told(service.log_file) for service in services]
        running.check()
        lived = [alive(process) for process in processes]

    assert lived == [True, True]
    assert [alive(process) for process in processes] == [False, False]


def test_what_a_service_started_ends_with_it(a_service):
    service = a_service("family", FAMILY)

    with Supervisor([service]):
        grandchild = told(service.log_file)

    wait_until(lambda: not alive(grandchild))


def test_a_failure_inside_ends_the_services_too(a_service):
    service = a_service("one", SLEEP)

    def fail() -> None:
        with Supervisor([service]):
            told(service.log_file)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert not alive(told(service.log_file))


def test_a_service_that_cannot_be_started_ends_those_that_were(a_service, tmp_path):
    good, bad = a_service("good", SLEEP), a_service("bad", SLEEP)
    (tmp_path / "file").touch()
    bad.log_file = tmp_path / "file" / "bad.log"

    with pytest.raises(OSError, match="file"), Supervisor([good, bad]):
        pass

    assert good.process.poll() is not None


def test_a_service_gets_its_environment_and_writes_its_log(a_service):
    service = a_service(
        "speaker", "import os, sys; print(os.environ['WORD'], file=sys.stderr)", WORD="bonjour"
    )

    with Supervisor([service]):
        service.process.wait(20)

    assert service.log_file.read_text() == "bonjour\n"


def test_a_service_that_ends_at_once_is_a_failure_with_the_end_of_its_log(a_service):
    service = a_service("broken", "import sys; print('the port is taken'); sys.exit(3)")

    with Supervisor([service]) as running:
        service.process.wait(20)
        with pytest.raises(ServiceFailed) as failure:
            running.check()

    assert "broken ended with status 3:\nthe port is taken\n" in str(failure.value)
    assert str(service.log_file) in str(failure.value)


def test_a_command_that_does_not_exist_is_a_failure_that_names_it(a_service):
    service = a_service("ghost", "")
    service.command = ["no-such-command"]

    with Supervisor([service]) as running:
        service.process.wait(20)
        with pytest.raises(ServiceFailed, match="no-such-command"):
            running.check()


def test_a_service_that_ends_after_a_while_is_started_again(a_service):
    service = a_service("mortal", SLEEP)

    with Supervisor([service]) as running:
        first = told(service.log_file)
        service.started -= SHORTEST_LIFE
        os.kill(first, signal.SIGKILL)
        service.process.wait(20)
        running.check()
        wait_until(lambda: told(service.log_file) != first)
        second = told(service.log_file)
        lived = alive(second)

    assert lived
    assert not alive(second)


def test_a_killed_supervisor_leaves_no_process(tmp_path):
    supervisor = subprocess.Popen(
        [sys.executable, "-c", SUPERVISE, str(tmp_path), SLEEP, FAMILY], stdout=subprocess.PIPE
    )
    with supervisor:
        assert supervisor.stdout.readline() == b"started\n"
        processes = [told(tmp_path / "0.log"), told(tmp_path / "1.log")]
        started = psutil.Process(supervisor.pid).children(recursive=True)

        supervisor.kill()

    wait_until(lambda: not any(alive(process) for process in processes))
    wait_until(lambda: not any(alive(process.pid) for process in started))


def test_a_service_whose_supervisor_was_killed_before_it_could_look_ends_too(tmp_path):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    log = tmp_path / "log"

    with log.open("w") as output:
        companion = subprocess.Popen(
            [
                *(sys.executable, "-m", "rakuten_mlops.stack.companion", str(gone.pid)),
                *(sys.executable, "-c", SLEEP),
            ],
            stdout=output,
            start_new_session=True,
        )

    assert companion.wait(20) == -signal.SIGKILL
    wait_until(lambda: not log.read_text() or not alive(told(log)))


def test_a_companion_ends_as_its_command_does():
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "rakuten_mlops.stack.companion", str(os.getpid())),
            *(sys.executable, "-c", "import sys; sys.exit(5)"),
        ],
        check=False,
    )

    assert ended.returncode == 5


def test_a_taken_port_is_named_with_who_needs_it():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(ServiceFailed, match=f"Port {port}, which MLflow needs, is in use"):
            refuse_taken_ports({"MLflow": port})


def test_free_ports_are_no_reason_to_stop():
    with socket.create_server(("127.0.0.1", 0)) as once:
        port = once.getsockname()[1]

    refuse_taken_ports({"MLflow": port})


def test_the_tail_of_a_log_is_its_last_lines_whatever_bytes_it_holds(tmp_path):
    log = tmp_path / "log"
    log.write_bytes(b"\n".join(b"line %d" % n for n in range(100)) + b"\n\xff\n")

    assert tail(log, lines=3) == "line 98\nline 99\n\ufffd"
