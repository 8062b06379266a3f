"""The flow of the system as a picture: one card per stage, and the way back. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

STYLE = """
<style>
.flow { display: flex; flex-wrap: wrap; gap: .75rem 1.35rem; overflow: clip; }
.flow > div { position: relative; flex: 1 1 7rem; padding: .7rem .75rem;
              border: 1px solid color-mix(in srgb, currentColor 18%, transparent);
              border-top: 3px solid var(--mark); border-radius: .5rem; }
.flow > div:not(:last-child)::after { content: "→"; position: absolute; right: -1.2rem; top: 42%;
              opacity: .6; }
.flow .stage { font-size: .75rem; letter-spacing: .05em; text-transform: uppercase; opacity: .7; }
.flow .headline { font-size: 1.05rem; font-weight: 600; margin: .2rem 0; line-height: 1.3; }
.flow .note { font-size: .84rem; line-height: 1.4; opacity: .85; }
.flow .good { --mark: #3f9a6b; } .flow .idle { --mark: #8a99a8; }
.flow .busy { --mark: #3d8bd0; } .flow .bad { --mark: #d0573f; }
.flow-back { border: 1px dashed color-mix(in srgb, currentColor 30%, transparent);
             border-top: 0; border-radius: 0 0 .5rem .5rem; margin: .6rem 8% 0; padding: .35rem;
             text-align: center; font-size: .84rem; opacity: .8; }
</style>
"""


@dataclass(frozen=True)
class Stage:
    """One stage of the flow: its state in two words, and a line about it."""

    name: str
    headline: str
    note: str
    state: Literal["good", "busy", "idle", "bad"] = "good"


def picture(stages: Sequence[Stage], *, way_back: str) -> str:
    """The stages in their order, as HTML that wraps on a narrow screen."""
    cards = "".join(_card(stage) for stage in stages)
    back = f'<div class="flow-back">↺ {escape(way_back)}</div>'
    return f'{STYLE}<div class="flow" role="list">{cards}</div>{back}'


def _card(stage: Stage) -> str:
    return (
        f'<div role="listitem" class="{stage.state}"><div class="stage">{escape(stage.name)}</div>'
        f'<div class="headline">{escape(stage.headline)}</div>'
        f'<div class="note">{escape(stage.note)}</div></div>'
    )
