"""What a training may be started with."""

from typing import Any

import streamlit as st

from rakuten_mlops.dashboard import reader, session
from rakuten_mlops.dashboard.reader import say
from rakuten_mlops.errors import ApiError


def show(*, running: bool) -> None:
    """The form, closed to those who may not train."""
    admin = session.is_admin()
    with st.expander(say("training.start"), expanded=not running, icon=":material/settings:"):
        if not admin:
            role = reader.words().name("role", session.user()["role"])
            st.info(say("training.only_admin", role=role))
        with st.form("training", border=False):
            parameters = _ask_parameters(disabled=not admin)
            pressed = st.form_submit_button(
                say("training.start_button"), type="primary", disabled=not admin
            )
        if pressed:
            _start(parameters)


def _ask_parameters(*, disabled: bool) -> dict[str, Any]:
    """The parameters that were filled in; what is left empty is the API's to choose."""
    c, min_df, ngram_max, title_chars, seed = st.columns(5)
    with c:
        c_value = _number("c", 0.001, 1_000.0, disabled=disabled)
    with min_df:
        min_df_value = _number("min_df", 1, 1_000, disabled=disabled)
    with ngram_max:
        ngram_max_value = _number("ngram_max", 1, 3, disabled=disabled)
    with title_chars:
        title_chars_value = _number("title_chars", 0, 8, disabled=disabled)
    with seed:
        seed_value = _number("seed", 0, None, disabled=disabled)
    force = st.checkbox(
        say("training.field.force"), disabled=disabled, help=say("training.field.force_help")
    )
    asked = {
        "c": c_value,
        "min_df": min_df_value,
        "ngram_max": ngram_max_value,
        "title_chars": title_chars_value,
        "seed": seed_value,
        "force": force,
    }
    return {name: value for name, value in asked.items() if value is not None}


def _number(name: str, low: float, high: float | None, *, disabled: bool) -> float | None:
    return st.number_input(
        say(f"training.field.{name}"),
        low,
        high,
        None,
        placeholder=say("training.default"),
        disabled=disabled,
        help=say(f"training.field.{name}_help"),
    )


def _start(parameters: dict[str, Any]) -> None:
    with session.reported():
        try:
            job = session.api().start_training(parameters)
        except ApiError as error:
            if error.status != 409:
                raise
            st.info(say("training.one_at_a_time", message=error.message))
        else:
            st.toast(say("training.started", job=job["id"]), icon=":material/rocket_launch:")
            st.rerun()
