"""The challenger beside the champion on live listings: before anyone promotes."""

import streamlit as st

from rakuten_mlops.client.answers import ShadowComparison, ShadowDispute, ShadowReport
from rakuten_mlops.dashboard import reader, rendering
from rakuten_mlops.dashboard.language import NOTHING
from rakuten_mlops.dashboard.reader import say


def show(report: ShadowReport) -> None:
    """How often both agreed, and the listings on which they did not."""
    st.subheader(say("shadow.title"))
    share = reader.words().share(report["share"], 0)
    if not report["share"]:
        st.caption(say("shadow.off"))
    elif not report["comparisons"]:
        st.caption(f"{say('shadow.lead', share=share)} {say('shadow.nothing')}")
    else:
        st.caption(say("shadow.lead", share=share))
        _show_comparison(report["comparisons"][0])
        if report["disputes"]:
            _show_disputes(report["disputes"])


def _show_comparison(latest: ShadowComparison) -> None:
    words = reader.words()
    agrees = say("shadow.agrees", challenger=latest["challenger"], champion=latest["champion"])
    disputed = latest["compared"] - latest["agreed"]
    with st.container(horizontal=True):
        st.metric(agrees, words.share(latest["agreement"]), border=True)
        st.metric(say("shadow.compared"), words.number(latest["compared"]), border=True)
        st.metric(say("shadow.disputed"), words.number(disputed), border=True)


def _show_disputes(disputes: list[ShadowDispute]) -> None:
    st.markdown(say("shadow.disputes"))
    names = {
        field: say(f"shadow.column.{field}")
        for field in ("listing", "champion", "sure", "challenger", "sure_too", "when")
    }
    sure = st.column_config.NumberColumn(format="%.2f")
    st.dataframe(
        [
            {
                names["listing"]: each["designation"],
                names["champion"]: each["category"],
                names["sure"]: each["confidence"],
                names["challenger"]: each["challenger_category"],
                names["sure_too"]: each["challenger_confidence"],
                names["when"]: reader.local(each["at"]),
            }
            for each in disputes
        ],
        hide_index=True,
        placeholder=NOTHING,
        column_config={
            names["listing"]: st.column_config.TextColumn(width="large"),
            names["sure"]: sure,
            names["sure_too"]: sure,
            names["when"]: rendering.time_column(),
        },
    )
