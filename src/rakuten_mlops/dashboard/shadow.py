"""The challenger beside the champion on live listings: before anyone promotes."""

import streamlit as st

from rakuten_mlops.client.answers import ShadowComparison, ShadowDispute, ShadowReport
from rakuten_mlops.dashboard import rendering, wording


def show(report: ShadowReport) -> None:
    """How often both agreed, and the listings on which they did not."""
    st.subheader("Challenger in the shadow")
    share = f"{report['share']:.0%} of the listings predicted"
    if not report["share"]:
        st.caption("The challenger scores no live listings: `RAKUTEN_SHADOW_SHARE` is 0.")
    elif not report["comparisons"]:
        st.caption(
            f"The challenger scores {share}, unseen by whoever asked. Nothing was compared yet: "
            "there is no version in `Staging` but the one in production, or nobody has asked."
        )
    else:
        st.caption(f"The challenger scores {share} too, unseen by whoever asked.")
        _show_comparison(report["comparisons"][0])
        if report["disputes"]:
            _show_disputes(report["disputes"])


def _show_comparison(latest: ShadowComparison) -> None:
    with st.container(horizontal=True):
        st.metric(
            f"Version {latest['challenger']} agrees with version {latest['champion']}",
            f"{latest['agreement']:.1%}",
            border=True,
        )
        st.metric("Live listings compared", f"{latest['compared']:,}", border=True)
        st.metric("Disputed", f"{latest['compared'] - latest['agreed']:,}", border=True)


def _show_disputes(disputes: list[ShadowDispute]) -> None:
    st.markdown("**Disputed listings**, those first of which both versions are surest")
    st.dataframe(
        [
            {
                "Listing": each["designation"],
                "Champion says": each["category"],
                "sure": each["confidence"],
                "Challenger says": each["challenger_category"],
                "sure too": each["challenger_confidence"],
                "When": rendering.local(each["at"]),
            }
            for each in disputes
        ],
        hide_index=True,
        placeholder=wording.NOTHING,
        column_config={
            "Listing": st.column_config.TextColumn(width="large"),
            "sure": st.column_config.NumberColumn(format="%.2f"),
            "sure too": st.column_config.NumberColumn(format="%.2f"),
            "When": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm"),
        },
    )
