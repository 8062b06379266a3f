"""What several workers take together, by the standard names of a process.

With one worker `prometheus_client` tells this by itself; it knows no other process than its own.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from prometheus_client import ProcessCollector
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

TOGETHER = {
    "process_cpu_seconds": sum,
    "process_resident_memory_bytes": sum,
    "process_virtual_memory_bytes": sum,
    # Each has a limit of its own: the fullest one and its limit are what matters.
    "process_open_fds": max,
    "process_max_fds": min,
    # It changes when any worker was started again.
    "process_start_time_seconds": max,
}


class WorkerProcesses(Collector):
    """The workers whose figures lie in a folder, as far as they live."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterable[Metric]:
        """One family a figure, of all workers together, and how many there are."""
        workers = self._workers()
        families = [{family.name: family for family in _of_process(pid)} for pid in workers]
        for name, together in TOGETHER.items():
            found = [each[name] for each in families if name in each]
            if found:
                values = [sample.value for each in found for sample in each.samples]
                whole = Metric(name, found[0].documentation, found[0].type)
                whole.add_sample(found[0].samples[0].name, {}, together(values))
                yield whole
        yield GaugeMetricFamily("rakuten_workers", "Processes that answer.", value=len(workers))

    def _workers(self) -> list[int]:
        """Processes that counted something, and were started by whoever started this one."""
        known = {int(file.stem.rpartition("_")[2]) for file in self._folder.glob("*.db")}
        return sorted(pid for pid in known if _parent(pid) == os.getppid())


def _of_process(pid: int) -> Iterable[Metric]:
    return ProcessCollector(pid=lambda: pid, registry=None).collect()


def _parent(pid: int) -> int | None:
    """Who started a process; None if it is gone, or where there is no /proc."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    # The name, in parentheses, may hold anything.
    return int(stat.rpartition(")")[2].split()[1])
