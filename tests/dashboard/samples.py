"""What the API might answer, made up: scorecards, versions, jobs, predictions, a picture."""

import random
import struct
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

from rakuten_mlops.api import schemas
from rakuten_mlops.catalog.categories import RAKUTEN

NOW = datetime.now(UTC)
METHOD = "calibrated probability (temperature)"


def a_scorecard(*, level: float, revision: int = 3, seed: int = 0) -> dict[str, Any]:
    chance = random.Random(seed)
    f1 = {str(one.prdtypecode): min(0.99, chance.gauss(level, 0.08)) for one in RAKUTEN}
    macro = sum(f1.values()) / len(f1)
    averages = {"macro_f1": macro, "weighted_f1": macro, "micro_f1": macro, "accuracy": macro}
    return {
        "holdout": {"revision": revision, "rows": 3_012, "fingerprint": f"holdout-{revision}"},
        **averages,
        "categories": {
            code: {"precision": value, "recall": value, "f1": value, "support": 40 + int(code) % 90}
            for code, value in f1.items()
        },
    }


def a_verdict(*, promote: bool, champion: str | None = "1") -> dict[str, Any]:
    gain = 0.0123 if promote else 0.0004
    told, low = ("Better beyond noise", 0.0041) if promote else ("Not better", -0.0062)
    return {
        "promote": promote,
        "reasons": [f"{told}: macro-F1 {gain:+.4f} (at 99% confidence at least {low:+.4f})"]
        if champion
        else ["There is no champion yet"],
        "champion_version": champion,
        "champion_macro_f1": 0.81 if champion else None,
        "challenger_macro_f1": 0.81 + gain,
        "gain": gain if champion else None,
        "gain_low": low if champion else None,
        "gain_high": 0.021 if champion else None,
        "ruined": [],
    }


def a_version(version: str, *, level: float = 0.82, promote: bool = True) -> dict[str, Any]:
    age = timedelta(hours=30 - 7 * int(version))
    return {
        "version": version,
        "created_at": NOW - age,
        "aliases": [],
        "parameters": {"c": 0.5, "min_df": 2, "ngram_max": 2, "sublinear_tf": True},
        "lineage": {
            "revision": int(version) + 2,
            "fingerprint": "9f2c51d07be84a66",
            "training_rows": 26_988,
            "holdout_rows": 3_012,
            "seed": 20,
            "git_commit": "2d8e6ce",
            "packages": {"scikit-learn": "1.9.1", "numpy": "2.4.0", "mlflow-skinny": "3.17.2"},
            "seconds": {"read": 1.8, "fit": 21.4, "score": 2.2},
            "peak_memory_mib": 1_180,
        },
        "scorecard": a_scorecard(level=level, revision=int(version) + 2, seed=int(version)),
        "verdict": a_verdict(promote=promote, champion="1" if version != "1" else None),
        "run_url": None,
        "card": f"# product-classifier, version {version}\n\nTF-IDF and LinearSVC.\n\n"
        "| what | value |\n| --- | --- |\n| training rows | 26,988 |\n",
    }


def a_job(number: int, *, state: str = "succeeded", result: str = "promoted") -> dict[str, Any]:
    asked = NOW - timedelta(hours=30 - 7 * number)
    done = state == "succeeded"
    promoted = result == "promoted"
    outcome = {
        "result": result,
        "version": str(number),
        "scorecard": a_scorecard(level=0.82, seed=number),
        "verdict": a_verdict(promote=promoted),
    }
    return {
        "id": number,
        "state": state,
        "trigger": "manual",
        "requested_by": "admin",
        "request_id": f"0a1b2c3d4e5f-{number}",
        "parameters": {"force": False, "c": 0.5},
        "created_at": asked,
        "started_at": asked,
        "finished_at": asked + timedelta(seconds=83)
        if state not in ("queued", "running")
        else None,
        "step": "scoring the holdout" if not done else None,
        "progress": 1.0 if done else 0.6,
        "message": "The catalogue is locked" if state == "failed" else None,
        "outcome": outcome if done else None,
    }


def a_prediction(listing: schemas.ListingBody, *, explain: bool = False) -> schemas.Prediction:
    """A pool for `piscine`, else a doubtful book."""
    pool = "piscine" in listing.designation.lower()
    code, rest = (2583, [2585, 2582, 1302, 2060]) if pool else (10, [2705, 2403, 2280, 40])
    names = {one.prdtypecode: one.name_fr for one in RAKUTEN}
    sure = 0.93 if pool else 0.41
    guesses = zip([code, *rest], [sure, 0.04, 0.02, 0.01, 0.0], strict=True)
    reason = schemas.Reason(term="piscine", field="title", for_category=1.42, for_runner_up=-0.31)
    other = schemas.Reason(term="pompe", field="text", for_category=0.37, for_runner_up=0.52)
    return schemas.Prediction(
        prdtypecode=code,
        category=names[code],
        confidence=sure,
        confidence_method=METHOD,
        decision="accept" if pool else "review",
        alternatives=[
            schemas.Alternative(prdtypecode=one, category=names[one], confidence=confidence)
            for one, confidence in guesses
        ],
        model_version="2",
        explanation=schemas.Explanation(
            margin=1.79,
            runner_up=rest[0],
            runner_up_category=names[rest[0]],
            runner_up_margin=0.21,
            reasons=[reason, other],
        )
        if explain
        else None,
    )


def a_shadow(compared: int = 400) -> schemas.ShadowReport:
    """A challenger that disputes one in a hundred live listings."""
    if not compared:
        return schemas.ShadowReport(share=0.05, comparisons=[], disputes=[])
    disputed = compared // 100
    return schemas.ShadowReport(
        share=0.05,
        comparisons=[
            schemas.ShadowComparison(
                champion="2",
                challenger="3",
                compared=compared,
                agreed=compared - disputed,
                agreement=1 - disputed / compared,
                since=NOW,
                until=NOW,
            )
        ],
        disputes=[
            schemas.ShadowDispute(
                at=NOW,
                designation=f"Pompe de piscine {number}",
                description="",
                prdtypecode=2583,
                category="Piscine et accessoires",
                confidence=0.71,
                challenger_code=2585,
                challenger_category="Outils et accessoires de jardin",
                challenger_confidence=0.64,
            )
            for number in range(disputed)
        ],
    )


def a_picture(side: int) -> bytes:
    """A grey square with a dark diagonal, as PNG."""
    rows = b"".join(
        b"\0" + bytes(40 if abs(x - y) < 10 else 225 for x in range(side)) for y in range(side)
    )
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
