"""Prove that what is served, what is judged and what anybody may load are one model."""

import numpy as np
from numpy.typing import NDArray

from rakuten_mlops.catalog.snapshot import Snapshot
from rakuten_mlops.errors import ScorerDisagrees
from rakuten_mlops.registry.promotion import Automation
from rakuten_mlops.serving.bulk import BulkScorer
from rakuten_mlops.serving.scorer import Scorer
from rakuten_mlops.training.calibration import answers
from rakuten_mlops.training.pipeline import model_input
from rakuten_mlops.training.reliability import accepted_precision, automation_rate
from rakuten_mlops.training.trainer import Candidate

SAMPLE = 500


def check_agreement(scorer: Scorer, candidate: Candidate, snapshot: Snapshot) -> None:
    """Compare the answers of each way to predict, on the holdout or the first of it.

    Raises ScorerDisagrees at a single difference.
    """
    predicted = candidate.scorecard.predicted
    few = snapshot.holdout.head(SAMPLE)
    alone = [scorer.predict(*row) for row in few.select("designation", "description").iter_rows()]
    answers = (
        (predict_holdout(scorer, snapshot), predicted),
        (np.array(alone), predicted[: few.height]),
        (candidate.pipeline.predict(model_input(few)), predicted[: few.height]),
    )
    different = sum(int(np.sum(given != judged)) for given, judged in answers)
    if different:
        raise ScorerDisagrees(
            f"The pipeline and what serves it gave {different} different answers for "
            f"{snapshot.holdout.height} holdout listings; nothing was registered"
        )


def predict_holdout(scorer: Scorer, snapshot: Snapshot) -> NDArray[np.int64]:
    """The category of each holdout listing, in the order of its rows."""
    return scorer.classes[_margins(scorer, snapshot).argmax(axis=1)]


def judge_holdout(
    scorer: Scorer, snapshot: Snapshot
) -> tuple[NDArray[np.int64], Automation | None]:
    """The same, and how much of it the scorer accepts; None of a scorer without thresholds."""
    margins = _margins(scorer, snapshot).astype(np.float64)
    answer, _ = answers(margins)
    given = scorer.classes[answer]
    if scorer.assurance is None:
        return given, None
    confidence = scorer.assurance.calibration.confidence(margins)
    accepted = confidence >= scorer.assurance.thresholds[answer]
    right = given == snapshot.holdout["prdtypecode"].to_numpy()
    return given, Automation(automation_rate(accepted), accepted_precision(accepted, right))


def _margins(scorer: Scorer, snapshot: Snapshot) -> NDArray[np.float32]:
    kept = snapshot.holdout
    return BulkScorer(scorer).margins(kept["designation"], kept["description"])
