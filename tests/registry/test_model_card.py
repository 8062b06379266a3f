from datetime import UTC, datetime

from tests.factories import a_submission

from rakuten_mlops.registry.model_card import write_card
from rakuten_mlops.registry.model_registry import ModelVersion


def test_a_card_says_data_scores_weakest_categories_verdict_and_limits():
    made = a_submission()
    verdict = {"promote": False, "reasons": ["Not better: macro-F1 +0.0001"]}
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
