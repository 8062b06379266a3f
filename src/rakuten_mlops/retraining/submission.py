"""What the registry is handed of a training: the pipeline, its figures, and where it comes from."""

import subprocess
from collections.abc import Mapping
from importlib.metadata import version as package_version
from pathlib import Path

import pandas as pd

from rakuten_mlops import request_ids
from rakuten_mlops.catalog.snapshot import Snapshot
from rakuten_mlops.registry.model_registry import Submission
from rakuten_mlops.settings import Settings
from rakuten_mlops.training.machine import describe_machine
from rakuten_mlops.training.pipeline import model_input
from rakuten_mlops.training.trainer import Candidate, environment


def submission_of(
    candidate: Candidate,
    snapshot: Snapshot,
    files: Mapping[str, Path],
    *,
    source: str,
    commit: str,
    by: str,
) -> Submission:
    """Gather a submission; `source` says how the listings came into the catalogue."""
    lineage = {
        "source": source,
        "revision": snapshot.revision,
        "fingerprint": snapshot.fingerprint,
        "training_rows": candidate.training_rows,
        "holdout_rows": candidate.scorecard.holdout.rows,
        "seed": candidate.parameters.seed,
        "git_commit": commit,
        "packages": environment(),
        "machine": describe_machine(),
        "seconds": candidate.seconds,
        "peak_memory_mib": candidate.peak_memory_mib,
        "requested_by": by,
        "request_id": request_ids.current(),
    }
    return Submission(
        pipeline=candidate.pipeline,
        # Not `to_pandas`: that needs pyarrow, which the API's image does without.
        example=pd.DataFrame(model_input(snapshot.holdout.head(3)).to_dict(as_series=False)),
        parameters=candidate.parameters.summary(),
        lineage=lineage,
        scorecard=candidate.summary(),
        metrics=_metrics(candidate),
        files=files,
    )


def _metrics(candidate: Candidate) -> dict[str, float]:
    scores = candidate.scorecard
    return (
        scores.averages()
        | {
            "calibration_error": candidate.decided.calibration_error,
            "brier": candidate.decided.brier,
            "automation_rate": candidate.decided.automation_rate,
        }
        | {f"f1_{code}": score.f1 for code, score in scores.categories.items()}
        | {f"seconds_{step}": seconds for step, seconds in candidate.seconds.items()}
        | {"peak_memory_mib": candidate.peak_memory_mib}
    )


def git_commit(settings: Settings) -> str:
    """The commit that the settings name, or this checkout's, marked where it was changed.

    Without either, the package's version.
    """
    if settings.git_commit:
        return settings.git_commit
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty"]
    try:
        found = subprocess.run(  # noqa: S603 - a fixed command
            [*command, "--abbrev=40", "--exclude=*"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return f"release {package_version('rakuten-mlops')}"
    return found.stdout.strip()
