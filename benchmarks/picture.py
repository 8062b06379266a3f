"""The ratios as bars beside their floors, on a logarithmic axis."""

from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

COLOURS = {True: "#2a9d6f", False: "#d1495b", None: "#8d99ae"}
MEANINGS = {True: "floor met", False: "floor missed", None: "no floor"}
INK = "#22303c"
BAR_HEIGHT = 0.27


def draw(entries: list[dict[str, Any]], path: Path) -> None:
    """Draw every row that has a ratio, one panel a catalogue."""
    drawn = [entry for entry in entries if entry["ratio"]]
    panels = {data: [e for e in drawn if e["data"] == data] for data in _names(drawn)}
    heights = [len(rows) + 2.5 for rows in panels.values()]
    figure, axes = plt.subplots(
        len(panels),
        squeeze=False,
        sharex=True,
        figsize=(11, BAR_HEIGHT * sum(heights) + 1.2),
        height_ratios=heights,
        layout="constrained",
    )
    for ax, (data, rows) in zip(axes[:, 0], panels.items(), strict=True):
        _panel(ax, data, rows)
    axes[-1, 0].set_xlabel("times better than the peer (logarithmic)", color=INK)
    figure.legend(handles=_legend(drawn), loc="outside upper right", ncols=4, frameon=False)
    figure.savefig(path, dpi=130, metadata={"Software": None})
    plt.close(figure)


def _names(drawn: list[dict[str, Any]]) -> dict[str, None]:
    return dict.fromkeys(entry["data"] for entry in drawn)


def _panel(ax: Axes, data: str, rows: list[dict[str, Any]]) -> None:
    places = range(len(rows))
    ratios = [row["ratio"] for row in rows]
    ax.barh(places, [r - 1 for r in ratios], left=1, color=[COLOURS[r["met"]] for r in rows])
    for place, row in zip(places, rows, strict=True):
        if row["floor"]:
            ax.plot([row["floor"]] * 2, [place - 0.45, place + 0.45], color=INK, linewidth=2)
        end = max(row["ratio"], row["floor"] or 0, 1)
        ax.text(end * 1.04, place, f"{row['ratio']:.2f}x", va="center", fontsize=8, color=INK)
    ax.set_xscale("log")
    ax.set_xlim(min(0.5, *ratios) * 0.9, max(*ratios, 2) * 1.6)
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}x")
    ax.set_yticks(places, [_label(row) for row in rows], fontsize=8)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.axvline(1, color=INK, linewidth=0.8)
    ax.grid(axis="x", color="#e3e8ee", linewidth=0.7)
    ax.set_axisbelow(True)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.set_title(data, loc="left", fontsize=10, color=INK, fontweight="bold")


def _label(row: dict[str, Any]) -> str:
    return f"{row['figure']}: {row['measured']}\N{EN DASH}{row['peer_name']}".replace(
        "\N{EN DASH}", " / "
    )


def _legend(drawn: list[dict[str, Any]]) -> list[Any]:
    seen = [met for met in MEANINGS if any(entry["met"] is met for entry in drawn)]
    bars = [Patch(color=COLOURS[met], label=MEANINGS[met]) for met in seen]
    return [*bars, Line2D([], [], color=INK, linewidth=2, label="floor")]
