"""Ask the model: one listing, or a CSV file of them."""

import streamlit as st

from rakuten_mlops.client.answers import Explanation, Listing, Prediction
from rakuten_mlops.dashboard import bars, batch, session

TITLE, TEXT, ANSWER = "designation", "description", "answer"
EXAMPLES: dict[str, Listing] = {
    "A pool pump": {
        "designation": "Pompe de filtration à sable 6 m³/h pour piscine hors-sol",
        "description": "<p>Débit 6 m³/h, vanne 4 voies, livrée avec tuyaux &amp; colliers.</p>",
    },
    "A used book": {
        "designation": "Le Petit Prince - Saint-Exupéry - édition de poche 1979",
        "description": "Livre d'occasion, couverture légèrement jaunie.",
    },
    "A game": {
        "designation": "Jeu vidéo PS4 The Last Guardian neuf sous blister",
        "description": "",
    },
    "A doubtful one": {"designation": "Lot de 3 pièces bleu", "description": ""},
}


def show() -> None:
    st.title("Predict")
    st.markdown("Give a listing, and get its category, how sure the model is, and whether to look.")
    one, many = st.tabs(["One listing", "A CSV file"])
    with one:
        _show_one()
    with many:
        batch.show()


def _show_one() -> None:
    st.caption("Try an example, or write your own.")
    with st.container(horizontal=True):
        for name, listing in EXAMPLES.items():
            st.button(name, on_click=_fill_in, args=(listing,))
    asked, answered = st.columns(2, gap="medium")
    with asked:
        _ask()
    with answered:
        if answer := st.session_state.get(ANSWER):
            _show_answer(answer)
        else:
            st.info("The answer appears here.")


def _fill_in(listing: Listing) -> None:
    st.session_state[TITLE] = listing["designation"]
    st.session_state[TEXT] = listing.get("description") or ""
    st.session_state.pop(ANSWER, None)


def _ask() -> None:
    with st.form("listing"):
        title = st.text_input(
            "Title (designation)", key=TITLE, placeholder="Pompe de filtration pour piscine"
        )
        text = st.text_area(
            "Description (optional)", key=TEXT, height=140, help="HTML is understood."
        )
        explain = st.checkbox("Say which words spoke for it", value=True)
        pressed = st.form_submit_button("Find the category", type="primary")
    if not pressed:
        return
    st.session_state.pop(ANSWER, None)
    if not title.strip():
        st.error("Write a title first: the description alone is not enough.")
        return
    listing: Listing = {"designation": title, "description": text or None}
    with session.reported():
        st.session_state[ANSWER] = session.api().predict(listing, explain=explain)


def _show_answer(answer: Prediction) -> None:
    with st.container(border=True):
        st.subheader(answer["category"], anchor=False)
        with st.container(horizontal=True):
            if answer["decision"] == "accept":
                st.badge("accept", color="green", help="Sure enough to be used as it is.")
            else:
                st.badge("review", color="orange", help="A person should look at this one.")
            st.badge(f"code {answer['prdtypecode']}", color="gray")
            st.badge(f"model version {answer['model_version']}", color="gray")
        confidence = answer["confidence"]
        st.progress(
            min(max(confidence, 0.0), 1.0),
            text=f"Confidence **{confidence:.2f}** · {answer['confidence_method']}",
        )
        _show_alternatives(answer)
        if explanation := answer.get("explanation"):
            _show_reasons(explanation)


def _show_alternatives(answer: Prediction) -> None:
    st.markdown("**What it considered**")
    considered = [
        bars.Bar(other["category"], str(other["prdtypecode"]), other["confidence"])
        for other in answer["alternatives"]
    ]
    st.html(bars.bar_list(considered, digits=2))


def _show_reasons(explanation: Explanation) -> None:
    st.markdown(f"**Which words spoke for it, and not for {explanation['runner_up_category']}**")
    st.dataframe(
        [
            {
                "Term": reason["term"] or "(any listing)",
                "In": reason["field"],
                "This category": reason["for_category"],
                "Runner-up": reason["for_runner_up"],
            }
            for reason in explanation["reasons"]
        ],
        hide_index=True,
        column_config={
            name: st.column_config.NumberColumn(format="%+.3f")
            for name in ("This category", "Runner-up")
        },
    )
    st.caption(
        "What each term added to the margin of the category, and of the runner-up. "
        f"Together: {explanation['margin']:+.3f} against {explanation['runner_up_margin']:+.3f}."
    )


if __name__ == "__main__":
    show()
