"""What differs between what a version says of its making, and what is found now.

Pure: mappings go in, differences come out, the likeliest causes first.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

Aspect = Literal["data", "parameters", "code", "packages", "machine", "scores"]
ABSENT = "not there"
DIRTY = "-dirty"
COMMIT = re.compile("[0-9a-f]{40}")
SHORT = 12
AVERAGES = ("macro_f1", "weighted_f1", "micro_f1", "accuracy")
# Of the decisions on the holdout: what comes of counting, and means of what was calibrated.
COUNTED = ("required_precision", "automation_rate", "accepted_precision")
MEANS = ("calibration_error", "brier", "log_loss")
SAME_MEAN = 1e-6


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not what was recorded."""

    aspect: Aspect
    what: str
    recorded: str
    found: str


def compare_lineages(recorded: Mapping[str, Any], found: Mapping[str, Any]) -> list[Difference]:
    """Compare data, code, packages, seed and machine; what was not recorded is not compared.

    Both have the keys of `ModelVersion.lineage`. A commit with changes that no commit holds is
    never the same code, not even as itself.
    """
    return [
        *_among("data", ("fingerprint", "training_rows", "holdout_rows"), recorded, found),
        *_code(recorded, found),
        *_among("parameters", ("seed",), recorded, found),
        *_within("packages", recorded, found),
        *_within("machine", recorded, found),
    ]


def compare_parameters(
    registered: Mapping[str, Any], fitted: Mapping[str, Any]
) -> list[Difference]:
    """Compare what is registered with what the model was fitted with, as far as that is known."""
    return [
        replace(each, found=f"the model was fitted with {each.found}")
        for each in _among("parameters", tuple(fitted), registered, fitted, everything=True)
    ]


def compare_scores(recorded: Mapping[str, Any], found: Mapping[str, Any]) -> list[Difference]:
    """Compare two summaries of scorecards; a category's figures count as one.

    What is counted, digit by digit; means of confidence as far as no processor's last digits reach.
    """
    return [
        *_among("scores", AVERAGES, recorded, found),
        *_categories(recorded, found),
        *_decisions(recorded.get("decisions", {}), found.get("decisions", {})),
    ]


def _decisions(recorded: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[Difference]:
    yield from _among("scores", COUNTED, recorded, found)
    for name in MEANS:
        before, after = recorded.get(name), found.get(name)
        if before is not None and (after is None or abs(before - after) > SAME_MEAN):
            yield Difference("scores", name.replace("_", " "), str(before), str(after))
    for name in ("thresholds", "accepted"):
        before, after = recorded.get(name, {}), found.get(name, {})
        for code in sorted({*before, *after} if before else (), key=int):
            if before.get(code, ABSENT) != after.get(code, ABSENT):
                what = f"{name} of category {code}"
                values = (_decided(side.get(code, ABSENT)) for side in (before, after))
                yield Difference("scores", what, *values)


def _decided(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{value['listings']} listings, precision {value['precision']}"
    return "always reviewed" if value is None else str(value)


def _categories(recorded: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[Difference]:
    before: Mapping[str, Any] = recorded.get("categories", {})
    after: Mapping[str, Any] = found.get("categories", {})
    for code in sorted({*before, *after}, key=int):
        figures = _figures(before, code), _figures(after, code)
        if figures[0] != figures[1]:
            yield Difference("scores", f"category {code}", *figures)


def _figures(categories: Mapping[str, Any], code: str) -> str:
    names = ("precision", "recall", "f1", "support")
    score = categories.get(code)
    return ABSENT if score is None else " ".join(f"{name} {score[name]}" for name in names)


def _code(recorded: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[Difference]:
    if "git_commit" not in recorded:
        return
    before, after = str(recorded["git_commit"]), str(found["git_commit"])
    if before != after or before.endswith(DIRTY):
        yield Difference("code", "commit", commit_name(before), commit_name(after))


def commit_name(name: str) -> str:
    """A commit as people read it: short, and saying where it is not all of the code."""
    clean = name.removesuffix(DIRTY)
    short = clean[:SHORT] if COMMIT.fullmatch(clean) else clean
    return f"{short} and changes that no commit holds" if name != clean else short


def _within(
    aspect: Literal["packages", "machine"], recorded: Mapping[str, Any], found: Mapping[str, Any]
) -> Iterator[Difference]:
    before = recorded.get(aspect, {})
    return _among(aspect, tuple(before), before, found.get(aspect, {}))


def _among(
    aspect: Aspect,
    names: tuple[str, ...],
    recorded: Mapping[str, Any],
    found: Mapping[str, Any],
    *,
    everything: bool = False,
) -> Iterator[Difference]:
    """Differences by name; `everything`: also of names that were not recorded."""
    for name in names:
        if (everything or name in recorded) and recorded.get(name) != found.get(name):
            values = (str(side.get(name, ABSENT)) for side in (recorded, found))
            yield Difference(aspect, name.replace("_", " "), *values)
