"""One listing at a time, and what a person says it is; with the keyboard alone if one likes."""

from datetime import UTC, datetime
from typing import Literal

import streamlit as st

from rakuten_mlops.client.answers import ReviewItem, ReviewSummary, Word
from rakuten_mlops.dashboard import (
    highlight,
    likelier,
    live_precision,
    reader,
    recent,
    review_sheet,
    session,
)
from rakuten_mlops.dashboard.language import instant
from rakuten_mlops.dashboard.reader import say
from rakuten_mlops.errors import ApiError

AT_ONCE = 5
HELD, DONE = "review held", "review done"
UNDOABLE = 20
COLOURS: dict[str, Literal["orange", "blue", "red"]] = {
    "doubtful": "orange",
    "random": "blue",
    "label noise": "red",
}


def show() -> None:
    st.title(say("page.review"))
    if not session.is_reviewer():
        role = reader.words().name("role", session.user()["role"])
        st.info(say("review.only_reviewers", role=role))
        return
    st.markdown(say("review.lead"))
    # Only what is seen is drawn: a key must not answer a listing on the other tab.
    one, sheet = st.tabs(
        [say("review.one"), say("review.sheet")], key="review tabs", on_change="rerun"
    )
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
        st.caption(say("review.keys"))
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
    return until is None or instant(until) <= datetime.now(UTC)


def _show_item(item: ReviewItem) -> None:
    words = reader.words()
    with st.container(border=True):
        kind = words.name("kind", item["kind"])
        st.badge(kind, color=COLOURS.get(item["kind"], "gray"), help=_why(item))
        text = highlight.listing(item["designation"], item["description"], item["reasons"] or [])
        st.html(text)
        if item["reasons"]:
            st.caption(say("predict.marked"))
    _show_notes(item)
    _show_alternatives(item)
    _show_other_answers(item)
    _show_other_category(item)


def _why(item: ReviewItem) -> str:
    return reader.words().name("kind_help", item["kind"])


def _show_notes(item: ReviewItem) -> None:
    if item["stored_code"] is not None:
        stored = _name(item["stored_code"])
        st.warning(
            say("review.stored", code=item["stored_code"], category=stored), icon=":material/sell:"
        )
    if item["answer"] is not None:
        said = _name(item["answer_code"]) or say("review.not_a_product")
        st.info(say("review.said", said=said))


def _show_alternatives(item: ReviewItem) -> None:
    best, *_ = item["alternatives"]
    confirm = say("review.confirm", category=best["category"])
    if st.button(confirm, key="confirm", type="primary", width="stretch", shortcut="Enter"):
        _answer(item, "confirm")
    for place, other in enumerate(item["alternatives"], start=1):
        label = f"{other['category']} · {reader.words().share(other['confidence'], 0)}"
        if st.button(label, key=f"alternative {place}", width="stretch", shortcut=str(place)):
            _choose(item, other["prdtypecode"])
    likelier.show_note(item["alternatives"])


def _show_other_answers(item: ReviewItem) -> None:
    nothing, skip, back = st.columns(3)
    with nothing:
        if st.button(say("review.nothing"), key="nothing", width="stretch", shortcut="N"):
            _answer(item, "not a product")
    with skip:
        if st.button(
            say("review.skip"),
            key="skip",
            width="stretch",
            shortcut="S",
            help=say("review.skip_help"),
        ):
            _answer(item, "skip")
    with back:
        _show_back()


def _show_back() -> None:
    done: list[ReviewItem] = st.session_state.get(DONE, [])
    if st.button(say("review.back"), key="back", width="stretch", shortcut="B", disabled=not done):
        st.session_state[HELD].insert(0, done.pop())
        st.rerun()


def _show_other_category(item: ReviewItem) -> None:
    names = {int(code): name for code, name in recent.category_names().items()}
    with st.form("another category", border=False):
        chosen = st.selectbox(
            say("review.another"),
            list(names),
            index=None,
            format_func=lambda code: f"{names[code]} ({code})",
            placeholder=say("review.search"),
            # A key of its own: the next listing starts without this one's choice.
            key=f"category of {item['id']}",
        )
        if st.form_submit_button(say("review.use")) and chosen is not None:
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
    st.success(say("review.empty"), icon=":material/local_cafe:")
    st.markdown(say("review.how"))
    if any(count["leased"] for count in summary["kinds"]):
        st.caption(say("review.held_by_others"))
    again, back = st.columns(2)
    again.button(say("review.again"), key="again", width="stretch", shortcut="Enter")
    with back:
        _show_back()


def _show_progress(summary: ReviewSummary) -> None:
    waiting = sum(count["waiting"] + count["leased"] for count in summary["kinds"])
    left, mine = st.columns(2)
    words = reader.words()
    left.metric(say("review.waiting"), words.number(waiting), border=True, help=_by_kind(summary))
    mine.metric(say("review.yours"), words.number(summary["answered_by_you"]), border=True)
    if unlabelled := summary["unlabelled"]:
        st.caption(say("review.unlabelled", answers=words.count("answer", unlabelled)))


def _by_kind(summary: ReviewSummary) -> str:
    words = reader.words()
    return "  \n".join(
        say(
            "review.by_kind",
            kind=words.name("kind", count["kind"]),
            **{name: words.number(count[name]) for name in ("waiting", "leased", "answered")},
        )
        for count in summary["kinds"]
    )


def _name(code: int | None) -> str:
    return recent.category_names().get(str(code), "")


if __name__ == "__main__":
    show()
