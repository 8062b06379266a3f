"""The ratios as bars beside their floors, on a logarithmic axis."""

from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from benchmarks.table import Entry

COLOURS = {True: "#2a9d6f", False: "#d1495b", None: "#8d99ae"}
MEANINGS = {True: "floor met", False: "floor missed", None: "no floor"}
INK = "#22303c"
ROW = 0.26
GAP = 1.3
TICKS = (0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 50, 100)


def draw(entries: list[Entry], path: Path) -> None:
    """Draw every row that has a ratio: a panel a catalogue, a block a figure."""
    drawn = [entry for entry in entries if entry["ratio"]]
    panels = _by(drawn, "data")
    heights = [len(rows) + GAP * len(_by(rows, "figure")) for rows in panels.values()]
    figure, axes = plt.subplots(
        len(panels),
        squeeze=False,
        sharex=True,
        figsize=(11, ROW * sum(heights) + 1.5),
        height_ratios=heights,
        layout="constrained",
    )
    ratios = [value for entry in drawn for value in (entry["ratio"], entry["floor"]) if value]
    for ax, (data, rows) in zip(axes[:, 0], panels.items(), strict=True):
        _panel(ax, data, rows)
        ax.set_xlim(min(0.5, *ratios) * 0.85, max(2, *ratios) * 1.5)
    axes[-1, 0].set_xlabel("times better than the peer (logarithmic)", color=INK)
    figure.legend(handles=_legend(drawn), loc="outside upper right", ncols=4, frameon=False)
    figure.savefig(path, dpi=110, metadata={"Software": None})
    plt.close(figure)


def _by(rows: list[Entry], part: str) -> dict[str, list[Entry]]:
    """Rows by what they share, in their order."""
    return {name: [row for row in rows if row[part] == name] for name in _names(rows, part)}


def _names(rows: list[Entry], part: str) -> list[str]:
    return list(dict.fromkeys(row[part] for row in rows))


def _panel(ax: Axes, data: str, rows: list[Entry]) -> None:
    place, ticks = 0.0, []
    for figure, block in _by(rows, "figure").items():
        ticks.append((place, figure))
        for row in block:
            place += 1
            _bar(ax, place, row)
            ticks.append((place, f"{row['measured']}  vs  {row['peer_name']}"))
        place += GAP
    places, labels = zip(*ticks, strict=True)
    ax.set_yticks(places, labels, fontsize=8, color=INK)
    for (_, text), label in zip(ticks, ax.get_yticklabels(), strict=True):
        label.set_fontweight("bold" if text in _names(rows, "figure") else "normal")
    ax.set_ylim(place - GAP + 0.8, -0.8)
    _dress(ax, data)


def _bar(ax: Axes, place: float, row: Entry) -> None:
    ratio, floor = row["ratio"], row["floor"]
    ax.barh(place, ratio - 1, left=1, height=0.74, color=COLOURS[row["met"]])
    if floor:
        ax.plot([floor] * 2, [place - 0.45, place + 0.45], color=INK, linewidth=2)
    text = ax.annotate(
        f"{ratio:.3g}x",
        (max(ratio, 1), place),
        xytext=(4, 0),
        textcoords="offset points",
        va="center",
        fontsize=8,
        color=INK,
    )
    text.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.85})


def _dress(ax: Axes, data: str) -> None:
    ax.set_xscale("log")
    ax.set_xticks(TICKS, [f"{tick:g}x" for tick in TICKS])
    ax.minorticks_off()
    ax.axvline(1, color=INK, linewidth=0.8)
    ax.grid(axis="x", color="#e3e8ee", linewidth=0.7)
    ax.set_axisbelow(True)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.set_title(data, loc="left", fontsize=11, color=INK, fontweight="bold")


def _legend(drawn: list[Entry]) -> list[Any]:
    seen = [met for met in MEANINGS if any(entry["met"] is met for entry in drawn)]
    bars = [Patch(color=COLOURS[met], label=MEANINGS[met]) for met in seen]
    return [*bars, Line2D([], [], color=INK, linewidth=2, label="floor")]
