"""The table of a run: shown, kept as JSON, and written into the README between its markers."""

import json
from pathlib import Path
from typing import Any

from rich.table import Table

START, END = "<!-- table -->", "<!-- /table -->"
HEAD = ("figure", "measured", "ours", "peer", "peer's", "ratio", "floor", "met")

Entry = dict[str, Any]
"""A row as JSON holds it: `Row.summary()` with its `data`, `date` and `commit`."""


def merge(known: list[Entry], new: list[Entry]) -> list[Entry]:
    """Put new rows in the place of those of the same catalogue and figure; the rest stays."""
    measured = {_key(entry) for entry in new}
    return [entry for entry in known if _key(entry) not in measured] + new


def _key(entry: Entry) -> tuple[str, str]:
    return entry["data"], entry["figure"]


def write(machine: dict[str, Any], entries: list[Entry], path: Path) -> list[Entry]:
    """Write the rows, with those that the same machine measured before; return all of them."""
    known = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
    if known and all(known["machine"][part] == machine[part] for part in ("cpu", "cores")):
        entries = merge(known["rows"], entries)
    text = json.dumps({"machine": machine, "rows": entries}, indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")
    return entries


def shown(entries: list[Entry]) -> Table:
    """The table for a terminal."""
    table = Table(*HEAD, title="times better than the peer")
    for column in table.columns[2:]:
        column.justify = "right"
    for entry in entries:
        colour = {True: "green", False: "red", None: ""}[entry["met"]]
        table.add_row(*_cells(entry), style=colour)
    return table


def write_readme(machine: dict[str, Any], entries: list[Entry], readme: Path) -> None:
    """Replace what stands between the markers."""
    before, _, rest = readme.read_text(encoding="utf-8").partition(START)
    _, _, after = rest.partition(END)
    text = "\n".join(_markdown(machine, entries))
    readme.write_text(f"{before}{START}\n{text}\n{END}{after}", encoding="utf-8")


def _markdown(machine: dict[str, Any], entries: list[Entry]) -> list[str]:
    libraries = ", ".join(f"{name} {number}" for name, number in machine["libraries"].items())
    lines = [
        f"{machine['cores']} cores of {machine['cpu']}, {machine['memory_gib']} GiB, "
        f"{machine['system']}; Python {machine['python']}, {libraries}."
    ]
    for data in dict.fromkeys(entry["data"] for entry in entries):
        own = [entry for entry in entries if entry["data"] == data]
        days = " and ".join(sorted({f"{each['date']} at {each['commit'][:12]}" for each in own}))
        lines += ["", f"Catalogue: {data} (listings x categories); {days}.", ""]
        lines += [f"| {' | '.join(HEAD)} |", f"|{' --- |' * len(HEAD)}"]
        lines += [f"| {' | '.join(_cells(entry))} |" for entry in own]
    return lines


def _cells(entry: Entry) -> list[str]:
    note = entry["note"]
    return [
        entry["figure"],
        entry["measured"] + (f" ({note})" if note else ""),
        _number(entry["ours"], entry["unit"]),
        entry["peer_name"],
        _number(entry["peer"], entry["unit"]),
        _number(entry["ratio"], "x"),
        _number(entry["floor"], "x"),
        {True: "yes", False: "NO", None: ""}[entry["met"]],
    ]


def _number(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    digits = 0 if value >= 1_000 or value == int(value) else 1 if value >= 100 else 2
    if value < 1 or unit == "":
        digits = 4 if unit == "" else max(digits, 2) if value else 0
    return f"{value:,.{digits}f} {unit}".replace(" x", "x").strip()
