"""What trainings gained, and how many labels of people they had for it. Pure.

A gain is a whole training's: of everything that was new since the champion, with how much of that
were people's labels. What these alone are worth is measured by `evaluation.labelling`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from rakuten_mlops.catalog.revision import PEOPLE, Revision
from rakuten_mlops.registry.model_registry import ModelVersion


@dataclass(frozen=True, slots=True)
class Gain:
    """A version, the labels it could learn from, and its macro-F1 less the champion's.

    `labels_by_people` are all that people had given by its revision, `new_labels_by_people` those
    since the version registered before it. `since_champion` are labels since the revision of
    `champion_version`, which it was judged against on the same holdout rows, by people and by
    others. The interval from `low` to `high` holds the gain with probability `confidence`. None
    where nothing was compared, or not recorded.
    """

    version: str
    created_at: datetime
    revision: int
    labels_by_people: int
    new_labels_by_people: int
    promoted: bool | None
    champion_version: str | None
    since_champion_by_people: int | None
    since_champion_by_others: int | None
    gain: float | None
    low: float | None
    high: float | None
    confidence: float | None


def gains(versions: Sequence[ModelVersion], revisions: Sequence[Revision]) -> list[Gain]:
    """Tell it of each version, in their order, from the catalogue's revisions.

    Every label counts that a revision added, also one that repeats what a file said. A version that
    names no revision is left out.
    """
    known = [each for each in versions if "revision" in each.lineage]
    oldest_first = sorted(known, key=lambda each: int(each.version))
    before = {later.version: earlier for earlier, later in pairwise(oldest_first)}
    named = {each.version: each for each in known}
    return [_gain(each, before.get(each.version), named, revisions) for each in known]


def _gain(
    version: ModelVersion,
    before: ModelVersion | None,
    named: dict[str, ModelVersion],
    revisions: Sequence[Revision],
) -> Gain:
    verdict = version.verdict or {}
    revision = int(version.lineage["revision"])
    champion = named.get(verdict.get("champion_version") or "")
    by_people = by_others = None
    if champion is not None:
        since = int(champion.lineage["revision"])
        by_people = _labels(revisions, since, revision, by_people=True)
        by_others = _labels(revisions, since, revision, by_people=False)
    level = verdict.get("confidence")
    return Gain(
        version=version.version,
        created_at=version.created_at,
        revision=revision,
        labels_by_people=_labels(revisions, 0, revision, by_people=True),
        new_labels_by_people=_labels(
            revisions,
            int(before.lineage["revision"]) if before else 0,
            revision,
            by_people=True,
        ),
        promoted=verdict.get("promote"),
        champion_version=verdict.get("champion_version"),
        since_champion_by_people=by_people,
        since_champion_by_others=by_others,
        gain=verdict.get("gain"),
        low=verdict.get("gain_low"),
        high=verdict.get("gain_high"),
        # The gate's bounds are one-sided each.
        confidence=None if level is None or verdict.get("gain") is None else 2 * level - 1,
    )


def _labels(revisions: Sequence[Revision], since: int, until: int, *, by_people: bool) -> int:
    """Labels that revisions after `since`, up to `until`, added."""
    return sum(
        each.labels_added
        for each in revisions
        if since < each.revision <= until and (each.kind in PEOPLE) == by_people
    )
