"""Formulas as MathML, which browsers draw by themselves: no script, no font from elsewhere."""

from typing import Any

from latex2mathml.converter import convert


def draw(source: str, *_: Any, **__: Any) -> str:
    """A block of LaTeX as HTML, for the fence `math`."""
    return f'<div class="formula">{convert(source, display="block")}</div>'
