"""The Markdown page that every version carries.

Pure: a version and the evidence of its training go in, text comes out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rakuten_mlops.registry.lineage import DIRTY, commit_name
from rakuten_mlops.registry.markdown import pairs, table
from rakuten_mlops.registry.model_registry import MODEL_NAME, ModelVersion
from rakuten_mlops.registry.weakest_categories import describe_confused, describe_weakest, named
from rakuten_mlops.training.intervals import Interval, accuracy_interval, macro_f1_interval
from rakuten_mlops.training.scorecard import Scorecard

MADE_UP = ("synthetic", "arrivals")
# How a label came: the kind of the revision that brought it.
SOURCES = {
    "import": "imported files",
    "synthetic": "the generator of the synthetic catalogue",
    "arrivals": "the generator's new arrivals",
    "review": "people, in the review queue",
    "feedback": "people, by other systems",
}
AVERAGES = {
    "macro_f1": "macro-F1",
    "weighted_f1": "weighted F1",
    "micro_f1": "micro-F1",
    "accuracy": "accuracy",
}
WHAT_INTERVALS_SAY = """\
The intervals say what another holdout of the same kind and size would give (accuracy: Wilson 1927;
macro-F1: Takahashi and others 2022)."""
SYNTHETIC = """\
- **Its listings are synthetic**, written by a generator: its scores say how the system works, and
  nothing about real listings.
"""
LIMITS = """\
- It knows only the categories it was trained on; a listing of any other kind still gets one of
  them.
- It reads words, and knows those of its catalogue's language (the challenge's is mostly French):
  pictures, prices and sellers are unknown to it.
- Listings change; scores were measured on the holdout of the revision named above."""
NOT_CALIBRATED = """
- `confidence` is a softmax of margins, not a calibrated probability."""
CALIBRATED = """
- `confidence` is calibrated on listings like those it was measured on: of answers at 0.9, about
  nine in ten are right there, and nobody knows how many elsewhere."""


@dataclass(frozen=True)
class Acceptance:
    """From which confidence answers are accepted, so that `precision` is reached.

    `thresholds` by code; None: every answer goes to a person. `automation_rate` is the share of
    holdout listings that are accepted, `accepted_precision` the share of these that are right;
    None where there are none.
    """

    precision: float
    automation_rate: float
    accepted_precision: float | None
    thresholds: Mapping[int, float | None]


@dataclass(frozen=True)
class Evidence:
    """What a card shows beside what the version says of itself.

    Counts are of labelled listings; `titles` are the holdout's, in the order of the scorecard's
    rows. `calibration` names figures such as the expected calibration error.
    """

    scorecard: Scorecard
    titles: Sequence[str]
    listings: int
    without_description: int
    label_sources: Mapping[str, int]
    acceptance: Acceptance | None = None
    calibration: Mapping[str, float] = field(default_factory=dict)


def write_card(
    version: ModelVersion, names: Mapping[int, str], evidence: Evidence | None = None
) -> str:
    """Return the card of a version: its data, scores, weaknesses, verdict, limits and rebuilding.

    Intervals and examples need the evidence; without it the card does without them.
    """
    sections = {
        "Trained on": _data(version.lineage, evidence),
        "Scores": _scores(version.scorecard, evidence),
        "Weakest categories": _weakest(version.scorecard, names, evidence),
        "Decisions": _acceptance(evidence, names),
        "Calibration": _calibration(evidence),
        "Verdict": _verdict(version.verdict),
        "Limits": _limits(version, evidence),
        "Reproduce it": _reproduce(version),
        "Parameters": pairs(version.parameters),
        "Environment": pairs(version.lineage.get("packages", {})),
    }
    body = "\n\n".join(f"## {title}\n\n{text}" for title, text in sections.items() if text)
    return f"# {MODEL_NAME}, version {version.version}\n\n{body}\n"


def _data(lineage: Mapping[str, Any], evidence: Evidence | None) -> str:
    text = (
        f"{lineage['training_rows']:,} labelled listings of revision {lineage['revision']} "
        f"({lineage['source']}), judged on {lineage['holdout_rows']:,} holdout listings that no "
        f"model ever learns from.\n\nFingerprint `{lineage['fingerprint']}`, seed "
        f"{lineage['seed']}, code `{lineage['git_commit']}`."
    )
    if evidence is None or not evidence.listings:
        return text
    bare = evidence.without_description / evidence.listings
    sources = table(
        ("labels came from", "listings:", "share:"),
        (
            (SOURCES.get(kind, kind), f"{listings:,}", f"{listings / evidence.listings:.1%}")
            for kind, listings in sorted(
                evidence.label_sources.items(), key=lambda item: (-item[1], item[0])
            )
        ),
    )
    all_of_them = f"Of all {evidence.listings:,}, {bare:.1%} have no description."
    return f"{text}\n\n{all_of_them}\n\n{sources}"


def _scores(scorecard: Mapping[str, Any], evidence: Evidence | None) -> str:
    intervals: dict[str, Interval] = {}
    if evidence is not None:
        accuracy = accuracy_interval(evidence.scorecard)
        intervals = {
            "macro_f1": macro_f1_interval(evidence.scorecard),
            "micro_f1": accuracy,
            "accuracy": accuracy,
        }
    rows = [
        (title, f"{scorecard[name]:.4f}", _span(intervals.get(name)))
        for name, title in AVERAGES.items()
    ]
    if not intervals:
        return table(("score", "value:"), [row[:2] for row in rows])
    return f"{table(('score', 'value:', '95 % interval:'), rows)}\n\n{WHAT_INTERVALS_SAY}"


def _span(interval: Interval | None) -> str:
    return "" if interval is None else f"{interval.low:.4f} to {interval.high:.4f}"


def _weakest(
    scorecard: Mapping[str, Any], names: Mapping[int, str], evidence: Evidence | None
) -> str:
    if evidence is None:
        return describe_weakest(scorecard["categories"], names)
    return describe_confused(scorecard["categories"], names, evidence.scorecard, evidence.titles)


def _acceptance(evidence: Evidence | None, names: Mapping[int, str]) -> str:
    if evidence is None or evidence.acceptance is None:
        return ""
    found = evidence.acceptance
    rows = (
        (named(code, names), "always reviewed" if threshold is None else f"{threshold:.3f}")
        for code, threshold in sorted(found.thresholds.items())
    )
    seen = (
        "" if found.accepted_precision is None else f"; {found.accepted_precision:.1%} were right"
    )
    return (
        f"**Automation rate {found.automation_rate:.1%}**: so many holdout listings are accepted "
        f"without a person, by thresholds for a precision of {found.precision:.0%}{seen}.\n\n"
        f"{table(('category', 'accepted from confidence:'), rows)}"
    )


def _calibration(evidence: Evidence | None) -> str:
    if evidence is None or not evidence.calibration:
        return ""
    return pairs({name: f"{value:.4f}" for name, value in evidence.calibration.items()})


def _verdict(verdict: Mapping[str, Any] | None) -> str:
    if verdict is None:
        return "Not judged: registered by the training script alone."
    head = "Promoted." if verdict["promote"] else "Not promoted."
    return "\n".join([head, "", *(f"- {reason}" for reason in verdict["reasons"])])


def _limits(version: ModelVersion, evidence: Evidence | None) -> str:
    calibrated = evidence is not None and evidence.calibration
    made_up = SYNTHETIC if _made_up(version, evidence) else ""
    return made_up + LIMITS + (CALIBRATED if calibrated else NOT_CALIBRATED)


def _made_up(version: ModelVersion, evidence: Evidence | None) -> bool:
    if evidence is not None:
        return any(kind in evidence.label_sources for kind in MADE_UP)
    source = str(version.lineage.get("source", ""))
    return any(each.startswith(f"{kind}:") for each in source.split("; ") for kind in MADE_UP)


def _reproduce(version: ModelVersion) -> str:
    lineage = version.lineage
    commit = str(lineage["git_commit"])
    again = (
        f"It was made by {commit_name(commit)}, so by code that nobody can have again."
        if commit.endswith(DIRTY)
        else f"Code and packages are those of `{commit}`, installed from its lock."
    )
    revision = lineage["revision"]
    return (
        f"```sh\nrakuten-mlops reproduce {version.version}\n```\n\n"
        f"builds it anew from revision {revision} and compares the two to the last bit. {again} "
        f"`rakuten-mlops export --revision {revision} --output revision-{revision}.parquet` keeps "
        "the data for a time when the catalogue is gone."
    )
