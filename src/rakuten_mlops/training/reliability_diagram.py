"""A reliability diagram: confidence beside what came true."""

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from rakuten_mlops.training.calibration import Flags, Floats
from rakuten_mlops.training.reliability import reliability

BLUE, PALE, GREY = "#08519c", "#9ecae1", "#737373"


def draw_reliability(confidence: Floats, right: Flags, accepted: Flags) -> Figure:
    """Draw how often answers were right by how sure they were, and how many there are of each.

    Takes confidence, whether the answer was right and whether it was accepted, (rows,) each.
    """
    found = reliability(confidence, right)
    figure = Figure(figsize=(6, 7), layout="constrained")
    FigureCanvasAgg(figure)
    curve, counts = figure.subplots(2, height_ratios=(3, 1), sharex=True)
    curve.plot([0, 1], [0, 1], color=GREY, linestyle="--", label="as sure as right")
    curve.plot(found.confidence, found.precision, color=BLUE, marker="o", label="listings")
    curve.set(xlim=(0, 1), ylim=(0, 1.02), ylabel="share that was right")
    curve.set_title(f"calibration error {found.error:.3f} on {len(right):,} holdout listings")
    curve.legend(loc="upper left")
    counts.hist(
        [confidence[accepted], confidence[~accepted]],
        bins=np.linspace(0, 1, 21).tolist(),
        color=[BLUE, PALE],
        label=["accepted", "for review"],
        stacked=True,
    )
    counts.set(xlabel="confidence", ylabel="listings")
    counts.legend(loc="upper left")
    return figure
