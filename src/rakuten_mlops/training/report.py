"""A scorecard for the eyes: the confusion matrix as a picture, the categories as a table."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from rakuten_mlops.training.scorecard import Scorecard

# Inches. matplotlib's own layouts draw everything once to measure it.
CELL = 0.3
LEAST_SIDE = 3.0
MARGIN = 0.5
CODES = 0.9
# To the inch.
POINTS = 72


def write_report(scorecard: Scorecard, names: Mapping[int, str], folder: Path) -> Path:
    """Write `confusion.png` and `categories.csv` into a folder and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    picture = draw_confusion(scorecard, names)
    # The smallest file would take as long as drawing it.
    picture.savefig(folder / "confusion.png", dpi=110, pil_kwargs={"compress_level": 3})
    write_categories(scorecard, names, folder / "categories.csv")
    return folder


def draw_confusion(scorecard: Scorecard, names: Mapping[int, str]) -> Figure:
    """Draw which share of each category's listings (a row) was given which category (a column)."""
    codes, counts = scorecard.confusion
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    labels = [f"{names.get(code, '')[:34]} {code}" for code in codes]
    figure, axes = _canvas(max(LEAST_SIDE, CELL * len(codes)), _width(labels))
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(codes)), [str(code) for code in codes], rotation=90)
    axes.set_yticks(range(len(codes)), labels, parse_math=False)
    axes.set_title(
        f"macro-F1 {scorecard.macro_f1:.3f} on {scorecard.holdout.rows:,} holdout listings"
    )
    edge = 0.1
    figure.supxlabel("given category; a row adds up to 100 %", y=edge / figure.get_figheight())
    figure.supylabel("true category", x=edge / figure.get_figwidth())
    for row, column in zip(*np.nonzero(shares >= 0.05), strict=True):
        shade = "white" if shares[row, column] > 0.5 else "black"
        share = f"{shares[row, column]:.0%}"
        axes.text(column, row, share, ha="center", va="center", color=shade, fontsize=6)
    return figure


def _canvas(side: float, labels: float) -> tuple[Figure, Axes]:
    """A figure with a square in it that leaves so much room for labels at its left."""
    left, bottom = MARGIN + labels, CODES
    width, height = left + side + MARGIN, bottom + side + MARGIN
    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    square = (left / width, bottom / height, side / width, side / height)
    return figure, figure.add_axes(square)


def _width(labels: Sequence[str]) -> float:
    """Inches that the longest label takes."""
    font, renderer = FontProperties(), RendererAgg(1, 1, dpi=POINTS)
    sizes = (renderer.get_text_width_height_descent(label, font, ismath=False) for label in labels)
    return max(width for width, *_ in sizes) / POINTS


def write_categories(scorecard: Scorecard, names: Mapping[int, str], path: Path) -> None:
    """Write one line per category, weakest first."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow(["prdtypecode", "category", "precision", "recall", "f1", "support"])
        for code, score in sorted(scorecard.categories.items(), key=lambda item: item[1].f1):
            figures = (f"{value:.4f}" for value in (score.precision, score.recall, score.f1))
            table.writerow([code, names.get(code, ""), *figures, score.support])
