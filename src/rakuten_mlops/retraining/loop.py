"""Snapshot, train, register, judge, promote."""

import logging
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rakuten_mlops.catalog.snapshot import Snapshot
from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.errors import RegistryError, ScorerDisagrees
from rakuten_mlops.registry.model_card import write_card
from rakuten_mlops.registry.model_registry import (
    PRODUCTION,
    STAGING,
    ModelRegistry,
    Submission,
)
from rakuten_mlops.registry.promotion import Gate, Verdict, judge
from rakuten_mlops.serving.bulk import BulkScorer
from rakuten_mlops.serving.scorer import Scorer, compile_pipeline
from rakuten_mlops.serving.scorer_files import load, save
from rakuten_mlops.settings import Settings
from rakuten_mlops.training.pipeline import Parameters, model_input
from rakuten_mlops.training.report import write_report
from rakuten_mlops.training.scorecard import Scorecard
from rakuten_mlops.training.trainer import (
    Candidate,
    Progress,
    environment,
    holdout_of,
    silent,
    train,
)

log = logging.getLogger(__name__)

REPORT = "report"
SCORER = "scorer"
CARD = "model_card.md"
SAMPLE = 500


@dataclass(frozen=True)
class Outcome:
    """What a retraining came to: `promoted`, `rejected`, or `nothing new` with the version."""

    result: str
    version: str
    scorecard: Mapping[str, Any] | None = None
    verdict: Mapping[str, Any] | None = None

    def summary(self) -> dict[str, Any]:
        """The outcome, ready for JSON."""
        return asdict(self)

    @property
    def message(self) -> str:
        """The outcome in a sentence."""
        if self.result == "nothing new":
            return f"Nothing new since version {self.version}: same listings, same parameters"
        reasons = "; ".join(self.verdict["reasons"] if self.verdict else ())
        return f"Version {self.version} {self.result}. {reasons}"


class Retraining:
    """One catalogue, one registry, one gate; `by` is who every move is recorded for."""

    def __init__(
        self, catalog: Catalog, registry: ModelRegistry, gate: Gate, *, by: str, commit: str
    ) -> None:
        self._catalog = catalog
        self._registry = registry
        self._gate = gate
        self._by = by
        self._commit = commit

    def run(
        self, parameters: Parameters, *, force: bool = False, progress: Progress = silent
    ) -> Outcome:
        """Train on the current revision, register, judge against the champion, promote if better.

        Raises RegistryUnavailable before any work if the registry is away, and whenever it fails
        later: nothing is promoted then.
        """
        champion = self._registry.aliased(PRODUCTION)
        known = {version for version in (champion, self._registry.aliased(STAGING)) if version}
        progress("read", 0.0)
        snapshot = self._catalog.snapshot()
        if not force:
            for version in sorted(known, key=int, reverse=True):
                if self._same(version, snapshot, parameters):
                    return Outcome("nothing new", version)
        with tempfile.TemporaryDirectory(prefix="rakuten-") as folder:
            opponent = self._fetch_scorer(champion, Path(folder)) if champion else None
            candidate, version = self._register(snapshot, parameters, Path(folder), progress)
        progress("judge", 0.95)
        verdict = self._judge(candidate, snapshot, champion, opponent)
        return self._conclude(candidate, version, verdict, champion)

    def register(
        self, parameters: Parameters, *, revision: int | None = None, progress: Progress = silent
    ) -> Outcome:
        """Train on a revision and register as `Staging`; judge and promote nothing."""
        self._registry.aliased(STAGING)
        progress("read", 0.0)
        snapshot = self._catalog.snapshot(revision)
        with tempfile.TemporaryDirectory(prefix="rakuten-") as folder:
            candidate, version = self._register(snapshot, parameters, Path(folder), progress)
        self._write_card(version)
        return Outcome("registered", version, candidate.scorecard.summary())

    def _same(self, version: str, snapshot: Snapshot, parameters: Parameters) -> bool:
        """Tell whether a version was made of this, and is in production or was judged."""
        known = self._registry.version(version)
        return (
            (PRODUCTION in known.aliases or known.verdict is not None)
            and known.lineage.get("fingerprint") == snapshot.fingerprint
            and dict(known.parameters) == parameters.summary()
        )

    def _fetch_scorer(self, version: str, folder: Path) -> Scorer:
        return load(self._registry.fetch(version, SCORER, folder / f"v{version}" / SCORER))

    def _register(
        self, snapshot: Snapshot, parameters: Parameters, folder: Path, progress: Progress
    ) -> tuple[Candidate, str]:
        candidate = train(
            snapshot, parameters, lambda step, done: progress(step, 0.05 + done * 0.7)
        )
        progress("register", 0.75)
        names = self._names()
        scorer = compile_pipeline(candidate.pipeline, names)
        _check_agreement(scorer, candidate, snapshot)
        save(scorer, folder / SCORER)
        write_report(candidate.scorecard, names, folder / REPORT)
        submission = self._submission(candidate, snapshot, folder)
        version = self._registry.register(submission)
        self._registry.move_alias(
            STAGING, version, by=self._by, why=f"newest challenger, of revision {snapshot.revision}"
        )
        log.info("registered version %s, now %s", version, STAGING)
        return candidate, version

    def _submission(self, candidate: Candidate, snapshot: Snapshot, folder: Path) -> Submission:
        return Submission(
            pipeline=candidate.pipeline,
            # Not `to_pandas`: that needs pyarrow, which the API's image does without.
            example=pd.DataFrame(model_input(snapshot.holdout.head(3)).to_dict(as_series=False)),
            parameters=candidate.parameters.summary(),
            lineage=self._lineage(candidate, snapshot),
            scorecard=candidate.scorecard.summary(),
            metrics=_metrics(candidate),
            files={SCORER: folder / SCORER, REPORT: folder / REPORT},
        )

    def _lineage(self, candidate: Candidate, snapshot: Snapshot) -> dict[str, Any]:
        return {
            "source": self._source(snapshot.revision),
            "revision": snapshot.revision,
            "fingerprint": snapshot.fingerprint,
            "training_rows": candidate.training_rows,
            "holdout_rows": candidate.scorecard.holdout.rows,
            "seed": candidate.parameters.seed,
            "git_commit": self._commit,
            "packages": environment(),
            "seconds": candidate.seconds,
            "peak_memory_mib": candidate.peak_memory_mib,
            "requested_by": self._by,
        }

    def _source(self, revision: int) -> str:
        written = [each for each in self._catalog.revisions() if each.revision <= revision]
        return "; ".join(dict.fromkeys(f"{each.kind}: {each.source}" for each in written))[:300]

    def _names(self) -> dict[int, str]:
        return {code: category.name_fr for code, category in self._catalog.categories().items()}

    def _judge(
        self,
        candidate: Candidate,
        snapshot: Snapshot,
        champion: str | None,
        opponent: Scorer | None,
    ) -> Verdict:
        if opponent is None:
            return judge(candidate.scorecard, None, self._gate)
        rescored = Scorecard(
            holdout_of(snapshot), candidate.scorecard.truth, _predict(opponent, snapshot)
        )
        return judge(candidate.scorecard, rescored, self._gate, champion_version=champion)

    def _conclude(
        self, candidate: Candidate, version: str, verdict: Verdict, champion: str | None
    ) -> Outcome:
        self._registry.record_verdict(version, verdict.summary())
        self._write_card(version)
        if verdict.promote:
            if self._registry.aliased(PRODUCTION) != champion:
                raise RegistryError(
                    f"{PRODUCTION} moved while version {version} was judged against {champion}; "
                    "nothing was promoted, train again"
                )
            why = "; ".join(verdict.reasons)
            self._registry.move_alias(PRODUCTION, version, by=self._by, why=why)
        result = "promoted" if verdict.promote else "rejected"
        log.info("version %s %s: %s", version, result, "; ".join(verdict.reasons))
        return Outcome(result, version, candidate.scorecard.summary(), verdict.summary())

    def _write_card(self, version: str) -> None:
        card = write_card(self._registry.version(version), self._names())
        self._registry.add_file(version, CARD, card)


def _predict(scorer: Scorer, snapshot: Snapshot) -> np.ndarray:
    kept = snapshot.holdout
    margins = BulkScorer(scorer).margins(kept["designation"], kept["description"])
    return scorer.classes[margins.argmax(axis=1)]


def _check_agreement(scorer: Scorer, candidate: Candidate, snapshot: Snapshot) -> None:
    """Prove that what is served, what is judged and what anybody may load are one model."""
    predicted = candidate.scorecard.predicted
    few = snapshot.holdout.head(SAMPLE)
    alone = [scorer.predict(*row) for row in few.select("designation", "description").iter_rows()]
    answers = (
        (_predict(scorer, snapshot), predicted),
        (np.array(alone), predicted[: few.height]),
        (candidate.pipeline.predict(model_input(few)), predicted[: few.height]),
    )
    different = sum(int(np.sum(given != judged)) for given, judged in answers)
    if different:
        raise ScorerDisagrees(
            f"The pipeline and what serves it gave {different} different answers for "
            f"{snapshot.holdout.height} holdout listings; nothing was registered"
        )


def _metrics(candidate: Candidate) -> dict[str, float]:
    scores = candidate.scorecard
    return (
        scores.averages()
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
