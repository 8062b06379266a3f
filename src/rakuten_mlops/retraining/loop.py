"""Snapshot, train, register, judge, promote.

One core has little to do while the classifier is fitted on another. What need not wait for that is
done beside it, in a thread: asking the registry, importing what draws and saves.
"""

import logging
import tempfile
from collections.abc import Generator, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from rakuten_mlops import request_ids
from rakuten_mlops.catalog.row_digests import DIGESTS, write_row_digests
from rakuten_mlops.catalog.snapshot import Snapshot
from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.errors import RegistryError
from rakuten_mlops.monitoring.reference_files import make_reference, save_reference
from rakuten_mlops.registry.model_card import write_card
from rakuten_mlops.registry.model_registry import (
    PRODUCTION,
    STAGING,
    ModelRegistry,
)
from rakuten_mlops.registry.promotion import Automation, Gate, Verdict, judge, with_automation
from rakuten_mlops.retraining.agreement import check_agreement, judge_holdout
from rakuten_mlops.retraining.card_evidence import gather_evidence
from rakuten_mlops.retraining.doubts import Questions
from rakuten_mlops.retraining.submission import submission_of
from rakuten_mlops.serving.registered_scorer import SCORER, fetch_scorer
from rakuten_mlops.serving.scorer import Scorer, assurance_of, compile_pipeline
from rakuten_mlops.serving.scorer_files import load, save
from rakuten_mlops.training.pipeline import OFF_BEFORE, Parameters
from rakuten_mlops.training.scorecard import Scorecard
from rakuten_mlops.training.trainer import (
    Candidate,
    Progress,
    holdout_of,
    silent,
    train,
)

log = logging.getLogger(__name__)

REPORT = "report"
CARD = "model_card.md"


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
    """One catalogue, one registry, one gate; `by` is who every move is recorded for.

    `questions` take the labels that a training doubts, if they are to be reviewed.
    """

    def __init__(
        self,
        catalog: Catalog,
        registry: ModelRegistry,
        gate: Gate,
        *,
        by: str,
        commit: str,
        questions: Questions | None = None,
    ) -> None:
        self._catalog = catalog
        self._registry = registry
        self._gate = gate
        self._by = by
        self._commit = commit
        self._questions = questions

    def run(
        self, parameters: Parameters, *, force: bool = False, progress: Progress = silent
    ) -> Outcome:
        """Train on the current revision, register, judge against the champion, promote if better.

        Raises RegistryUnavailable before it trains if the registry is away, and whenever that fails
        later: nothing is promoted then.
        """
        with _folder() as folder, _thread() as beside:
            asked = beside.submit(self._held)
            progress("read", 0.0)
            snapshot = self._catalog.snapshot()
            champion, staging = asked.result()
            known = {version for version in (champion, staging) if version}
            if not force:
                for version in sorted(known, key=int, reverse=True):
                    if self._same(version, snapshot, parameters):
                        return Outcome("nothing new", version)
            opponent = self._fetch_scorer(champion, folder) if champion else None
            candidate, version = self._register(snapshot, parameters, progress, folder, beside)
        progress("judge", 0.95)
        verdict = self._judge(candidate, snapshot, champion, opponent)
        self._registry.record_verdict(version, verdict.summary())
        self._write_card(version, candidate, snapshot)
        outcome = self._conclude(candidate, version, verdict, champion)
        if self._questions is not None:
            self._questions.ask(version, candidate, snapshot)
        return outcome

    def register(
        self, parameters: Parameters, *, revision: int | None = None, progress: Progress = silent
    ) -> Outcome:
        """Train on a revision and register as `Staging`; judge and promote nothing.

        Raises RegistryUnavailable at the next step once the registry is known to be away.
        """
        with _folder() as folder, _thread() as beside:
            progress = _until_failure(beside.submit(self._held), progress)
            progress("read", 0.0)
            snapshot = self._catalog.snapshot(revision)
            candidate, version = self._register(snapshot, parameters, progress, folder, beside)
        self._write_card(version, candidate, snapshot)
        return Outcome("registered", version, candidate.summary())

    def _held(self) -> tuple[str | None, str | None]:
        """The versions that are in production and in staging."""
        return self._registry.aliased(PRODUCTION), self._registry.aliased(STAGING)

    def _same(self, version: str, snapshot: Snapshot, parameters: Parameters) -> bool:
        """Tell whether a version was made of this, and is in production or was judged."""
        known = self._registry.version(version)
        return (
            (PRODUCTION in known.aliases or known.verdict is not None)
            and known.lineage.get("fingerprint") == snapshot.fingerprint
            and OFF_BEFORE | dict(known.parameters) == parameters.summary()
        )

    def _fetch_scorer(self, version: str, folder: Path) -> Scorer:
        return load(fetch_scorer(self._registry, version, folder / f"v{version}" / SCORER))

    def _register(
        self,
        snapshot: Snapshot,
        parameters: Parameters,
        progress: Progress,
        folder: Path,
        beside: Executor,
    ) -> tuple[Candidate, str]:
        files = {name: folder / name for name in (SCORER, REPORT, DIGESTS)}
        beside.submit(self._rehearse)
        digested = beside.submit(write_row_digests, snapshot.rows, files[DIGESTS])
        candidate = train(
            snapshot, parameters, lambda step, done: progress(step, 0.05 + done * 0.7)
        )
        progress("register", 0.75)
        names = self._names()
        drawn = beside.submit(_write_report, candidate, names, files[REPORT])
        scorer = compile_pipeline(candidate.pipeline, names, assurance_of(candidate.decisions))
        # Into the scorer's folder, so that it comes along wherever that goes.
        referenced = beside.submit(_write_reference, scorer, snapshot, files[SCORER])
        check_agreement(scorer, candidate, snapshot)
        save(scorer, files[SCORER])
        drawn.result(), digested.result(), referenced.result()
        source = self._source(snapshot.revision)
        version = self._registry.register(
            submission_of(
                candidate, snapshot, files, source=source, commit=self._commit, by=self._by
            )
        )
        self._registry.move_alias(
            STAGING, version, by=self._by, why=f"newest challenger, of revision {snapshot.revision}"
        )
        log.info("registered version %s, now %s", version, STAGING)
        return candidate, version

    def _rehearse(self) -> None:
        """Import and look up what registering needs; what fails here fails again when it counts."""
        _import_report()
        self._registry.rehearse()

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
        own = Automation(candidate.decided.automation_rate, candidate.decided.precision)
        if opponent is None:
            return with_automation(judge(candidate.scorecard, None, self._gate), own, None)
        answered, automation = judge_holdout(opponent, snapshot)
        rescored = Scorecard(holdout_of(snapshot), candidate.scorecard.truth, answered)
        verdict = judge(candidate.scorecard, rescored, self._gate, champion_version=champion)
        return with_automation(verdict, own, automation)

    def _conclude(
        self, candidate: Candidate, version: str, verdict: Verdict, champion: str | None
    ) -> Outcome:
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
        return Outcome(result, version, candidate.summary(), verdict.summary())

    def _write_card(self, version: str, candidate: Candidate, snapshot: Snapshot) -> None:
        evidence = gather_evidence(candidate, snapshot, self._catalog)
        card = write_card(self._registry.version(version), self._names(), evidence)
        self._registry.add_file(version, CARD, card)


@contextmanager
def _folder() -> Generator[Path]:
    """A folder that goes away; what writes into it must have ended before."""
    with tempfile.TemporaryDirectory(prefix="rakuten-") as folder:
        yield Path(folder)


def _thread() -> Executor:
    """Work for the other core, one thing after another; it is waited for."""
    on_behalf = (request_ids.current(),)
    return ThreadPoolExecutor(1, "beside the training", request_ids.enter, on_behalf)


def _until_failure(asked: Future[Any], progress: Progress) -> Progress:
    """Report progress as long as what was asked did not fail; then raise that failure."""

    def note(step: str, done: float) -> None:
        if asked.done():
            asked.result()
        progress(step, done)

    return note


def _write_reference(scorer: Scorer, snapshot: Snapshot, folder: Path) -> Path:
    source = f"holdout of revision {snapshot.revision}"
    return save_reference(make_reference(scorer, snapshot.holdout, source=source), folder)


def _import_report() -> ModuleType:
    # matplotlib takes half a second to import.
    from rakuten_mlops.training import report

    return report


def _write_report(candidate: Candidate, names: Mapping[int, str], folder: Path) -> Path:
    from rakuten_mlops.training.reliability_diagram import draw_reliability

    written = _import_report().write_report(candidate.scorecard, names, folder)
    decided = candidate.decided
    picture = draw_reliability(decided.confidence, decided.right, decided.accepted)
    picture.savefig(folder / "reliability.png", dpi=110)
    return written
