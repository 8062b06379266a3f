"""A word on answers that are not the likeliest of their alternatives, where all are unlikely."""

from collections.abc import Sequence

import streamlit as st

from rakuten_mlops.client.answers import Alternative
from rakuten_mlops.dashboard.reader import say


def show_note(alternatives: Sequence[Alternative]) -> None:
    """Say why another alternative stands there with more confidence than the first, if one does."""
    first = alternatives[0]
    likeliest = max(alternatives, key=lambda each: each["confidence"])
    if likeliest["confidence"] > first["confidence"]:
        names = {"first": first["category"], "likelier": likeliest["category"]}
        st.caption(say("predict.likelier", **names))
