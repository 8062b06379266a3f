"""The table of a run: shown, kept as JSON, and written into the README between its markers."""

import json
import math
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table

START, END = "<!-- table -->", "<!-- /table -->"
HEAD = ("figure", "measured", "unit", "ours", "peer", "peer's", "ratio", "floor", "met")
COLOURS = {True: "green", False: "red", None: ""}

Entry = dict[str, Any]
"""A row as JSON holds it: `Row.summary()` with its `data`, `date` and `commit`."""


def merge(known: list[Entry], new: list[Entry]) -> list[Entry]:
    """Put new rows in the place of those of the same catalogue and figure; the rest stays."""
    blocks = _blocks(known) | _blocks(new)
    return [entry for block in blocks.values() for entry in block]


def _blocks(entries: list[Entry]) -> dict[tuple[str, str], list[Entry]]:
    blocks: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        blocks.setdefault((entry["data"], entry["figure"]), []).append(entry)
    return blocks


def write(machine: dict[str, Any], entries: list[Entry], path: Path) -> list[Entry]:
    """Write the rows, with those that the same machine measured before; return all of them."""
    known = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
    if known and all(known["machine"][part] == machine[part] for part in ("cpu", "cores")):
        entries = merge(known["rows"], entries)
    text = json.dumps({"machine": machine, "rows": entries}, indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")
    return entries


def shown(entries: list[Entry]) -> Table:
    """The table for a terminal, a section for each figure."""
    table = Table(*HEAD, box=box.SIMPLE_HEAD, title="ratio: how many times better ours is")
    for column in table.columns[2:]:
        column.justify = "right"
    table.columns[4].justify = "left"
    table.columns[0].no_wrap = table.columns[4].no_wrap = True
    previous = entries[0]
    for entry in entries:
        if entry["figure"] != previous["figure"]:
            table.add_section()
        table.add_row(*_cells(entry), style=COLOURS[entry["met"]])
        previous = entry
    return table


def write_readme(machine: dict[str, Any], entries: list[Entry], readme: Path) -> None:
    """Replace what stands between the markers."""
    before, _, rest = readme.read_text(encoding="utf-8").partition(START)
    _, _, after = rest.partition(END)
    text = "\n".join(_markdown(machine, entries))
    readme.write_text(f"{before}{START}\n{text}\n{END}{after}", encoding="utf-8")


def _markdown(machine: dict[str, Any], entries: list[Entry]) -> list[str]:
    libraries = ", ".join(f"{name} {number}" for name, number in machine["libraries"].items())
    machine_line = (
        f"{machine['cores']} cores of {machine['cpu']}, {machine['memory_gib']} GiB, "
        f"{machine['system']}; Python {machine['python']}, {libraries}."
    )
    lines = [machine_line]
    for data in dict.fromkeys(entry["data"] for entry in entries):
        own = [entry for entry in entries if entry["data"] == data]
        days = " and ".join(sorted({f"{each['date']} at {each['commit']}" for each in own}))
        lines += ["", f"Catalogue: {data} (listings x categories); {days}.", ""]
        lines += [f"| {' | '.join(HEAD)} |", f"|{' --- |' * len(HEAD)}"]
        lines += [f"| {' | '.join(_cells(entry))} |" for entry in own]
    return lines


def _cells(entry: Entry) -> list[str]:
    measured = ", ".join(filter(None, (entry["measured"], entry["note"])))
    return [
        entry["figure"],
        measured,
        entry["unit"],
        _number(entry["ours"]),
        entry["peer_name"],
        _number(entry["peer"]),
        _times(entry["ratio"]),
        _times(entry["floor"]),
        {True: "yes", False: "NO", None: ""}[entry["met"]],
    ]


def _number(value: float | None) -> str:
    """Four digits, in full."""
    if value is None:
        return ""
    if value == int(value):
        return f"{value:,.0f}"
    decimals = max(0, min(4, 3 - math.floor(math.log10(abs(value)))))
    return f"{value:,.{decimals}f}"


def _times(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.3g}x"
