from datetime import UTC, datetime

import pytest
from tests.factories import a_scorecard, a_submission

from rakuten_mlops.registry.model_card import Acceptance, Evidence, write_card
from rakuten_mlops.registry.model_registry import ModelVersion

NAMES = {10: "Livres", 40: "Jeux vidéo"}
ANSWERS = ((10, 10, 8), (40, 10, 2), (40, 40, 5), (40, 60, 1))


def a_version(**lineage):
    made = a_submission()
    return ModelVersion(
        "4",
        datetime.now(UTC),
        (),
        made.parameters,
        {**made.lineage, **lineage},
        a_scorecard(*ANSWERS).summary(),
    )


def the_evidence(**changes):
    titles = [f"livre {n}" for n in range(8)] + ["manette | PS4", "`console` $x$", *["jeu"] * 5]
    known = {
        "scorecard": a_scorecard(*ANSWERS),
        "titles": [*titles, "x" * 200],
        "listings": 100,
        "without_description": 35,
        "label_sources": {"import": 90, "review": 10},
    }
    return Evidence(**known | changes)


def test_a_card_says_data_scores_weakest_categories_verdict_and_limits():
    verdict = {"promote": False, "reasons": ["Not better: macro-F1 +0.0001"]}
    made = a_submission()
    version = ModelVersion(
        "4", datetime.now(UTC), (), made.parameters, made.lineage, made.scorecard, verdict
    )

    card = write_card(version, {40: "Jeux vidéo"})

    assert card.startswith("# product-classifier, version 4")
    assert "90 labelled listings of revision 3" in card
    assert "| macro-F1 | 0.4444 |" in card
    assert "| 40 Jeux vidéo | 0.000 |" in card
    assert "Not promoted.\n\n- Not better: macro-F1 +0.0001" in card
    assert "not a calibrated probability" in card


def test_a_card_says_where_labels_came_from_and_how_many_texts_are_bare():
    card = write_card(a_version(), NAMES, the_evidence())

    assert "Of all 100, 35.0% have no description." in card
    assert (
        "| imported files | 90 | 90.0% |\n| people, in the review queue | 10 | 10.0% |\n"
    ) in card


def test_scores_come_with_their_intervals():
    card = write_card(a_version(), NAMES, the_evidence())

    # Wilson's interval of 13 right answers of 16.
    assert "| accuracy | 0.8125 | 0.5699 to 0.9341 |" in card
    assert "| macro-F1 | 0.8291 | 0." in card


def test_a_weak_category_shows_what_it_is_taken_for_with_counts_and_examples():
    card = write_card(a_version(), NAMES, the_evidence())

    assert "### 40 Jeux vidéo\n\nNot found: 3 of its 8 listings." in card
    assert "| 10 Livres | 2 | `manette \\| PS4` · `'console' $x$` |\n" in card
    assert f"| 60 | 1 | `{'x' * 79}…` |" in card
    # Nothing of it is mistaken, so there is nothing to show.
    assert "### 10 Livres" not in card


def test_thresholds_and_calibration_are_shown_where_they_are_known():
    plain = write_card(a_version(), NAMES, the_evidence())
    acceptance = Acceptance(
        precision=0.95,
        automation_rate=0.625,
        accepted_precision=0.9,
        thresholds={10: 0.5, 40: None},
    )

    card = write_card(
        a_version(),
        NAMES,
        the_evidence(acceptance=acceptance, calibration={"expected calibration error": 0.0213}),
    )

    assert "## Decisions" not in plain
    assert "## Calibration" not in plain
    assert "**Automation rate 62.5%**" in card
    assert "for a precision of 95%; 90.0% were right." in card
    assert "| 10 Livres | 0.500 |\n| 40 Jeux vidéo | always reviewed |" in card
    assert "| expected calibration error | 0.0213 |" in card
    assert "`confidence` is calibrated" in card
    assert "softmax" not in card


@pytest.mark.parametrize("kind", ["synthetic", "arrivals"])
def test_synthetic_listings_are_said_to_be_synthetic(kind):
    real = write_card(a_version(), NAMES, the_evidence())
    made_up = write_card(a_version(), NAMES, the_evidence(label_sources={kind: 100}))

    assert "synthetic" not in real.partition("## Limits")[2]
    assert "**Its listings are synthetic**" in made_up.partition("## Limits")[2]


def test_a_card_says_the_command_that_makes_its_version_again():
    clean = write_card(a_version(git_commit="a" * 40), NAMES)
    dirty = write_card(a_version(git_commit=f"{'a' * 40}-dirty"), NAMES)

    assert "```sh\nrakuten-mlops reproduce 4\n```" in clean
    assert "`rakuten-mlops export --revision 3 --output revision-3.parquet`" in clean
    assert f"those of `{'a' * 40}`, installed from its lock" in clean
    assert "code that nobody can have again" in dirty


def test_every_table_of_a_card_has_rows_of_one_length():
    card = write_card(a_version(), {10: "a | b\nc", 40: "d"}, the_evidence())

    blocks = [block.splitlines() for block in card.split("\n\n") if block.startswith("|")]
    for lines in blocks:
        assert len({line.replace("\\|", "").count("|") for line in lines}) == 1
    assert len(blocks) == 6
