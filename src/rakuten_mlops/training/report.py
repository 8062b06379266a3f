"""A scorecard for the eyes: the confusion matrix as a picture, the categories as a table."""

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from rakuten_mlops.training.scorecard import Scorecard


def write_report(scorecard: Scorecard, names: Mapping[int, str], folder: Path) -> Path:
    """Write `confusion.png` and `categories.csv` into a folder and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    draw_confusion(scorecard, names).savefig(folder / "confusion.png", dpi=110)
    write_categories(scorecard, names, folder / "categories.csv")
    return folder


def draw_confusion(scorecard: Scorecard, names: Mapping[int, str]) -> Figure:
    """Draw which share of each category's listings (a row) was given which category (a column)."""
    codes, counts = scorecard.confusion
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    size = 4 + 0.3 * len(codes)
    figure = Figure(figsize=(size + 3, size), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(codes)), [str(code) for code in codes], rotation=90)
    axes.set_yticks(range(len(codes)), [f"{names.get(code, '')[:34]} {code}" for code in codes])
    axes.set_xlabel("given category")
    axes.set_ylabel("true category")
    axes.set_title(
        f"macro-F1 {scorecard.macro_f1:.3f} on {scorecard.holdout.rows:,} holdout listings"
    )
    figure.colorbar(image, ax=axes, shrink=0.6, label="share of the true category")
    for row, column in zip(*np.nonzero(shares >= 0.05), strict=True):
        shade = "white" if shares[row, column] > 0.5 else "black"
        share = f"{shares[row, column]:.0%}"
        axes.text(column, row, share, ha="center", va="center", color=shade, fontsize=6)
    return figure


def write_categories(scorecard: Scorecard, names: Mapping[int, str], path: Path) -> None:
    """Write one line per category, weakest first."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow(["prdtypecode", "category", "precision", "recall", "f1", "support"])
        for code, score in sorted(scorecard.categories.items(), key=lambda item: item[1].f1):
            figures = (f"{value:.4f}" for value in (score.precision, score.recall, score.f1))
            table.writerow([code, names.get(code, ""), *figures, score.support])
