"""What a drift report found, in the reader's language. Pure: the API's report in, sentences out.

The API says it in English, with the figures beside it; of what is new here its sentence is kept.
"""

from collections.abc import Callable, Mapping
from typing import Any

from rakuten_mlops.dashboard.language import Language

MOST_CATEGORIES, MOST_TERMS = 3, 6
KINDS = ("without description", "garbled")

Report = Mapping[str, Any]


def headline(report: Report, words: Language) -> str:
    """The weightiest finding, or why there is none."""
    if report["findings"]:
        return _sentence(report, report["findings"][0], words)
    calm = report["state"] == "no drift"
    return words.say("drift.found.calm") if calm else report["headline"]


def findings(report: Report, words: Language) -> list[str]:
    """What changed, in the order of the report."""
    return [_sentence(report, each, words) for each in report["findings"]]


def finding(test: Report, report: Report, words: Language) -> str:
    """What one test found, whether that is more than noise or not."""
    name = test["name"]
    if name == "categories":
        return _of_categories(report["categories"], words)
    if name == "domain":
        return _of_domain(test, report["terms"], words)
    if name in FIGURES and test.get("current") is not None:
        return FIGURES[name](test, words)
    if name == "language" and test["bins"]:
        return _of_language(test["bins"], words)
    if name in KINDS and test["bins"]:
        return words.say(f"drift.found.{_key(name)}", **_shares(test["bins"][1], words))
    return test["finding"]


def title(test: Report, words: Language) -> str:
    """What a test looks at."""
    key = f"drift.name.{_key(test['name'])}"
    return words.say(key) if words.knows(key) else test["title"]


def quoted(terms: list[str], words: Language) -> str:
    """Words, apart, in the language's own marks."""
    return ", ".join(words.say("drift.found.quoted", term=term) for term in terms)


def _sentence(report: Report, said: str, words: Language) -> str:
    """The sentence `said` of the report, by the test that said it."""
    for test in report["tests"]:
        if test["finding"] == said:
            return finding(test, report, words)
    return _of_newcomers(report["newcomers"], words) if report["newcomers"] else said


def _of_newcomers(found: Report, words: Language) -> str:
    return words.say(
        "drift.found.newcomers",
        share=words.share(found["share"]),
        terms=quoted(list(found["terms"]), words),
        category=found["category"],
        confidence=words.score(found["confidence"], 2),
    )


def _of_categories(changes: list[Report], words: Language) -> str:
    told = [
        words.say("drift.found.category", category=each["category"], **_shares(each, words))
        for each in changes[:MOST_CATEGORIES]
    ]
    if not told:
        return words.say("drift.found.no_category")
    return words.say("drift.found.categories", changes=", ".join(told))


def _of_language(bins: list[Report], words: Language) -> str:
    grown = max(bins, key=lambda each: each["current"] - each["reference"])
    key = f"drift.found.in.{_key(grown['label'])}"
    language = words.say(key) if words.knows(key) else grown["label"]
    return words.say("drift.found.language", language=language, **_shares(grown, words))


def _of_length(test: Report, words: Language) -> str:
    now, before = test["current"], test["reference"]
    how = "longer" if now > before else "shorter" if now < before else "other"
    key = f"drift.found.{_key(test['name'])}_{how}"
    return words.say(key, now=words.number(now), before=words.number(before))


def _of_confidence(test: Report, words: Language) -> str:
    now, before = test["current"], test["reference"]
    key = f"drift.found.{'surer' if now > before else 'less_sure'}"
    return words.say(key, now=words.score(now, 2), before=words.score(before, 2))


def _of_unknown_words(test: Report, words: Language) -> str:
    return words.say("drift.found.unknown_words", **_shares(test, words))


def _of_grown_word(test: Report, words: Language) -> str:
    if test["state"] == "no drift":
        return words.say("drift.found.no_word")
    named = test["term"]
    term = quoted([named], words) if named else words.say("drift.found.nameless")
    return words.say("drift.found.grown_word", term=term, **_shares(test, words))


def _of_domain(test: Report, terms: list[Report], words: Language) -> str:
    auc = words.score(test["value"], 2)
    if test["state"] == "no drift":
        return words.say("drift.found.not_told_apart", auc=auc)
    told = words.say("drift.found.told_apart", auc=auc)
    if not terms:
        return told
    new = quoted([each["term"] for each in terms[:MOST_TERMS]], words)
    return f"{told}{words.say('drift.found.new_terms', terms=new)}"


def _shares(pair: Report, words: Language) -> dict[str, str]:
    return {"now": words.share(pair["current"]), "before": words.share(pair["reference"])}


def _key(name: str) -> str:
    return name.replace(" ", "_")


FIGURES: dict[str, Callable[[Report, Language], str]] = {
    "title length": _of_length,
    "description length": _of_length,
    "confidence": _of_confidence,
    "unknown words": _of_unknown_words,
    "grown word": _of_grown_word,
}
