"""Build a registered version anew from its origin, and prove that the two are the same.

An outcome comes with the differences that were found before: one of them need not matter, and
where there is none the machine's arithmetic is what remains.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from rakuten_mlops.errors import CannotReproduce, ScorerCorrupt
from rakuten_mlops.registry.lineage import DIRTY, Difference, commit_name, compare_scores
from rakuten_mlops.registry.model_registry import ModelRegistry
from rakuten_mlops.retraining.origin import Origin
from rakuten_mlops.retraining.proof import Level, Proof, prove
from rakuten_mlops.serving.registered_scorer import SCORER
from rakuten_mlops.serving.scorer import assurance_of, compile_pipeline
from rakuten_mlops.serving.scorer_files import load, save
from rakuten_mlops.training.trainer import Candidate, Progress, silent, train

SAME = {
    Level.NUMBERS: "every number of the model is the same to the last bit, so any listing gets "
    "the same answer",
    Level.ANSWERS: "every margin, confidence and decision on the holdout is the same to the last "
    "bit",
    Level.DECISIONS: "every holdout listing gets the same category and the same decision, from "
    "margins or confidence that differ in digits which nobody sees",
    Level.CATEGORIES: "every holdout listing gets the same category, but not the same confidence "
    "or decision",
    Level.NOTHING: "some holdout listings get another category",
}


@dataclass(frozen=True)
class Reproduction:
    """What came of building a version anew; `scores` are figures that it does not get again."""

    origin: Origin
    proof: Proof
    scores: tuple[Difference, ...]

    @property
    def same_data(self) -> bool:
        """Whether the rows are those that the version was made of, and judged on."""
        return not any(each.aspect == "data" for each in self.origin.differences)

    @property
    def identical(self) -> bool:
        """Whether the rebuilt model is proven to be the registered one.

        The same answers on other rows, or other scores for the same answers, prove nothing; nor
        do the same categories, where a person would be asked about others of them.
        """
        return self.proof.level >= Level.DECISIONS and self.same_data and not self.scores

    @property
    def conclusion(self) -> str:
        """What is proven, or why not, in a sentence or two."""
        aspects = ", ".join(dict.fromkeys(each.aspect for each in self.origin.differences))
        same = SAME[self.proof.level]
        if self.identical:
            spite = f", in spite of what differs ({aspects})" if aspects else ""
            return f"Identical{spite}: {same}."
        if not self.same_data:
            return f"Not proven: these are not the rows that the version names. On them, {same}."
        if self.proof.level >= Level.DECISIONS:
            return f"Not proven: {same}, but the recorded scores are others."
        if aspects:
            return f"Not identical: {same}. What differs: {aspects}."
        return (
            f"Not identical: {same}. Nothing that was recorded differs, which leaves the machine: "
            "its processor, or a library that is not recorded."
        )

    @property
    def remedy(self) -> str:
        """What may yet make the two identical; empty if nothing is known to."""
        aspects = {each.aspect for each in self.origin.differences}
        if self.identical or not self.same_data or not aspects & {"code", "packages"}:
            return ""
        commit = self.origin.commit
        if commit.endswith(DIRTY):
            return f"It was made by {commit_name(commit)}: that code cannot be had again."
        return f"To have its code and packages: `git checkout {commit}`, then `make setup`."


def rebuild(registry: ModelRegistry, origin: Origin, progress: Progress = silent) -> Reproduction:
    """Train on an origin as its version was, and compare the two. Registers nothing.

    Raises CannotReproduce if this code cannot read the registered scorer, or cannot train so.
    """
    version = origin.version.version
    with tempfile.TemporaryDirectory(prefix="rakuten-") as name:
        folder = Path(name)
        registered = registry.fetch(version, SCORER, folder / "registered" / SCORER)
        try:
            load(registered)
        except ScorerCorrupt as error:
            raise CannotReproduce(
                f"Version {version} cannot be compared: {error}. It was made by {origin.commit}"
            ) from error
        candidate = _train(origin, lambda step, done: progress(step, done * 0.9))
        progress("prove", 0.9)
        rebuilt = save(
            compile_pipeline(candidate.pipeline, {}, assurance_of(candidate.decisions)),
            folder / "rebuilt" / SCORER,
        )
        proof = prove(registered, rebuilt, origin.snapshot.holdout)
    scores = compare_scores(origin.version.scorecard, candidate.summary())
    return Reproduction(origin, proof, tuple(scores))


def _train(origin: Origin, progress: Progress) -> Candidate:
    try:
        return train(origin.snapshot, origin.parameters, progress)
    except ValueError as error:
        raise CannotReproduce(
            f"Version {origin.version.version} cannot be trained with its registered parameters "
            f"({origin.said_of('parameters')}): {error}"
        ) from error
