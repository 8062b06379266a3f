"""Ask the model: one listing while it is typed, several at once, or a CSV file of them."""

import streamlit as st

from rakuten_mlops.client.answers import Explanation, Listing, Prediction
from rakuten_mlops.dashboard import bars, batch, highlight, likelier, paste, reader, session
from rakuten_mlops.dashboard.reader import say

TITLE, TEXT = "designation", "description"
SHORTEST = 3
EXAMPLES: dict[str, Listing] = {
    "pump": {
        "designation": "Pompe de filtration à sable 6 m³/h pour piscine hors-sol",
        "description": "<p>Débit 6 m³/h, vanne 4 voies, livrée avec tuyaux &amp; colliers.</p>",
    },
    "book": {
        "designation": "Le Petit Prince - Saint-Exupéry - édition de poche 1979",
        "description": "Livre d'occasion, couverture légèrement jaunie.",
    },
    "game": {
        "designation": "Jeu vidéo PS4 The Last Guardian neuf sous blister",
        "description": "",
    },
    "doubtful": {"designation": "Lot de 3 pièces bleu", "description": ""},
}


def show() -> None:
    st.title(say("page.predict"))
    st.markdown(say("predict.lead"))
    one, several, file = st.tabs(
        [say("predict.one"), say("predict.several"), say("predict.file")],
        key="predict tabs",
        on_change="rerun",
    )
    if several.open:
        with several:
            paste.show()
    elif file.open:
        with file:
            batch.show()
    else:
        with one:
            _show_one()


@st.fragment
def _show_one() -> None:
    st.caption(say("predict.try"))
    with st.container(horizontal=True, key="examples"):
        for name, listing in EXAMPLES.items():
            label = say(f"predict.example.{name}")
            st.button(label, key=f"example {name}", on_click=_fill_in, args=(listing,))
    asked, answered = st.columns([4, 5], gap="medium")
    with asked:
        listing = _ask()
    with answered:
        if listing is None:
            st.info(say("predict.waiting"), icon=":material/edit:")
        else:
            _answer(listing)


def _fill_in(listing: Listing) -> None:
    st.session_state[TITLE] = listing["designation"]
    st.session_state[TEXT] = listing.get("description") or ""


def _ask() -> Listing | None:
    """What stands in the two fields; None until the title says something."""
    title = st.text_input(
        say("predict.title"),
        key=TITLE,
        placeholder="Pompe de filtration pour piscine",
        live="300ms",
        persist_state="session",
        help=say("predict.title_help"),
    )
    text = st.text_area(
        say("predict.text"),
        key=TEXT,
        height=180,
        help=say("predict.text_help"),
        persist_state="session",
    )
    if len((title or "").strip()) < SHORTEST:
        return None
    return {"designation": title or "", "description": text or None}


def _answer(listing: Listing) -> None:
    with session.reported():
        answer = session.api().predict(listing, explain=True)
        with st.container(border=True):
            _show_answer(answer)
            _show_considered(answer)
        if explanation := answer.get("explanation"):
            with st.container(border=True):
                _show_reasons(listing, explanation)


def _show_answer(answer: Prediction) -> None:
    words = reader.words()
    st.subheader(answer["category"], anchor=False)
    with st.container(horizontal=True):
        if answer["decision"] == "accept":
            st.badge(say("decision.accept"), color="green", help=say("decision.accept_help"))
        else:
            st.badge(say("decision.review"), color="orange", help=say("decision.review_help"))
        st.badge(say("predict.code", code=answer["prdtypecode"]), color="gray")
        st.badge(say("predict.version", version=answer["model_version"]), color="gray")
    confidence = answer["confidence"]
    st.progress(
        min(max(confidence, 0.0), 1.0),
        text=say("predict.confidence", confidence=words.sure(confidence)),
    )
    st.caption(words.name("method", answer["confidence_method"]))


def _show_considered(answer: Prediction) -> None:
    words = reader.words()
    st.markdown(f"**{say('predict.considered')}**")
    considered = [
        bars.Bar(
            other["category"],
            str(other["prdtypecode"]),
            other["confidence"],
            words.sure(other["confidence"]),
        )
        for other in answer["alternatives"]
    ]
    st.html(bars.bar_list(considered))
    likelier.show_note(answer["alternatives"])


def _show_reasons(listing: Listing, explanation: Explanation) -> None:
    words = reader.words()
    st.markdown(f"**{say('predict.reasons', other=explanation['runner_up_category'])}**")
    text = listing.get("description") or ""
    st.html(highlight.listing(listing["designation"], text, explanation["reasons"]))
    st.caption(say("predict.marked"))
    with st.expander(say("predict.every_term")):
        first, other = say("predict.this"), say("predict.runner_up")
        st.dataframe(
            [
                {
                    say("predict.term"): reason["term"] or say("predict.any_listing"),
                    say("predict.field"): words.name("field", reason["field"]),
                    first: reason["for_category"],
                    other: reason["for_runner_up"],
                }
                for reason in explanation["reasons"]
            ],
            hide_index=True,
            column_config={
                name: st.column_config.NumberColumn(format="%+.3f") for name in (first, other)
            },
        )
        margin = words.signed(explanation["margin"])
        against = words.signed(explanation["runner_up_margin"])
        st.caption(say("predict.together", margin=margin, against=against))


if __name__ == "__main__":
    show()
