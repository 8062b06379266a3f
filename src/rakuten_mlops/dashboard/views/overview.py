"""The whole system at a glance: the flow, and what is in production and why."""

from collections.abc import Callable
from typing import Any, TypeVar

import streamlit as st

from rakuten_mlops.client.answers import CatalogSummary, Job, Readiness, VersionList
from rakuten_mlops.client.api_client import ApiError, champion
from rakuten_mlops.dashboard import bars, flow, rendering, session, wording
from rakuten_mlops.dashboard.flow import Stage

T = TypeVar("T")
WEAKEST = 6


def show() -> None:
    st.title("Overview")
    st.markdown("The whole life of one model: which category does a product listing belong to?")
    _show_state()


@st.fragment(run_every="10s")
def _show_state() -> None:
    with session.reported():
        api = session.api()
        ready = api.readiness()
        catalog, jobs = _unless_away(api.catalog), _unless_away(api.jobs)
        versions = _unless_away(api.versions)
        _show_notices(ready, catalog)
        stages = [
            _data(catalog),
            _training(jobs),
            _versioning(versions),
            _deployment(ready),
            _monitoring(ready),
            Stage("Presentation", "You are here", "this dashboard, over HTTP"),
        ]
        way_back = "what people correct and what newly arrives returns to the catalogue"
        st.html(flow.picture(stages, way_back=way_back))
        if versions is not None:
            _show_production(versions, catalog)


def _unless_away(ask: Callable[[], T]) -> T | None:
    """What the API answers; None where a part is away, which the banner has said."""
    try:
        return ask()
    except ApiError as error:
        if error.status != 503:
            raise
        return None


def _show_notices(ready: Readiness, catalog: CatalogSummary | None) -> None:
    for part, state in (("Model registry", ready["registry"]), ("Database", ready["database"])):
        if state != "ok":
            go_on = " Predictions go on with the version that is loaded." if ready["ready"] else ""
            st.warning(f"**{part}**: {state}.{go_on}")
    if catalog is not None and catalog["synthetic"] and catalog["listings"]:
        st.info(
            "These listings are **synthetic**: written by a generator for demonstration. "
            "The scores below say nothing about real listings."
        )


def _data(catalog: CatalogSummary | None) -> Stage:
    if catalog is None:
        return Stage("Data", "Away", "the database does not answer", "bad")
    if not catalog["listings"]:
        return Stage("Data", "No listings yet", "import a catalogue to begin", "idle")
    note = f"revision {catalog['revision']} · {catalog['holdout']:,} kept for judging"
    return Stage("Data", wording.counted(catalog["listings"], "listing"), note)


def _training(jobs: list[Job] | None) -> Stage:
    if jobs is None:
        return Stage("Training", "Away", "the database does not answer", "bad")
    if not jobs:
        return Stage("Training", "Not trained yet", "start on the page Training", "idle")
    job = jobs[0]
    note = f"job {job['id']} by {job['requested_by']}, {rendering.ago(job['created_at'])}"
    if job["state"] in ("queued", "running"):
        return Stage("Training", f"Running, {job['progress']:.0%}", note, "busy")
    if job["state"] != "succeeded":
        return Stage("Training", job["state"].capitalize(), note, "bad")
    result = job["outcome"]["result"] if job["outcome"] else "done"
    return Stage("Training", f"Last: {result}", note)


def _versioning(versions: VersionList | None) -> Stage:
    if versions is None:
        return Stage("Versioning", "Away", "the model registry does not answer", "bad")
    if not versions["versions"]:
        return Stage("Versioning", "No version yet", "training registers the first", "idle")
    production = versions["production"] or wording.NOTHING
    note = f"Production {production} · Staging {versions['staging'] or wording.NOTHING}"
    return Stage("Versioning", wording.counted(len(versions["versions"]), "version"), note)


def _deployment(ready: Readiness) -> Stage:
    if not ready["ready"]:
        return Stage("Deployment", "Nothing served", "no version is loaded", "bad")
    note = f"loaded {rendering.ago(ready['serving_since'])}"
    return Stage("Deployment", f"Version {ready['model_version']} answers", note)


def _monitoring(ready: Readiness) -> Stage:
    away = [part for part in ("registry", "database") if ready[part] != "ok"]
    if away:
        return Stage("Monitoring", "Degraded", f"away: {', '.join(away)}", "bad")
    return Stage("Monitoring", "All parts answer", "API, model registry, database")


def _show_production(versions: VersionList, catalog: CatalogSummary | None) -> None:
    st.subheader("In production")
    version = champion(versions)
    if version is None:
        st.info(
            "No version is in production yet. Start a training on the page **Training**: "
            "the first version that is registered goes into production."
        )
        return
    card = version["scorecard"]
    why, figures = st.columns(2, gap="medium")
    with why:
        st.markdown(f"#### Version {version['version']}: why it is here")
        if move := rendering.production_move(versions):
            rendering.show_move(move)
        rendering.show_verdict(version["verdict"])
    with figures:
        st.markdown("#### How good it is")
        _show_headline(card)
        st.markdown("**Weakest categories**, by F1")
        _show_weakest(rendering.category_scores(card, rendering.category_names(catalog)))


def _show_headline(card: dict[str, Any]) -> None:
    macro, accuracy = st.columns(2)
    macro.metric(
        "Macro-F1",
        wording.score(card.get("macro_f1")),
        border=True,
        help="The mean of the categories' F1: each counts the same, however rare.",
    )
    accuracy.metric(
        "Accuracy",
        wording.score(card.get("accuracy")),
        border=True,
        help="The share of holdout listings whose category was found.",
    )


def _show_weakest(rows: list[dict[str, Any]]) -> None:
    weakest = [
        bars.Bar(row["category"], wording.counted(row["support"], "row"), row["f1"])
        for row in rows[:WEAKEST]
    ]
    st.html(bars.bar_list(weakest, digits=3))


if __name__ == "__main__":
    show()
