"""Plots as SVG, in the colours of the page. Pure."""

from collections.abc import Sequence
from html import escape

from rakuten_mlops.monitoring.drift.report import AccuracyEstimate, Bin, TestResult

# Bins that are drawn of a feature of many kinds, those that changed most.
MOST_BARS = 12
WIDTH = 560


def draw_bars(bins: Sequence[Bin]) -> str:
    """Kinds: two bars each, the reference's above today's."""
    if len(bins) > MOST_BARS:
        bins = sorted(bins, key=lambda each: -abs(each.current - each.reference))[:MOST_BARS]
    top = max((max(each.reference, each.current) for each in bins), default=0) or 1
    left, row = 210, 34
    room = WIDTH - left - 60
    parts = []
    for place, each in enumerate(bins):
        y = place * row
        label = each.label if len(each.label) <= 32 else f"{each.label[:31]}…"
        parts.append(_text(left - 10, y + 17, label, anchor="end"))
        for share, name, down in ((each.reference, "before", 3), (each.current, "now", 15)):
            length = max(1.0, room * share / top)
            parts.append(_rect(left, y + down, length, 10, name))
            parts.append(_text(left + length + 6, y + down + 9, _percent(share), small=True))
    return _svg(len(bins) * row, parts)


def draw_histogram(bins: Sequence[Bin]) -> str:
    """An ordered feature: today's share of each bin over the reference's."""
    top = max((max(each.reference, each.current) for each in bins), default=0) or 1
    height, left = 120, 10
    step = (WIDTH - 2 * left) / max(1, len(bins))
    parts = []
    for place, each in enumerate(bins):
        x = left + place * step
        for share, name in ((each.reference, "before"), (each.current, "now")):
            tall = height * share / top
            inset = 0.08 if name == "before" else 0.28
            width = step * (1 - 2 * inset)
            parts.append(_rect(x + step * inset, height - tall + 4, width, tall, name))
    ends = (_short(bins[0].label), _short(bins[-1].label)) if bins else ("", "")
    parts.append(_text(left, height + 22, ends[0], small=True))
    parts.append(_text(WIDTH - left, height + 22, ends[1], small=True, anchor="end"))
    return _svg(height + 30, parts)


def draw_strip(test: TestResult) -> str:
    """A test's value, beside what noise reaches, and from where on it matters."""
    width, height = 200, 26
    low = 0.5 if test.measure == "AUC" else 0.0
    top = max(test.value, test.threshold, test.floor) * 1.1 if low == 0 else 1.0

    def place(value: float) -> float:
        return max(0.0, min(1.0, (value - low) / (top - low))) * (width - 12) + 6

    kind = {"drift": "bad", "watch": "warn"}.get(test.state, "good")
    parts = [
        _rect(6, 11, width - 12, 4, "rail"),
        _rect(6, 11, place(test.threshold) - 6, 4, "noise"),
        _rect(place(test.floor) - 0.75, 6, 1.5, 14, "mark"),
        f'<circle cx="{place(test.value):.1f}" cy="13" r="5.5" class="{kind}"/>',
    ]
    label = f"{test.value:.3f}; noise up to {test.threshold:.3f}; matters from {test.floor:g}"
    return _svg(height, parts, width=width, label=label)


def draw_accuracy(found: AccuracyEstimate) -> str:
    """The estimate and its interval, what was true on the reference, what reviewers say."""
    values = [found.low, found.high, found.reference]
    if found.live:
        values += [found.live.low, found.live.high]
    low = max(0.0, min(values) - 0.05)
    high = min(1.0, max(values) + 0.05)
    left = 150

    def place(value: float) -> float:
        return left + (value - low) / (high - low) * (WIDTH - left - 60)

    rows: list[tuple[str, float, float, float, str]] = [
        ("On the reference", found.reference, found.reference, found.reference, "before"),
        ("Now, estimated", found.estimate, found.low, found.high, "now"),
    ]
    if found.live:
        rows.append(("By reviewers", found.live.precision, found.live.low, found.live.high, "live"))
    parts = []
    for number, (label, value, start, end, name) in enumerate(rows):
        y = 18 + number * 34
        parts.append(_text(left - 14, y + 4, label, anchor="end"))
        parts.append(_rect(left, y - 1, WIDTH - left - 60, 2, "rail"))
        parts.append(_rect(place(start), y - 4, max(1.0, place(end) - place(start)), 8, name))
        parts.append(f'<circle cx="{place(value):.1f}" cy="{y}" r="6" class="{name}"/>')
        parts.append(_text(WIDTH - 50, y + 4, _percent(value)))
    return _svg(len(rows) * 34 + 4, parts)


def draw_history(values: Sequence[float], *, low: float, high: float) -> str:
    """A line through values, oldest first."""
    width, height = WIDTH, 70
    span = (high - low) or 1.0
    step = (width - 20) / max(1, len(values) - 1)
    points = [
        (10 + place * step, 8 + (1 - (value - low) / span) * (height - 16))
        for place, value in enumerate(values)
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" class="now"/>' for x, y in points]
    return _svg(height, [f'<polyline points="{line}" class="line"/>', *dots])


def _svg(height: float, parts: Sequence[str], *, width: int = WIDTH, label: str = "") -> str:
    role = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    return (
        f'<svg viewBox="0 0 {width} {height:.0f}" width="{width}" height="{height:.0f}" {role}>'
        f"{''.join(parts)}</svg>"
    )


def _rect(x: float, y: float, width: float, height: float, name: str) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(0.0, width):.1f}" '
        f'height="{max(0.0, height):.1f}" rx="2" class="{name}"/>'
    )


def _text(x: float, y: float, text: str, *, anchor: str = "start", small: bool = False) -> str:
    name = ' class="small"' if small else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{name}>{escape(text)}</text>'


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _short(label: str) -> str:
    return label.replace("up to ", "≤ ").replace("more than ", "> ")
