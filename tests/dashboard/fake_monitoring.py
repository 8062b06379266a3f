"""A log of predictions and drift reports like the real ones, from memory."""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Request, Response

from rakuten_mlops.api import schemas
from rakuten_mlops.catalog.categories import RAKUTEN

from .samples import NOW

Login = Callable[[Request], schemas.Me]


def a_summary(predictions: int = 2_400) -> dict[str, Any]:
    def split(count: int) -> dict[str, int]:
        return {"predictions": count, "accepted": count * 2 // 3}

    hours = [NOW - timedelta(hours=23 - hour) for hour in range(24)]
    return {
        "logging": True,
        "since": hours[0],
        "until": NOW,
        "step_seconds": 3_600,
        "total": split(predictions),
        "times": [
            {"at": at, **split(predictions // 24 + 6 * (place % 5))}
            for place, at in enumerate(hours)
            if predictions
        ],
        "categories": [
            {
                "prdtypecode": one.prdtypecode,
                "category": one.name_fr,
                **split(40 + one.listings % 90),
            }
            for one in RAKUTEN
            if predictions
        ],
        "versions": [{"model_version": "2", **split(predictions)}] if predictions else [],
        "confidence": [3, 9, 20, 40, 70, 90, 120, 200, 500, 1_348] if predictions else [],
        "latency_ms": {"p50": 0.21, "p95": 0.44, "p99": 1.3} if predictions else {},
    }


IN_ENGLISH = "Listings now are in English: 48 % against 10 %"


def a_test(name: str, title: str, value: float, state: str) -> dict[str, Any]:
    bins = [
        {"label": "French", "reference": 0.9, "current": 0.9 - value},
        {"label": "English", "reference": 0.1, "current": 0.1 + value},
    ]
    return {
        "name": name,
        "title": title,
        "measure": "PSI",
        "value": value,
        "threshold": 0.1,
        "noise": 0.05,
        "floor": 0.2,
        "p": 0.001,
        "state": state,
        "finding": f"{title}: {state}",
        "source": "population stability index",
        "bins": bins,
    }


def a_report(number: int = 2, *, state: str = "drift") -> dict[str, Any]:
    return {
        "id": number,
        "at": NOW - timedelta(hours=4 - number),
        "version": "2",
        "state": state,
        "headline": IN_ENGLISH,
        "since": NOW - timedelta(hours=2),
        "until": NOW,
        "listings": 500,
        "repeated": 12,
        "reference_listings": 3_012,
        "reference": "holdout of revision 4",
        "false_alarm_rate": 0.01,
        "tests": [
            a_test("confidence", "Confidence", 0.06, "no drift"),
            a_test("language", "Language", 0.38, state) | {"finding": IN_ENGLISH},
        ],
        "findings": [IN_ENGLISH, "Titles are longer"],
        "categories": [
            {"prdtypecode": 10, "category": "Livres d'occasion", "reference": 0.04, "current": 0.12}
        ],
        "terms": [{"term": "dropshipping", "reference": 0.0, "current": 0.12}],
        "gone": [{"term": "vhs", "reference": 0.05, "current": 0.0}],
        "newcomers": None,
        "accuracy": {
            "estimate": 0.63,
            "low": 0.58,
            "high": 0.67,
            "confidence": 0.66,
            "reference": 0.82,
            "live": {"precision": 0.6, "low": 0.5, "high": 0.7, "reviewed": 80},
        },
        "action": "Training job 7 was started",
    }


def a_gain(version: str, gain: float | None) -> dict[str, Any]:
    return {
        "version": version,
        "created_at": NOW,
        "revision": 4,
        "labels_by_people": 120,
        "new_labels_by_people": 40,
        "promoted": None if gain is None else gain > 0,
        "champion_version": None if gain is None else "1",
        "since_champion_by_people": None if gain is None else 40,
        "since_champion_by_others": None if gain is None else 0,
        "gain": gain,
        "low": None if gain is None else gain - 0.004,
        "high": None if gain is None else gain + 0.004,
        "confidence": 0.99,
    }


class FakeMonitoring:
    """The last reports, newest first; without a log all routes are absent."""

    def __init__(self) -> None:
        self.reports = [a_report(2), a_report(1, state="no drift")]
        self.summary = a_summary()
        self.gains = [a_gain("2", 0.0123), a_gain("1", None)]
        self.absent = False

    def looked(self) -> dict[str, Any]:
        self.reports.insert(0, a_report(len(self.reports) + 1, state="watch"))
        return self.reports[0]


def add_monitoring(app: FastAPI, fake: Any, login: Login, admin: Login) -> None:
    """The routes of log, drift and gains; `fake.monitoring` is reset between tests."""

    def present(_: Annotated[schemas.Me, Depends(login)]) -> FakeMonitoring:
        if fake.monitoring.absent:
            raise HTTPException(404, "Not Found")
        return fake.monitoring

    Present = Annotated[FakeMonitoring, Depends(present)]  # noqa: N806 - a type

    @app.get("/predictions/summary")
    def summary(monitoring: Present) -> dict[str, Any]:
        return monitoring.summary

    @app.get("/drift")
    def last(monitoring: Present) -> dict[str, Any]:
        if not monitoring.reports:
            raise HTTPException(404, "There is no drift report yet")
        return monitoring.reports[0]

    @app.get("/drift/history")
    def history(monitoring: Present) -> dict[str, Any]:
        return {"reports": monitoring.reports}

    @app.get("/drift/report.html")
    def page(_: Present) -> Response:
        return Response("<h1>Drift</h1>", media_type="text/html")

    @app.post("/drift")
    def look(monitoring: Present, _: Annotated[schemas.Me, Depends(admin)]) -> dict[str, Any]:
        return monitoring.looked()

    @app.get("/review/gains")
    def gains(monitoring: Present) -> dict[str, Any]:
        return {"trainings": monitoring.gains}
