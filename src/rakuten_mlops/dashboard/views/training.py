"""Start a training, watch it, and see what became of the earlier ones."""

from typing import Any

import streamlit as st

from rakuten_mlops.client.answers import Job
from rakuten_mlops.client.api_client import ApiError
from rakuten_mlops.dashboard import rendering, session, wording

UNFINISHED = ("queued", "running")
MEANING = {
    "promoted": "The new version passed the gate and is in production.",
    "rejected": "The new version was registered, but the gate kept the champion.",
    "nothing new": "Nothing changed since the champion was trained, so nothing was trained.",
    "orphaned": "The process of this job ended without a word; nothing was moved.",
}


def show() -> None:
    st.title("Training")
    st.markdown(
        "A training takes the catalogue as it stands, fits a model, registers it as a version "
        "and lets the gate decide whether it replaces the champion."
    )
    jobs = session.api().jobs()
    running = bool(jobs) and jobs[0]["state"] in UNFINISHED
    # A job of the schedule may begin at any moment, hence the slow pulse when nothing runs.
    st.fragment(_watch, run_every="2s" if running else "10s")(_mark(jobs))
    _show_form()
    _show_history(jobs)


def _mark(jobs: list[Job]) -> tuple[Any, ...]:
    return (jobs[0]["id"], jobs[0]["state"]) if jobs else ()


def _watch(seen: tuple[Any, ...]) -> None:
    """The newest job while it runs; when its state changes, the whole page is drawn anew."""
    with session.reported():
        jobs = session.api().jobs()
        if _mark(jobs) != seen:
            st.rerun()
        if jobs and jobs[0]["state"] in UNFINISHED:
            _show_running(jobs[0])


def _show_running(job: Job) -> None:
    with st.container(border=True):
        st.markdown(f"**Job {job['id']}** is {job['state']}")
        step = job["step"] or "waiting for its turn"
        st.progress(min(max(job["progress"], 0.0), 1.0), text=step)
        asked = f"asked by {job['requested_by']} ({job['trigger']})"
        st.caption(f"{asked}, {rendering.since(job['created_at'])}")


def _show_form() -> None:
    admin = session.is_admin()
    with st.expander("Start a training", expanded=True):
        if not admin:
            st.info(
                "Only an administrator starts trainings; your role is "
                f"`{session.user()['role']}`. The jobs of the schedule appear below all the same."
            )
        with st.form("training", border=False):
            parameters = _ask_parameters(disabled=not admin)
            pressed = st.form_submit_button("Start", type="primary", disabled=not admin)
        if pressed:
            _start(parameters)


def _ask_parameters(*, disabled: bool) -> dict[str, Any]:
    """The parameters that were filled in; what is left empty is the API's to choose."""
    c, min_df, ngram_max, seed = st.columns(4)
    asked = {
        "c": c.number_input(
            "C",
            0.001,
            1_000.0,
            None,
            placeholder="default",
            disabled=disabled,
            help="Of LinearSVC: smaller smooths, larger follows the training listings closely.",
        ),
        "min_df": min_df.number_input(
            "Rarest term",
            1,
            1_000,
            None,
            placeholder="default",
            disabled=disabled,
            help="A term counts if at least so many listings hold it (min_df).",
        ),
        "ngram_max": ngram_max.number_input(
            "Longest n-gram",
            1,
            3,
            None,
            placeholder="default",
            disabled=disabled,
            help="2 also learns from pairs of words, 3 from triples; both need more memory.",
        ),
        "seed": seed.number_input(
            "Seed",
            0,
            None,
            None,
            placeholder="default",
            disabled=disabled,
            help="The same seed, parameters and revision give the same model.",
        ),
        "force": st.checkbox(
            "Train even if nothing changed since the champion",
            disabled=disabled,
            help="Without this, a job ends at once when catalogue and parameters are the same.",
        ),
    }
    return {name: value for name, value in asked.items() if value is not None}


def _start(parameters: dict[str, Any]) -> None:
    with session.reported():
        try:
            job = session.api().start_training(parameters)
        except ApiError as error:
            if error.status != 409:
                raise
            st.info(f"{error.message}. One training runs at a time; its progress is shown above.")
        else:
            st.toast(f"Job {job['id']} has started.")
            st.rerun()


def _show_history(jobs: list[Job]) -> None:
    st.subheader("History")
    if not jobs:
        st.info("No training yet. Each one will stand here with its result and the reasons for it.")
        return
    chosen = st.dataframe(
        [_row(job) for job in jobs],
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row-required",
        selection_default={"selection": {"rows": [0]}},
        key="jobs",
        placeholder=wording.NOTHING,
        column_config={
            "Asked": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm"),
            "Macro-F1": st.column_config.NumberColumn(format="%.3f"),
        },
    )
    rows = chosen["selection"]["rows"]
    _show_job(jobs[rows[0] if rows else 0])


def _row(job: Job) -> dict[str, Any]:
    outcome = job["outcome"] or {}
    return {
        "Job": job["id"],
        "State": job["state"],
        "Result": outcome.get("result"),
        "Version": outcome.get("version"),
        "Macro-F1": (outcome.get("scorecard") or {}).get("macro_f1"),
        "Asked": rendering.local(job["created_at"]),
        "Took": wording.lasted(job["started_at"], job["finished_at"]),
        "By": job["requested_by"],
        "Trigger": job["trigger"],
    }


def _show_job(job: Job) -> None:
    with st.container(border=True):
        outcome = job["outcome"]
        st.markdown(f"#### Job {job['id']}: {outcome['result'] if outcome else job['state']}")
        if meaning := MEANING.get(outcome["result"] if outcome else job["state"]):
            st.markdown(meaning)
        if job["message"]:
            say = st.error if job["state"] == "failed" else st.text
            say(job["message"])
        if outcome and outcome["verdict"]:
            rendering.show_verdict(outcome["verdict"])
        given = {name: value for name, value in job["parameters"].items() if value is not None}
        asked = ", ".join(f"{name} {wording.figure(value)}" for name, value in given.items())
        st.caption(f"Parameters: {asked or 'all at their defaults'}")


if __name__ == "__main__":
    show()
