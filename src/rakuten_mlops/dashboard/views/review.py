"""One listing at a time, and what a person says it is; with the keyboard alone if one likes."""

from datetime import UTC, datetime

import streamlit as st

from rakuten_mlops.client.answers import ReviewItem, ReviewSummary, Word
from rakuten_mlops.client.api_client import ApiError
from rakuten_mlops.dashboard import highlight, live_precision, review_sheet, session, wording

AT_ONCE = 5
HELD, DONE, NAMES = "review held", "review done", "review categories"
UNDOABLE = 20


def show() -> None:
    st.title("Review")
    if not session.is_reviewer():
        st.info(
            "Only reviewers say what listings are; your role is "
            f"`{session.user()['role']}`. Ask an administrator: `rakuten-mlops users role`."
        )
        return
    st.markdown(
        "Listings that the model doubts, and some that chance drew. What you say of them becomes a "
        "label, and the next training learns from it."
    )
    # Only what is seen is drawn: a key must not answer a listing on the other tab.
    one, sheet = st.tabs(["One by one", "In a spreadsheet"], key="review tabs", on_change="rerun")
    with one if one.open else sheet:
        (_show_queue if one.open else review_sheet.show)()


def _show_queue() -> None:
    item = _current()
    summary = session.api().review_summary()
    looked_at, beside = st.columns([5, 3], gap="medium")
    with looked_at:
        if item is None:
            _show_empty(summary)
        else:
            _show_item(item)
    with beside:
        _show_progress(summary)
        live_precision.show(summary["live_precision"])


def _current() -> ReviewItem | None:
    """What to look at now: what the reviewer went back to, or the first that is still held."""
    held: list[ReviewItem] = st.session_state.setdefault(HELD, [])
    # What a colleague may have got by now is asked for anew; what was answered stays ours.
    if not held or (held[0]["answer"] is None and _has_ended(held[0])):
        held[:] = session.api().review_items(AT_ONCE)
    return held[0] if held else None


def _has_ended(item: ReviewItem) -> bool:
    until = item["leased_until"]
    return until is None or wording.instant(until) <= datetime.now(UTC)


def _show_item(item: ReviewItem) -> None:
    with st.container(border=True):
        text = highlight.listing(item["designation"], item["description"], item["reasons"] or [])
        st.html(text)
        if item["reasons"]:
            st.caption("Marked: what spoke for the first category (blue), or against it (orange).")
    _show_notes(item)
    _show_alternatives(item)
    _show_other_answers(item)
    _show_other_category(item)


def _show_notes(item: ReviewItem) -> None:
    if item["stored_code"] is not None:
        stored = _names().get(item["stored_code"], "")
        st.warning(f"The catalogue says **{item['stored_code']} {stored}**; the model disagrees.")
    if item["answer"] is not None:
        said = _names().get(item["answer_code"] or 0, "not a product")
        st.info(f"You said **{said}**. Another answer takes its place.")


def _show_alternatives(item: ReviewItem) -> None:
    best, *_ = item["alternatives"]
    if st.button(f"Confirm: {best['category']}", type="primary", width="stretch", shortcut="Enter"):
        _answer(item, "confirm")
    for place, other in enumerate(item["alternatives"], start=1):
        label = f"{other['category']} · {other['confidence']:.2f}"
        if st.button(label, key=f"alternative {place}", width="stretch", shortcut=str(place)):
            _choose(item, other["prdtypecode"])


def _show_other_answers(item: ReviewItem) -> None:
    nothing, skip, back = st.columns(3)
    with nothing:
        if st.button("Not a product", width="stretch", shortcut="N"):
            _answer(item, "not a product")
    with skip:
        if st.button("Skip", width="stretch", shortcut="S", help="Others get it; you later."):
            _answer(item, "skip")
    with back:
        _show_back()


def _show_back() -> None:
    done: list[ReviewItem] = st.session_state.get(DONE, [])
    if st.button("Back", width="stretch", shortcut="B", disabled=not done):
        st.session_state[HELD].insert(0, done.pop())
        st.rerun()


def _show_other_category(item: ReviewItem) -> None:
    names = _names()
    with st.form("another category", border=False):
        chosen = st.selectbox(
            "Another category",
            list(names),
            index=None,
            format_func=lambda code: f"{names[code]} ({code})",
            placeholder="Type to search",
            # A key of its own: the next listing starts without this one's choice.
            key=f"category of {item['id']}",
        )
        if st.form_submit_button("Use this category") and chosen is not None:
            _choose(item, chosen)


def _choose(item: ReviewItem, prdtypecode: int) -> None:
    if prdtypecode == item["prdtypecode"]:
        _answer(item, "confirm")
    else:
        _answer(item, "category", prdtypecode)


def _answer(item: ReviewItem, word: Word, prdtypecode: int | None = None) -> None:
    """Give an answer, and go on to the next listing, also where a colleague was faster."""
    try:
        answered = session.api().answer_review(item["id"], word, prdtypecode)
        if answered["answer"] is not None:
            done = st.session_state.setdefault(DONE, [])
            done.append(answered | {"reasons": item["reasons"]})
            del done[:-UNDOABLE]
    except ApiError as error:
        if error.status not in (404, 409):
            raise
        st.toast(error.message)
    st.session_state[HELD].pop(0)
    st.rerun()


def _show_empty(summary: ReviewSummary) -> None:
    st.success("Nothing waits for you.")
    st.markdown(
        "Listings come here by themselves, a few seconds after they were predicted:\n\n"
        "- those whose answer was `review` and not `accept`, the most telling first,\n"
        "- a small random share of all, which measures how often the model is right,\n"
        "- listings of the catalogue whose label the model doubts.\n\n"
        "Other systems send what they know already to `POST /feedback`."
    )
    if any(count["leased"] for count in summary["kinds"]):
        st.caption("Your colleagues are looking at some; those come back if they leave them.")
    again, back = st.columns(2)
    again.button("Look again", width="stretch", shortcut="Enter")
    with back:
        _show_back()


def _show_progress(summary: ReviewSummary) -> None:
    waiting = sum(count["waiting"] + count["leased"] for count in summary["kinds"])
    left, mine = st.columns(2)
    left.metric("Waiting", f"{waiting:,}", border=True, help=_by_kind(summary))
    mine.metric("Yours, in 24 hours", f"{summary['answered_by_you']:,}", border=True)
    if unlabelled := summary["unlabelled"]:
        st.caption(
            f"{wording.counted(unlabelled, 'answer')} not in the catalogue yet: that follows when "
            "you pause, and before the next training."
        )


def _by_kind(summary: ReviewSummary) -> str:
    return "  \n".join(
        f"{count['kind']}: {count['waiting']:,} free, {count['leased']:,} held, "
        f"{count['answered']:,} answered"
        for count in summary["kinds"]
    )


def _names() -> dict[int, str]:
    """Every category of the catalogue by its code, asked for once a session."""
    if NAMES not in st.session_state:
        rows = session.api().catalog()["categories"]
        st.session_state[NAMES] = {row["prdtypecode"]: row["category"] for row in rows}
    return st.session_state[NAMES]


if __name__ == "__main__":
    show()
