"""Factories that say only what matters."""

import hashlib
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
from sklearn.pipeline import Pipeline
from sqlalchemy import Engine

from rakuten_mlops.catalog.listing import Listing
from rakuten_mlops.monitoring.drift.report import (
    AccuracyEstimate,
    DriftReport,
    State,
    TestResult,
)
from rakuten_mlops.monitoring.drift_reports import DriftReports
from rakuten_mlops.monitoring.traffic import Served, exchange
from rakuten_mlops.registry.model_registry import Submission
from rakuten_mlops.review.item import Offer
from rakuten_mlops.training.pipeline import Parameters, build_pipeline, model_input
from rakuten_mlops.training.scorecard import Holdout, Scorecard
from rakuten_mlops.training.trainer import environment


def a_listing(
    designation: str = "Piscine hors sol ronde",
    description: str = "",
    *,
    productid: int | None = 1,
    imageid: int | None = None,
) -> Listing:
    return Listing(designation, description, productid, imageid)


def an_offer(
    designation: str = "Lot de 3 pièces bleu",
    *codes: int,
    confidences: tuple[float, ...] = (0.4, 0.35, 0.1),
    **details: Any,
) -> Offer:
    """A prediction for the review queue; unless codes are given, used books before new ones."""
    guesses = [
        (code, f"category {code}", confidence)
        for code, confidence in zip(codes or (10, 2705, 40), confidences, strict=False)
    ]
    known = {"description": "", "model_version": "1"} | details
    return Offer(designation, guesses=guesses, **known)


def a_served(designation: str = "Piscine hors sol ronde", **details: Any) -> Served:
    """A listing that version 1 put into category 2583, at noon of 25 November 2026."""
    known = {
        "at": datetime(2026, 11, 25, 12, tzinfo=UTC),
        "seconds": 0.002,
        "description": "",
        "version": "1",
        "prdtypecode": 2583,
        "confidence": 0.75,
        "decision": "accept",
    }
    return Served(designation=designation, **known | details)


ALTERNATIVES = [
    {"prdtypecode": 2583, "category": "Piscine et accessoires", "confidence": 0.75},
    {"prdtypecode": 2060, "category": "Décoration d'intérieur", "confidence": 0.25},
]


def an_exchange(*titles: str, at: float | None = None, **answered: Any) -> bytes:
    """A `/predict_batch` of these titles, answered just now."""
    prediction = {
        "prdtypecode": 2583,
        "confidence": 0.75,
        "decision": "accept",
        "model_version": "1",
        "alternatives": ALTERNATIVES,
    } | answered
    body = {"items": [{"designation": title} for title in titles]}
    answer = {"predictions": [prediction for _ in titles]}
    sent = time.time() if at is None else at
    return exchange(sent, 0.002, json.dumps(body).encode(), json.dumps(answer).encode())


def a_scorecard(*answers: tuple[int, int, int], holdout: Holdout | None = None) -> Scorecard:
    """A scorecard from (true code, given code, how often)."""
    truth = np.repeat([true for true, _, _ in answers], [times for *_, times in answers])
    given = np.repeat([given for _, given, _ in answers], [times for *_, times in answers])
    return Scorecard(holdout or Holdout(1, truth.size, "f" * 64), truth, given)


def a_submission(pipeline: Any = None, **files: Path) -> Submission:
    """What training hands to a registry; a tiny fitted pipeline unless one is given."""
    example = pd.DataFrame({"text": ["lampe de salon", "jeu video"], "title": ["lampe", "jeu"]})
    return Submission(
        pipeline=pipeline or a_pipeline(),
        example=example,
        parameters={"c": 0.5, "seed": 20},
        lineage={
            "source": "synthetic: a test",
            "revision": 3,
            "fingerprint": "0123456789abcdef" * 4,
            "training_rows": 90,
            "holdout_rows": 10,
            "seed": 20,
            "git_commit": "abc",
            "packages": environment(),
            "requested_by": "somebody",
            "request_id": "from-the-shop-42",
        },
        scorecard=a_scorecard((10, 10, 8), (40, 10, 2)).summary(),
        metrics={"macro_f1": 0.5},
        files=files,
    )


def a_pipeline(parameters: Parameters | None = None) -> Pipeline:
    """A pipeline fitted on a few listings of two categories."""
    listings = pl.DataFrame(
        {
            "designation": ["lampe de salon", "lampe de chevet", "jeu video", "jeu video ps4"] * 3,
            "description": ["", "lampe bois", "", "aventure"] * 3,
        }
    )
    return build_pipeline(parameters or Parameters()).fit(
        model_input(listings), [2060, 2060, 40, 40] * 3
    )


def of_format_2(folder: Path) -> Path:
    """A scorer's folder, rewritten as format 2 had it: each array in a file of its own."""
    manifest = json.loads((folder / "scorer.json").read_text())
    sums = manifest["sha256"]
    with np.load(folder / "arrays.npz") as arrays:
        for name, array in arrays.items():
            file = folder / f"{name}.npy"
            np.save(file, array)
            sums[file.name] = hashlib.sha256(file.read_bytes()).hexdigest()
    (folder / "arrays.npz").unlink()
    del sums["arrays.npz"]
    (folder / "scorer.json").write_text(json.dumps(manifest | {"format": 2}))
    return folder


def write_drift_report(engine: Engine, state: State, *, at: datetime) -> None:
    """Keep a report on version 2 with one test, and an estimate of 0.7."""
    test = TestResult(
        name="confidence",
        title="Confidence",
        measure="distance",
        value=0.2,
        noise=0.08,
        threshold=0.1,
        floor=0.05,
        p=0.001,
        state=state,
        finding="",
        source="",
    )
    report = DriftReport(
        at=at,
        version="2",
        state=state,
        headline="",
        since=at - timedelta(hours=1),
        until=at,
        listings=500,
        repeated=0,
        reference_listings=3_000,
        reference="holdout of revision 1",
        false_alarm_rate=0.01,
        tests=(test,),
        accuracy=AccuracyEstimate(0.7, low=0.65, high=0.75, confidence=0.7, reference=0.8),
    )
    DriftReports(engine).add(report)
