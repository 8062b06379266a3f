"""What a model card needs from a training, gathered."""

from rakuten_mlops.catalog.snapshot import Snapshot
from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.registry.model_card import Acceptance, Evidence
from rakuten_mlops.training.trainer import Candidate


def gather_evidence(candidate: Candidate, snapshot: Snapshot, catalog: Catalog) -> Evidence:
    """Gather the evidence of a candidate that was trained on a snapshot of a catalogue."""
    decided = candidate.decided
    return Evidence(
        scorecard=candidate.scorecard,
        titles=snapshot.holdout["designation"].to_list(),
        listings=snapshot.rows.height,
        without_description=int((snapshot.rows["description"] == "").sum()),
        label_sources=catalog.label_sources(snapshot.revision),
        acceptance=Acceptance(
            precision=decided.requirement.precision,
            automation_rate=decided.automation_rate,
            accepted_precision=decided.precision,
            thresholds=decided.thresholds,
        ),
        calibration={
            "expected calibration error": decided.calibration_error,
            "the same of a perfect calibration, by chance": decided.chance,
            "Brier score": decided.brier,
            "log-loss": decided.log_loss,
        },
    )
