"""Two versions side by side: their figures, and what changed in each category."""

import streamlit as st

from rakuten_mlops.client.answers import Version, VersionList
from rakuten_mlops.client.api_client import champion
from rakuten_mlops.dashboard import comparison, reader, recent
from rakuten_mlops.dashboard.reader import say


def ask_other(version: Version, versions: VersionList) -> Version | None:
    """The version to compare with: at first the one in production, or the one before."""
    others = [one for one in versions["versions"] if one["version"] != version["version"]]
    if not others:
        return None
    served = champion(versions)
    first = others.index(served) if served in others else 0
    return st.selectbox(
        say("compare.with"),
        others,
        index=first,
        format_func=_named,
        key=f"other of {version['version']}",
    )


def _named(version: Version) -> str:
    named = say("models.version", version=version["version"])
    return f"{named} ({', '.join(version['aliases'])})" if version["aliases"] else named


def show_scores(version: Version, other: Version | None) -> None:
    """The figures of both, and their difference."""
    words = reader.words()
    rows = comparison.figures(version, other)
    mine = say("models.version", version=version["version"])
    table: list[dict[str, str]] = []
    for row in rows:
        line = {say("compare.figure"): say(f"figure.{row.name}"), mine: _told(row.name, row.value)}
        if other is not None:
            theirs = say("models.version", version=other["version"])
            line[theirs] = _told(row.name, row.other)
            change = row.change
            line[say("compare.difference")] = "" if change is None else words.signed(change, 4)
        table.append(line)
    st.dataframe(table, hide_index=True)
    _warn_of_other_holdout(version, other)


def _told(name: str, value: float | None) -> str:
    words = reader.words()
    return words.share(value) if name in comparison.SHARES else words.score(value, 4)


def show_categories(version: Version, other: Version | None) -> None:
    """F1 of each category, and how it differs from the other version's."""
    names = recent.category_names()
    rows = comparison.categories(version, other, names)
    if not rows:
        st.caption(say("compare.no_scores"))
        return
    words = reader.words()
    mine = say("models.version", version=version["version"])
    if other is None:
        st.caption(say("compare.weakest_first"))
        st.vega_lite_chart(rows, comparison.score_chart(rows, words), alt=mine)
        return
    theirs = say("models.version", version=other["version"])
    st.caption(say("compare.change_lead", version=version["version"], other=other["version"]))
    _warn_of_other_holdout(version, other)
    series = {"f1": mine, "other": theirs}
    st.html(comparison.legend(series))
    scores, change = st.columns([3, 2], gap="medium")
    with scores:
        spec = comparison.pair_chart(rows, series, words)
        st.vega_lite_chart(comparison.points(rows, series), spec, alt=f"{mine}, {theirs}")
    with change:
        st.vega_lite_chart(
            rows, comparison.change_chart(rows, words), alt=say("compare.difference")
        )


def _warn_of_other_holdout(version: Version, other: Version | None) -> None:
    if other is None:
        return
    mine, theirs = (one["scorecard"].get("holdout", {}) for one in (version, other))
    if mine.get("fingerprint") != theirs.get("fingerprint"):
        here, there = mine.get("revision"), theirs.get("revision")
        st.caption(f":material/warning: {say('compare.other_holdout', mine=here, theirs=there)}")
