"""A tour of the project for an audience: its stages as slides with live figures. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from rakuten_mlops.client.answers import CatalogSummary, Job, Readiness, VersionList
from rakuten_mlops.client.api_client import champion
from rakuten_mlops.dashboard import trend
from rakuten_mlops.dashboard.language import NOTHING, Language

NAMES = (
    "problem",
    "data",
    "training",
    "versioning",
    "deployment",
    "monitoring",
    "people",
    "summary",
)


@dataclass(frozen=True)
class Live:
    """What the figures are made of; None where a part is away."""

    ready: Readiness
    catalog: CatalogSummary | None
    jobs: list[Job] | None
    versions: VersionList | None
    traffic: Mapping[str, Any] | None


@dataclass(frozen=True)
class Slide:
    """A slide: its name, its heading, what to say, and figures with their captions."""

    name: str
    title: str
    points: tuple[str, ...]
    figures: tuple[tuple[str, str], ...]


def slides(live: Live, words: Language) -> list[Slide]:
    """All slides in the order of the tour."""
    figures = _figures(live, words)
    return [
        Slide(
            name,
            words.say(f"tour.{name}.title"),
            tuple(words.say(f"tour.{name}.{place}") for place in ("first", "second", "third")),
            tuple((figures[figure], words.say(f"tour.figure.{figure}")) for figure in SHOWN[name]),
        )
        for name in NAMES
    ]


SHOWN: dict[str, tuple[str, ...]] = {
    "problem": ("listings", "categories", "bare"),
    "data": ("revision", "listings", "holdout"),
    "training": ("rows", "seconds", "macro_f1"),
    "versioning": ("versions", "production", "moves"),
    "deployment": ("production", "automation", "precision"),
    "monitoring": ("served", "p50", "p99"),
    "people": ("automation", "labelled", "revision"),
    "summary": ("macro_f1", "automation", "calibration"),
}


def page(slide: Slide, words: Language, *, heading: str = "h2") -> str:
    """A slide as HTML."""
    at = NAMES.index(slide.name)
    path = "".join(
        f'<span class="{"now" if name == slide.name else ""}">'
        f"{escape(words.say(f'tour.{name}.stage'))}</span>"
        for name in NAMES
    )
    points = "".join(f"<li>{escape(point)}</li>" for point in slide.points)
    figures = "".join(
        f"<div><b>{escape(value)}</b><span>{escape(caption)}</span></div>"
        for value, caption in slide.figures
    )
    place = words.say("tour.place", n=at + 1, total=len(NAMES))
    return (
        f'<div class="slide"><div class="path">{path}</div><div class="place">{escape(place)}</div>'
        f"<{heading}>{escape(slide.title)}</{heading}><ul>{points}</ul>"
        f'<div class="figures">{figures}</div></div>'
    )


def _figures(live: Live, words: Language) -> dict[str, str]:
    return _of_catalog(live.catalog, words) | _of_versions(live, words) | _of_traffic(live, words)


def _of_catalog(catalog: CatalogSummary | None, words: Language) -> dict[str, str]:
    names = ("listings", "categories", "bare", "revision", "holdout", "labelled")
    if catalog is None or not catalog["listings"]:
        return dict.fromkeys(names, NOTHING)
    return {
        "listings": words.number(catalog["listings"]),
        "categories": words.number(len(catalog["categories"])),
        "bare": words.share(catalog["without_description"] / catalog["listings"], 0),
        "revision": str(catalog["revision"]),
        "holdout": words.number(catalog["holdout"]),
        "labelled": words.number(catalog["labelled"]),
    }


def _of_versions(live: Live, words: Language) -> dict[str, str]:
    versions = live.versions
    served = champion(versions) if versions else None
    lineage = served["lineage"] if served else {}
    seconds = lineage.get("seconds") or {}
    decisions = served["scorecard"].get("decisions", {}) if served else {}
    rows = lineage.get("training_rows")
    return {
        "rows": NOTHING if rows is None else words.number(rows),
        "seconds": words.seconds(sum(seconds.values())) if seconds else NOTHING,
        "macro_f1": words.score(trend.measured(served, "macro_f1")),
        "automation": words.share(trend.measured(served, "automation"), 0),
        "calibration": words.score(trend.measured(served, "calibration")),
        "precision": words.share(decisions.get("accepted_precision")),
        "versions": words.number(len(versions["versions"])) if versions else NOTHING,
        "moves": words.number(len(versions["moves"])) if versions else NOTHING,
        "production": live.ready["model_version"] or NOTHING,
    }


def _of_traffic(live: Live, words: Language) -> dict[str, str]:
    found = live.traffic
    latency = found["latency_ms"] if found else {}
    served = words.number(found["total"]["predictions"]) if found else NOTHING
    times = {
        name: words.seconds(latency[name] / 1_000) if name in latency else NOTHING
        for name in ("p50", "p99")
    }
    return {"served": served, **times}
