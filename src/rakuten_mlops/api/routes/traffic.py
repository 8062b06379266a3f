"""`/predictions/summary`: what was served, from the log."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query

from rakuten_mlops.api.auth import Anyone
from rakuten_mlops.api.services import ServicesOf
from rakuten_mlops.api.traffic_schemas import (
    TrafficCategory,
    TrafficCount,
    TrafficMoment,
    TrafficSummary,
    TrafficVersion,
)
from rakuten_mlops.monitoring.traffic_summary import Count, summarise

router = APIRouter(tags=["monitoring"])

Window = Literal["1h", "24h", "7d", "30d"]
# How far back, and in what steps.
WINDOWS: dict[Window, tuple[timedelta, timedelta]] = {
    "1h": (timedelta(hours=1), timedelta(minutes=1)),
    "24h": (timedelta(days=1), timedelta(hours=1)),
    "7d": (timedelta(days=7), timedelta(hours=1)),
    "30d": (timedelta(days=30), timedelta(days=1)),
}


@router.get("/predictions/summary")
def summarise_predictions(
    services: ServicesOf,
    _: Anyone,
    window: Annotated[Window, Query(description="How far back.")] = "24h",
    version: Annotated[str | None, Query(description="Of this version only.")] = None,
) -> TrafficSummary:
    """What was predicted lately: by time, category, version and confidence, and how fast.

    A prediction is here some seconds after it was served.
    """
    length, step = WINDOWS[window]
    until = datetime.now(UTC)
    found = summarise(
        services.engine, since=until - length, until=until, step=step, version=version
    )
    names = {code: each.name_fr for code, each in services.catalog.categories().items()}
    return TrafficSummary(
        logging=services.settings.log,
        since=found.since,
        until=found.until,
        step_seconds=int(step.total_seconds()),
        total=TrafficCount(**_told(found.total)),
        times=[TrafficMoment(at=at, **_told(count)) for at, count in found.times.items()],
        categories=[
            TrafficCategory(prdtypecode=code, category=names.get(code, str(code)), **_told(count))
            for code, count in found.categories.items()
        ],
        versions=[
            TrafficVersion(model_version=each, **_told(count))
            for each, count in found.versions.items()
        ],
        confidence=found.confidence,
        latency_ms={f"p{round(share * 100)}": at * 1_000 for share, at in found.latency.items()},
    )


def _told(count: Count) -> dict[str, int]:
    return {"predictions": count.predictions, "accepted": count.accepted}
