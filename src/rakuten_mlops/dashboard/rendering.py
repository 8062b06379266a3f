"""What several pages show the same way: times, verdicts, why a version is in production."""

from datetime import UTC, datetime, tzinfo
from typing import Any

import streamlit as st

from rakuten_mlops.client.answers import CatalogSummary, Move, VersionList
from rakuten_mlops.dashboard import wording

PRODUCTION = "Production"


def here() -> tzinfo:
    """The time zone of the reader's browser."""
    return wording.zone(st.context.timezone)


def local(iso: str) -> datetime:
    """A time on the reader's clock, without its zone, for a table."""
    return wording.instant(iso).astimezone(here()).replace(tzinfo=None)


def since(iso: str | None) -> str:
    """A time, and how long ago it was."""
    if iso is None:
        return wording.NOTHING
    return f"{wording.moment(iso, here())} ({ago(iso)})"


def ago(iso: str | None) -> str:
    """How long ago a time was."""
    return wording.NOTHING if iso is None else wording.ago(iso, datetime.now(UTC))


def category_names(catalog: CatalogSummary | None) -> dict[str, str]:
    """The name of each code, as the catalogue has it; codes as text, as in a scorecard."""
    rows = catalog["categories"] if catalog else []
    return {str(row["prdtypecode"]): row["category"] for row in rows}


def category_scores(
    scorecard: dict[str, Any] | None, names: dict[str, str]
) -> list[dict[str, Any]]:
    """F1 and rows of every category of a scorecard, weakest first."""
    scores = (scorecard or {}).get("categories", {})
    rows = [
        {"code": code, "category": names.get(code, code), **score} for code, score in scores.items()
    ]
    return sorted(rows, key=lambda row: row["f1"])


def production_move(versions: VersionList) -> Move | None:
    """The move that put the present version into production."""
    return next((move for move in versions["moves"] if move["alias"] == PRODUCTION), None)


def show_move(move: Move) -> None:
    """Who moved an alias, when and why, as a sentence."""
    origin = f" in place of version {move['source']}" if move["source"] else ""
    st.markdown(
        f"**{move['by']}** put version {move['target']} into {move['alias']}{origin}, "
        f"{since(move['at'])}."
    )
    # As text: a reason is what a user typed, not Markdown.
    st.text(f"“{move['why']}”")


def show_verdict(verdict: dict[str, Any] | None) -> None:
    """What the gate decided about a version, with its reasons."""
    if verdict is None:
        st.caption("The gate has not judged this version.")
        return
    if verdict["promote"]:
        st.badge("The gate said: promote", color="green")
    else:
        st.badge("The gate said: do not promote", color="orange")
    st.markdown("\n".join(f"- {reason}" for reason in verdict["reasons"]))
    if verdict.get("gain") is not None:
        _show_gain(verdict)


def _show_gain(verdict: dict[str, Any]) -> None:
    challenger, champion = verdict["challenger_macro_f1"], verdict["champion_macro_f1"]
    low, high = verdict["gain_low"], verdict["gain_high"]
    st.caption(
        f"Macro-F1 **{wording.score(challenger)}** against **{wording.score(champion)}** of "
        f"version {verdict['champion_version']}, on the same holdout rows: a gain of "
        f"**{verdict['gain']:+.4f}**, between {low:+.4f} and {high:+.4f}."
    )
