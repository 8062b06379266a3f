"""The Markdown page that every version carries.

Pure: a version goes in, text comes out.
"""

from collections.abc import Mapping
from typing import Any

from rakuten_mlops.registry.model_registry import MODEL_NAME, ModelVersion

LIMITS = """\
- It knows only the categories above; a listing of any other kind still gets one of them.
- It reads words, mostly French: pictures, prices and sellers are unknown to it.
- `confidence` is a softmax of margins, not a calibrated probability.
- Listings change; scores were measured on the holdout of the revision named above."""


def write_card(version: ModelVersion, names: Mapping[int, str]) -> str:
    """Return the card of a version: its data, scores, weakest categories, verdict and limits."""
    sections = {
        "Trained on": _data(version.lineage),
        "Scores": _scores(version.scorecard),
        "Weakest categories": _weakest(version.scorecard, names),
        "Verdict": _verdict(version.verdict),
        "Parameters": _table(version.parameters),
        "Environment": _table(version.lineage.get("packages", {})),
        "Limits": LIMITS,
    }
    body = "\n\n".join(f"## {title}\n\n{text}" for title, text in sections.items())
    return f"# {MODEL_NAME}, version {version.version}\n\n{body}\n"


def _data(lineage: Mapping[str, Any]) -> str:
    return (
        f"{lineage['training_rows']:,} labelled listings of revision {lineage['revision']} "
        f"({lineage['source']}), judged on {lineage['holdout_rows']:,} holdout listings that no "
        f"model ever learns from.\n\nFingerprint `{lineage['fingerprint']}`, seed "
        f"{lineage['seed']}, code `{lineage['git_commit']}`."
    )


def _scores(scorecard: Mapping[str, Any]) -> str:
    rows = {
        "macro-F1": scorecard["macro_f1"],
        "weighted F1": scorecard["weighted_f1"],
        "micro-F1": scorecard["micro_f1"],
        "accuracy": scorecard["accuracy"],
    }
    return _table({name: f"{value:.4f}" for name, value in rows.items()})


def _weakest(scorecard: Mapping[str, Any], names: Mapping[int, str]) -> str:
    ranked = sorted(scorecard["categories"].items(), key=lambda item: item[1]["f1"])[:5]
    lines = [
        f"| {code} {names.get(int(code), '')} | {score['f1']:.3f} | {score['precision']:.3f} "
        f"| {score['recall']:.3f} | {score['support']} |"
        for code, score in ranked
    ]
    return "\n".join(["| category | F1 | precision | recall | rows |", "| --- " * 5 + "|", *lines])


def _verdict(verdict: Mapping[str, Any] | None) -> str:
    if verdict is None:
        return "Not judged: registered by the training script alone."
    head = "Promoted." if verdict["promote"] else "Not promoted."
    return "\n".join([head, "", *(f"- {reason}" for reason in verdict["reasons"])])


def _table(values: Mapping[str, Any]) -> str:
    rows = [f"| {name} | {value} |" for name, value in values.items()]
    return "\n".join(["| name | value |", "| --- | --- |", *rows])
