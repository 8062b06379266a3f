"""Start a training, watch it step by step, and see what became of the earlier ones."""

from typing import Any

import streamlit as st

from rakuten_mlops.client.answers import Job
from rakuten_mlops.dashboard import (
    job_log,
    learning_curve,
    reader,
    recent,
    rendering,
    session,
    training_form,
)
from rakuten_mlops.dashboard.flow import UNFINISHED
from rakuten_mlops.dashboard.language import NOTHING, lasted
from rakuten_mlops.dashboard.reader import say

MEANT = ("promoted", "rejected", "nothing new", "registered", "orphaned")


def show() -> None:
    st.title(say("page.training"))
    st.markdown(say("training.lead"))
    jobs = session.api().jobs()
    running = bool(jobs) and jobs[0]["state"] in UNFINISHED
    # A job of the schedule may begin at any moment, hence the slow pulse when nothing runs.
    st.fragment(_watch, run_every="2s" if running else "10s")(_mark(jobs))
    training_form.show(running=running)
    learning_curve.show()
    _show_history(jobs)


def _mark(jobs: list[Job]) -> tuple[Any, ...]:
    return (jobs[0]["id"], jobs[0]["state"]) if jobs else ()


def _watch(seen: tuple[Any, ...]) -> None:
    """The newest job while it runs; when its state changes, the whole page is drawn anew."""
    with session.reported():
        jobs = session.api().jobs()
        if _mark(jobs) != seen:
            recent.forget()
            st.rerun()
        if jobs and jobs[0]["state"] in UNFINISHED:
            _show_running(jobs[0])


def _show_running(job: Job) -> None:
    words = reader.words()
    with st.container(border=True):
        state = words.name("state", job["state"])
        st.markdown(say("training.job_is", job=job["id"], state=state))
        step = job["step"]
        told = words.name("step", step) if step else say("training.waiting")
        done = min(max(job["progress"], 0.0), 1.0)
        st.progress(done, text=f"{told} · {words.share(done, 0)}")
        st.html(job_log.steps(job, words))
        trigger = words.name("trigger", job["trigger"])
        since = reader.since(job["created_at"])
        st.caption(say("training.asked", by=job["requested_by"], trigger=trigger, since=since))


def _show_history(jobs: list[Job]) -> None:
    st.subheader(say("training.history"))
    if not jobs:
        st.info(say("training.no_history"), icon=":material/potted_plant:")
        return
    asked, score = say("training.column.asked"), say("figure.macro_f1")
    chosen = st.dataframe(
        [_row(job) for job in jobs],
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row-required",
        selection_default={"selection": {"rows": [0]}},
        key="jobs",
        placeholder=NOTHING,
        height=min(38 + 35 * len(jobs), 300),
        column_config={
            asked: rendering.time_column(),
            score: st.column_config.NumberColumn(format="%.3f"),
        },
    )
    rows = chosen["selection"]["rows"]
    _show_job(jobs[rows[0] if rows and rows[0] < len(jobs) else 0])


def _row(job: Job) -> dict[str, Any]:
    words = reader.words()
    outcome = job["outcome"] or {}
    result = outcome.get("result")
    return {
        say("training.column.job"): job["id"],
        say("training.column.state"): words.name("state", job["state"]),
        say("training.column.result"): words.name("result", result) if result else None,
        say("training.column.version"): outcome.get("version"),
        say("figure.macro_f1"): (outcome.get("scorecard") or {}).get("macro_f1"),
        say("training.column.asked"): reader.local(job["created_at"]),
        say("training.column.took"): lasted(job["started_at"], job["finished_at"]),
        say("training.column.by"): job["requested_by"],
        say("training.column.trigger"): words.name("trigger", job["trigger"]),
    }


def _show_job(job: Job) -> None:
    words = reader.words()
    outcome = job["outcome"]
    result = outcome["result"] if outcome else job["state"]
    group = "result" if outcome else "state"
    with st.container(border=True):
        st.markdown(f"#### {say('training.job', job=job['id'])}: {words.name(group, result)}")
        if result in MEANT:
            st.markdown(words.name("meaning", result))
        # Of a judged version the message repeats the verdict, in English.
        if job["message"] and not (outcome and outcome["verdict"]):
            say_it = st.error if job["state"] == "failed" else st.text
            say_it(job["message"])
        if outcome and outcome["verdict"]:
            rendering.show_verdict(outcome["verdict"])
        given = {name: value for name, value in job["parameters"].items() if value is not None}
        asked = ", ".join(f"{name} {words.figure(value)}" for name, value in given.items())
        st.caption(say("training.parameters", parameters=asked or say("training.defaults")))
        with st.expander(say("training.log")):
            lineage = _lineage(outcome["version"] if outcome else None)
            st.code("\n".join(job_log.lines(job, lineage, words, reader.here())), language=None)


def _lineage(version: str | None) -> dict[str, Any] | None:
    """Where the version of a job came from; None if there is none, or no registry."""
    versions = session.unless_away(recent.versions) if version else None
    listed = versions["versions"] if versions else []
    return next((one["lineage"] for one in listed if one["version"] == version), None)


if __name__ == "__main__":
    show()
