"""What several pages show the same way: verdicts, moves, scores by category."""

from typing import Any

import streamlit as st

from rakuten_mlops.client.answers import Move, VersionList
from rakuten_mlops.dashboard import reader, verdict
from rakuten_mlops.dashboard.reader import say

PRODUCTION = "Production"


def production_move(versions: VersionList) -> Move | None:
    """The move that put the present version into production."""
    return next((move for move in versions["moves"] if move["alias"] == PRODUCTION), None)


def show_move(move: Move) -> None:
    """Who moved an alias, when and why, as a sentence."""
    values = {
        "by": move["by"],
        "target": move["target"],
        "alias": move["alias"],
        "since": reader.since(move["at"]),
    }
    if move["source"]:
        st.markdown(say("move.instead", source=move["source"], **values))
    else:
        st.markdown(say("move.first", **values))
    # As text: a reason is what a user typed, not Markdown.
    st.text(say("move.why", why=verdict.told(move["why"], reader.words())))


def show_verdict(found: dict[str, Any] | None) -> None:
    """What the gate decided about a version, with its reasons."""
    if found is None:
        st.caption(say("verdict.none"))
        return
    if found["promote"]:
        st.badge(say("verdict.promote"), color="green", icon=":material/check:")
    else:
        st.badge(say("verdict.keep"), color="orange", icon=":material/block:")
    words = reader.words()
    st.markdown("\n".join(f"- {verdict.told(reason, words)}" for reason in found["reasons"]))
    if found.get("gain") is not None:
        _show_gain(found)


def _show_gain(found: dict[str, Any]) -> None:
    words = reader.words()
    st.caption(
        say(
            "verdict.gain",
            challenger=words.score(found["challenger_macro_f1"]),
            champion=words.score(found["champion_macro_f1"]),
            version=found["champion_version"],
            gain=words.signed(found["gain"], 4),
            low=words.signed(found["gain_low"], 4),
            high=words.signed(found["gain_high"], 4),
        )
    )


def time_column() -> Any:
    """How a table writes a time."""
    return st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm")
