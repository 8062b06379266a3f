import numpy as np

from rakuten_mlops.training.reliability import reliability
from rakuten_mlops.training.reliability_diagram import draw_reliability


def test_the_diagram_shows_the_curve_and_every_listing(tmp_path):
    draw = np.random.default_rng(1)
    confidence = draw.beta(3, 1, 1_000)
    right = draw.random(1_000) < confidence
    accepted = confidence > 0.8

    figure = draw_reliability(confidence, right, accepted)
    figure.savefig(tmp_path / "reliability.png")

    curve, counts = figure.axes
    found = reliability(confidence, right)
    line = next(each for each in curve.lines if each.get_label() == "listings")
    assert np.array_equal(line.get_xdata(), found.confidence)
    assert np.array_equal(line.get_ydata(), found.precision)
    sizes = [sum(bar.get_height() for bar in bars) for bars in counts.containers]
    assert sizes == [accepted.sum(), (~accepted).sum()]
    assert f"{found.error:.3f}" in curve.get_title()
    assert (tmp_path / "reliability.png").read_bytes().startswith(b"\x89PNG")
