"""What there is to know about one version: its pictures and its origin."""

from typing import Any

import streamlit as st

from rakuten_mlops.client.answers import Version
from rakuten_mlops.dashboard import reader, recent
from rakuten_mlops.dashboard.reader import say


def show_pictures(name: str, version: Version, other: Version | None) -> None:
    """A picture of the version's report, as training drew it, beside the other version's."""
    st.caption(say(f"models.picture.{name}"))
    shown = [version] if other is None else [version, other]
    for column, one in zip(st.columns(2, gap="medium"), shown, strict=False):
        with column:
            st.markdown(f"**{say('models.version', version=one['version'])}**")
            _show_picture(name, one["version"])


def _show_picture(name: str, version: str) -> None:
    picture = recent.picture(f"{name}_picture", version)
    if picture is None:
        st.info(say("models.no_picture"))
    else:
        # Drawn on white, it stays so in the dark.
        with st.container(key=f"paper {name} {version}"):
            st.image(picture, width="stretch")


def show_lineage(version: Version) -> None:
    """Where a version comes from: enough to make it again."""
    lineage = dict(version["lineage"])
    packages, seconds = lineage.pop("packages", None), lineage.pop("seconds", None)
    machine = lineage.pop("machine", None)
    left, right = st.columns(2, gap="medium")
    with left:
        _show_facts("made_from", lineage)
        _show_facts("parameters", version["parameters"])
    with right:
        _show_facts("seconds", seconds)
        _show_facts("packages", packages)
        _show_facts("machine", machine if isinstance(machine, dict) else None)
    st.caption(say("models.again", version=version["version"]))
    if version["run_url"]:
        st.link_button(say("models.open_run"), version["run_url"])


def _show_facts(title: str, facts: dict[str, Any] | None) -> None:
    if not facts:
        return
    words = reader.words()
    st.markdown(f"**{say(f'models.facts.{title}')}**")
    st.dataframe(
        {
            say("models.facts.what"): [name.replace("_", " ") for name in facts],
            say("models.facts.value"): [words.figure(value) for value in facts.values()],
        },
        hide_index=True,
    )
