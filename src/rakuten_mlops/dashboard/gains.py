"""What trainings gained, and how many labels of people they had for that."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from rakuten_mlops.dashboard import reader, recent, session
from rakuten_mlops.dashboard.language import NOTHING, Language
from rakuten_mlops.dashboard.reader import say


def show() -> None:
    """A line for each training that was compared, or what this will show."""
    st.markdown(f"**{say('gains.title')}**")
    rows = lines(session.unless_away(recent.gains) or [], reader.words())
    if not rows:
        st.caption(say("gains.empty"))
        return
    st.caption(say("gains.lead"))
    st.dataframe([_column_names(row) for row in rows], hide_index=True, placeholder=NOTHING)


def lines(trainings: Sequence[Mapping[str, Any]], words: Language) -> list[dict[str, Any]]:
    """What a reader wants to know of each training that was compared with a champion."""
    return [
        {
            "version": each["version"],
            "people": each["since_champion_by_people"],
            "others": each["since_champion_by_others"],
            "gain": words.signed(each["gain"], 4),
            "interval": f"{words.signed(each['low'], 4)} … {words.signed(each['high'], 4)}"
            if each["low"] is not None and each["high"] is not None
            else NOTHING,
            "promoted": each["promoted"],
        }
        for each in trainings
        if each["gain"] is not None
    ]


def _column_names(row: Mapping[str, Any]) -> dict[str, Any]:
    return {say(f"gains.{name}"): value for name, value in row.items()}
