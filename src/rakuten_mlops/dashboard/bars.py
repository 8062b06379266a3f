"""A list of named figures between 0 and 1, each with its bar. Pure: rows in, HTML out.

Streamlit's tables cut a long name off; these lines wrap.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

STYLE = """
<style>
.bars > div { display: grid; grid-template-columns: minmax(0, 1fr) 6.5rem 3.2rem; gap: .9rem;
              align-items: center; padding: .4rem 0; font-size: .92rem; line-height: 1.35;
              border-bottom: 1px solid color-mix(in srgb, currentColor 12%, transparent); }
.bars > div:last-child { border-bottom: 0; }
.bars small { opacity: .65; margin-left: .35rem; white-space: nowrap; }
.bars .track { height: .45rem; border-radius: .25rem; overflow: hidden;
               background: color-mix(in srgb, currentColor 14%, transparent); }
.bars .track div { height: 100%; background: #3d8bd0; }
.bars .value { text-align: right; font-variant-numeric: tabular-nums; }
</style>
"""


@dataclass(frozen=True)
class Bar:
    """A name, a note beside it, and its figure."""

    name: str
    note: str
    value: float


def bar_list(bars: Sequence[Bar], *, digits: int) -> str:
    """The bars below one another."""
    return f'{STYLE}<div class="bars">{"".join(_line(bar, digits) for bar in bars)}</div>'


def _line(bar: Bar, digits: int) -> str:
    width = 100 * min(max(bar.value, 0.0), 1.0)
    return (
        f"<div><div>{escape(bar.name)}<small>{escape(bar.note)}</small></div>"
        f'<div class="track"><div style="width:{width:.1f}%"></div></div>'
        f'<div class="value">{bar.value:.{digits}f}</div></div>'
    )
