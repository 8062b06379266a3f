"""How good the model is on live listings: estimated without labels, and as people found it."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from rakuten_mlops.dashboard import gains, live_precision, reader, recent, session
from rakuten_mlops.dashboard.reader import say


def show() -> None:
    """The estimate beside what was reviewed, then what people's labels brought."""
    estimated, reviewed = st.columns(2, gap="medium")
    with estimated, st.container(border=True, height="stretch"):
        st.markdown(f"**{say('quality.estimated')}**")
        report = recent.drift()
        accuracy = report.get("accuracy") if report else None
        if accuracy is None:
            st.caption(say("quality.no_estimate"))
        else:
            _show_estimate(accuracy)
    with reviewed, st.container(border=True, height="stretch"):
        _show_reviewed()
    gains.show()


def _show_estimate(accuracy: Mapping[str, Any]) -> None:
    words = reader.words()
    change = accuracy["estimate"] - accuracy["reference"]
    st.metric(
        say("quality.accuracy"),
        words.share(accuracy["estimate"]),
        say("figure.points", n=words.signed(100 * change, 1)),
        help=say("quality.accuracy_help"),
    )
    bounds = {name: words.share(accuracy[name]) for name in ("low", "high", "reference")}
    st.caption(say("quality.bounds", **bounds))
    if live := accuracy.get("live"):
        inside = live["low"] <= accuracy["high"] and accuracy["low"] <= live["high"]
        st.caption(
            say(
                "quality.agrees" if inside else "quality.disagrees",
                precision=words.share(live["precision"]),
                reviewed=words.number(live["reviewed"]),
            )
        )


def _show_reviewed() -> None:
    if not session.is_reviewer():
        st.markdown(f"**{say('quality.reviewed')}**")
        st.caption(say("quality.for_reviewers"))
        return
    live_precision.show(session.api().review_summary()["live_precision"])
