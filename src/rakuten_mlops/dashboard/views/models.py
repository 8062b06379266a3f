"""Every version: how good it is, why it is where it is, and the two moves by hand."""

from typing import Any

import streamlit as st

from rakuten_mlops.client.answers import Version, VersionList
from rakuten_mlops.client.api_client import champion
from rakuten_mlops.dashboard import moves, rendering, session, shadow, version_detail, wording


def show() -> None:
    st.title("Models")
    st.markdown(
        "`Production` is the version that answers, `Staging` the newest challenger. "
        "The gate moves them after each training; an administrator can by hand, with a reason."
    )
    versions = session.api().versions()
    moves.show_done()
    if not versions["versions"]:
        st.info(
            "No version yet. Start a training on the page **Training**; it registers the first."
        )
        return
    version = _chosen(versions)
    with st.container(horizontal=True):
        moves.show_buttons(version["version"], versions)
    _show_detail(version, versions)
    shadow.show(session.api().shadow())
    _show_moves(versions)


def _chosen(versions: VersionList) -> Version:
    """The version selected in the table; at first the one in production."""
    listed = versions["versions"]
    first = next((at for at, one in enumerate(listed) if one is champion(versions)), 0)
    table = st.dataframe(
        [_row(version) for version in listed],
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row-required",
        selection_default={"selection": {"rows": [first]}},
        key="versions",
        placeholder=wording.NOTHING,
        column_config={
            "Trained": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm"),
            "Aliases": st.column_config.ListColumn(),
            "Macro-F1": st.column_config.NumberColumn(format="%.3f"),
            "Accuracy": st.column_config.NumberColumn(format="%.3f"),
            "Automation": st.column_config.NumberColumn(
                format="percent", help="Holdout listings that no person would need to look at."
            ),
        },
    )
    rows = table["selection"]["rows"]
    return listed[rows[0] if rows and rows[0] < len(listed) else first]


def _row(version: Version) -> dict[str, Any]:
    verdict = version["verdict"]
    return {
        "Version": version["version"],
        "Aliases": version["aliases"],
        "Macro-F1": version["scorecard"].get("macro_f1"),
        "Accuracy": version["scorecard"].get("accuracy"),
        "Automation": version["scorecard"].get("decisions", {}).get("automation_rate"),
        "Gate": "not judged" if verdict is None else "promote" if verdict["promote"] else "keep",
        "Revision": version["lineage"].get("revision"),
        "Trained": rendering.local(version["created_at"]),
    }


def _show_detail(version: Version, versions: VersionList) -> None:
    st.subheader(f"Version {version['version']}")
    names = rendering.category_names(session.api().catalog())
    detail = session.api().version(version["version"])
    categories, confusion, verdict, lineage, card = st.tabs(
        ["Categories", "Confusion", "Verdict", "Lineage", "Model card"]
    )
    with categories:
        version_detail.show_categories(detail, champion(versions), names)
    with confusion:
        version_detail.show_confusion(detail["version"])
    with verdict:
        rendering.show_verdict(detail["verdict"])
    with lineage:
        version_detail.show_lineage(detail)
    with card:
        st.markdown(detail["card"])


def _show_moves(versions: VersionList) -> None:
    st.subheader("Alias history")
    if not versions["moves"]:
        st.caption("No alias was moved yet.")
        return
    st.dataframe(
        [
            {
                "When": rendering.local(move["at"]),
                "Alias": move["alias"],
                "From": move["source"],
                "To": move["target"],
                "By": move["by"],
                "Why": move["why"],
            }
            for move in versions["moves"]
        ],
        hide_index=True,
        placeholder=wording.NOTHING,
        column_config={
            "When": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm"),
            "Why": st.column_config.TextColumn(width="large"),
        },
    )


if __name__ == "__main__":
    show()
