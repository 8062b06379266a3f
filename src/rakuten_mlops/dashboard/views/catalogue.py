"""What the catalogue holds: look listings up, see how it is spread and grew, bring files in."""

from typing import Any

import streamlit as st

from rakuten_mlops.client.answers import CatalogListing, CatalogSummary
from rakuten_mlops.dashboard import (
    catalog_import,
    distribution,
    highlight,
    reader,
    recent,
    rendering,
    session,
)
from rakuten_mlops.dashboard.language import NOTHING
from rakuten_mlops.dashboard.reader import say

SIZE = 50
TABS = ("browse", "categories", "revisions", "import")


def show() -> None:
    st.title(say("page.catalogue"))
    st.markdown(say("catalogue.lead"))
    found = recent.catalog()
    _show_figures(found)
    names = [say(f"catalogue.tab.{name}") for name in TABS]
    drawn = {
        "browse": lambda: _show_listings(found),
        "categories": lambda: _show_categories(found),
        "revisions": _show_revisions,
        "import": catalog_import.show,
    }
    tabs = st.tabs(names, key="catalogue tabs", on_change="rerun")
    for name, tab in zip(TABS, tabs, strict=True):
        if tab.open:
            with tab, session.reported():
                drawn[name]()


def _show_figures(found: CatalogSummary) -> None:
    words = reader.words()
    with st.container(horizontal=True):
        listings = words.number(found["listings"])
        st.metric(say("catalogue.listings"), listings, border=True, height="stretch")
        for name in ("labelled", "holdout", "without_description"):
            part = found[name] / found["listings"] if found["listings"] else None
            st.metric(
                say(f"catalogue.{name}"),
                words.number(found[name]),
                words.share(part, 0),
                delta_color="off",
                delta_arrow="off",
                border=True,
                height="stretch",
                help=say(f"catalogue.{name}_help"),
            )
        revision = str(found["revision"])
        st.metric(say("catalogue.revision"), revision, border=True, height="stretch")


@st.fragment
def _show_listings(found: CatalogSummary) -> None:
    if not found["listings"]:
        st.info(say("catalogue.empty"), icon=":material/potted_plant:")
        return
    with session.reported():
        asked = _ask(found)
        # The page asked for stands below its listings; its choice is known before it is drawn.
        at = st.session_state.get("listing page", 1)
        page = recent.listings(**asked, page=at, size=SIZE)
        words = reader.words()
        st.caption(say("catalogue.found", listings=words.count("listing", page["total"])))
        if not page["listings"]:
            st.info(say("catalogue.nothing"), icon=":material/search:")
            return
        _show_table(page["listings"])
        pages = -(-page["total"] // SIZE)
        if pages > 1:
            st.pagination(pages, key="listing page")


def _ask(found: CatalogSummary) -> dict[str, Any]:
    names = {row["prdtypecode"]: row["category"] for row in found["categories"]}
    text, category, holdout = st.columns([3, 3, 2], vertical_alignment="bottom")
    wanted = text.text_input(
        say("catalogue.search"),
        type="search",
        live="300ms",
        placeholder="piscine",
        key="listing search",
        on_change=_first_page,
        help=say("catalogue.search_help"),
    )
    code = category.selectbox(
        say("word.category"),
        sorted(names, key=lambda code: names[code]),
        index=None,
        format_func=lambda code: f"{names[code]} ({code})",
        placeholder=say("catalogue.any"),
        on_change=_first_page,
    )
    kept = holdout.segmented_control(
        say("catalogue.part"),
        ("training", "holdout"),
        format_func=lambda name: say(f"catalogue.part_{name}"),
        on_change=_first_page,
    )
    return {
        "text": wanted or "",
        "prdtypecode": code,
        "holdout": None if kept is None else kept == "holdout",
    }


def _first_page() -> None:
    st.session_state.pop("listing page", None)


def _show_table(rows: list[CatalogListing]) -> None:
    chosen = st.dataframe(
        [
            {
                say("catalogue.column.title"): row["designation"],
                say("word.category"): row["category"],
                say("word.code"): row["prdtypecode"],
                say("catalogue.column.label"): _source(row),
                say("catalogue.column.holdout"): row["in_holdout"],
                say("catalogue.column.added"): row["added_in"],
                "productid": str(row["productid"]),
            }
            for row in rows
        ],
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key="listings",
        height=420,
        placeholder=NOTHING,
        column_config={say("catalogue.column.title"): st.column_config.TextColumn(width=330)},
    )
    at = chosen["selection"]["rows"]
    if at and at[0] < len(rows):
        row = rows[at[0]]
        with st.container(border=True):
            st.html(highlight.listing(row["designation"], row["description"], []))
            st.caption(_about(row))
    else:
        st.caption(say("catalogue.choose"))


def _source(row: CatalogListing) -> str | None:
    source = row["label_source"]
    return reader.words().name("source", source) if source else None


def _about(row: CatalogListing) -> str:
    category = f"{row['category']} ({row['prdtypecode']})" if row["category"] else NOTHING
    by = row["label_author"] or NOTHING
    return say("catalogue.about", category=category, source=_source(row) or NOTHING, by=by)


def _show_categories(found: CatalogSummary) -> None:
    if not found["categories"]:
        st.info(say("catalogue.empty"), icon=":material/potted_plant:")
        return
    words = reader.words()
    st.caption(
        say("catalogue.spread", categories=words.count("category", len(found["categories"])))
    )
    chart = distribution.category_chart(found["categories"], words)
    st.vega_lite_chart(found["categories"], chart, alt=say("catalogue.tab.categories"))


def _show_revisions() -> None:
    revisions = recent.revisions()
    if not revisions:
        st.info(say("catalogue.no_revision"), icon=":material/potted_plant:")
        return
    words = reader.words()
    st.caption(say("catalogue.revisions_lead"))
    st.vega_lite_chart(
        distribution.growth(revisions, words),
        distribution.growth_chart(words),
        alt=say("catalogue.tab.revisions"),
    )
    when = say("catalogue.column.when")
    st.dataframe(
        [
            {
                say("catalogue.revision"): each["revision"],
                when: reader.local(each["created_at"]),
                say("catalogue.column.kind"): words.name("source", each["kind"]),
                say("catalogue.column.from"): each["source"],
                say("catalogue.column.by"): each["author"],
                say("catalogue.came"): each["listings_added"],
                say("catalogue.went"): each["listings_removed"],
                say("catalogue.column.labels"): each["labels_added"],
            }
            for each in revisions
        ],
        hide_index=True,
        column_config={when: rendering.time_column()},
    )


if __name__ == "__main__":
    show()
