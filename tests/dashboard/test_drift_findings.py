"""A drift report in the reader's language."""

import pytest

from rakuten_mlops.dashboard.drift_findings import finding, findings, headline, title
from rakuten_mlops.dashboard.language import language

from .fake_monitoring import IN_ENGLISH, a_report, a_test

ENGLISH, FRENCH = language("en"), language("fr")
BARE = [
    {"label": "no", "reference": 0.9, "current": 0.6},
    {"label": "yes", "reference": 0.1, "current": 0.4},
]
TOLD_APART = "Par leurs mots, les annonces se distinguent de la référence"
SAID = [
    ("without description", {"bins": BARE}, "Annonces sans description : 40,0 % contre 10,0 %"),
    (
        "garbled",
        {"bins": BARE},
        "Annonces aux lettres abîmées par un mauvais encodage : 40,0 % contre 10,0 %",
    ),
    ("language", {}, "Annonces en anglais : 40,0 % contre 10,0 %"),
    ("categories", {}, "Parmi les réponses, Livres d'occasion passe de 4,0 % à 12,0 %"),
    (
        "title length",
        {"reference": 40.0, "current": 55.0},
        "Titres plus longs : 55 caractères au milieu contre 40",
    ),
    (
        "description length",
        {"reference": 1_400.0, "current": 5.0},
        "Descriptions plus courtes : 5 caractères au milieu contre 1 400",
    ),
    (
        "confidence",
        {"reference": 0.75, "current": 0.5},
        "Le modèle est moins sûr de lui : 0,50 en moyenne contre 0,75",
    ),
    (
        "unknown words",
        {"reference": 0.02, "current": 0.1},
        "Mots que le modèle ne connaît pas : 10,0 % de ceux d'une annonce en moyenne contre 2,0 %",
    ),
    (
        "grown word",
        {"reference": 0.0, "current": 0.1, "term": "drone"},
        "« drone » se trouve dans plus d'annonces : 10,0 % contre 0,0 %",
    ),
    (
        "domain",
        {"value": 0.71},
        f"{TOLD_APART} (AUC 0,71) ; nouveaux ou plus fréquents : « dropshipping »",
    ),
]
NEWCOMERS = {
    "share": 0.12,
    "confidence": 0.6,
    "terms": ["lisp", "emacs"],
    "prdtypecode": 10,
    "category": "Livres d'occasion",
}


@pytest.mark.parametrize(("name", "figures", "said"), SAID)
def test_a_finding_is_told_in_french(name, figures, said):
    test = a_test(name, "a title", 0.3, "drift") | figures

    told = finding(test, a_report(), FRENCH)

    assert told.replace("\u202f", " ") == said
    assert finding(test, a_report(), ENGLISH) not in (told, test["finding"])


@pytest.mark.parametrize("name", [name for name, *_ in SAID])
def test_what_a_test_looks_at_has_a_name_in_each_language(name):
    names = {title(a_test(name, "a title", 0.3, "drift"), words) for words in (ENGLISH, FRENCH)}

    assert len(names) == 2
    assert "a title" not in names


def test_the_headline_is_the_first_finding():
    report = a_report()

    assert headline(report, FRENCH).startswith("Annonces en anglais")
    assert headline(a_report(state="no drift") | {"findings": []}, FRENCH).startswith(
        "Les annonces"
    )


def test_newcomers_are_told_with_their_words():
    report = a_report() | {
        "newcomers": NEWCOMERS,
        "findings": ["About 12 % of the listings are of a kind …", IN_ENGLISH],
    }

    first, second = findings(report, FRENCH)

    assert first.replace("\u202f", " ").startswith("Environ 12,0 % des annonces, ou plus")
    assert "« lisp », « emacs »" in first
    assert second.startswith("Annonces en anglais")


def test_what_is_new_here_is_told_as_it_came():
    unknown = a_test("colour", "Colour", 0.3, "drift")
    of_before = a_test("confidence", "Confidence", 0.3, "drift")

    assert finding(unknown, a_report(), FRENCH) == "Colour: drift"
    assert title(unknown, FRENCH) == "Colour"
    assert finding(of_before, a_report(), FRENCH) == "Confidence: drift"


def test_a_report_of_the_history_has_no_bins_and_is_told_all_the_same():
    report = a_report()
    report["tests"] = [each | {"bins": []} for each in report["tests"]]

    assert headline(report, FRENCH) == IN_ENGLISH
