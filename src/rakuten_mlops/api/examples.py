"""Examples of what goes over HTTP, one for each schema; a test holds them to the schemas."""

from typing import Any

Example = dict[str, Any]

LISTING: Example = {
    "designation": "Piscine hors sol tubulaire ronde, avec pompe à filtre",
    "description": "<p>Diamètre 4,57&nbsp;m, bâche et échelle fournies.</p>",
}
POOL: Example = {
    "prdtypecode": 2583,
    "category": "Piscine et accessoires",
    "confidence": 0.97,
    "confidence_method": "calibrated on rows that the classifier did not learn",
    "decision": "accept",
    "alternatives": [
        {"prdtypecode": 2583, "category": "Piscine et accessoires", "confidence": 0.97},
        {"prdtypecode": 1302, "category": "Jeux et accessoires d'extérieur", "confidence": 0.01},
    ],
    "model_version": "12",
}
BOOK: Example = POOL | {
    "prdtypecode": 10,
    "category": "Livres d'occasion",
    "confidence": 0.46,
    "decision": "review",
    "alternatives": [
        {"prdtypecode": 10, "category": "Livres d'occasion", "confidence": 0.46},
        {"prdtypecode": 2705, "category": "Livres neufs", "confidence": 0.41},
    ],
}
EXPLANATION: Example = {
    "margin": 1.08,
    "runner_up": 1302,
    "runner_up_category": "Jeux et accessoires d'extérieur",
    "runner_up_margin": -0.87,
    "reasons": [
        {"term": "piscine", "field": "title", "for_category": 1.02, "for_runner_up": -0.31},
        {"term": "", "field": "intercept", "for_category": 0.06, "for_runner_up": -0.56},
    ],
}
SCORECARD: Example = {
    "holdout": {"revision": 4, "rows": 3012, "fingerprint": "c9a5b738ced1a332"},
    "macro_f1": 0.831,
    "weighted_f1": 0.842,
    "micro_f1": 0.844,
    "accuracy": 0.844,
    "categories": {"2583": {"precision": 0.97, "recall": 0.98, "f1": 0.975, "support": 361}},
}
VERDICT: Example = {
    "promote": True,
    "reasons": ["Better beyond noise: macro-F1 +0.0123 (at 99% confidence at least +0.0041)"],
    "champion_version": "11",
    "champion_macro_f1": 0.8187,
    "challenger_macro_f1": 0.831,
    "gain": 0.0123,
    "gain_low": 0.0041,
    "gain_high": 0.0205,
    "ruined": [],
}
JOB: Example = {
    "id": 7,
    "state": "succeeded",
    "trigger": "manual",
    "requested_by": "anna",
    "parameters": {"force": False, "c": 0.7},
    "created_at": "2026-03-01T12:00:00Z",
    "started_at": "2026-03-01T12:00:02Z",
    "finished_at": "2026-03-01T12:00:41Z",
    "step": "judge",
    "progress": 1.0,
    "message": "Version 12 promoted. Better beyond noise",
    "outcome": {
        "result": "promoted",
        "version": "12",
        "scorecard": SCORECARD,
        "verdict": VERDICT,
    },
}
RUNNING: Example = JOB | {
    "state": "running",
    "finished_at": None,
    "step": "fit",
    "progress": 0.6,
    "message": None,
    "outcome": None,
}
MOVE: Example = {
    "alias": "Production",
    "source": "11",
    "target": "12",
    "by": "anna",
    "why": "better on used books",
    "at": "2026-03-01T12:05:00Z",
}
VERSION: Example = {
    "version": "12",
    "created_at": "2026-03-01T12:00:40Z",
    "aliases": ["Production", "Staging"],
    "parameters": {"c": 0.7, "min_df": 2, "ngram_max": 2},
    "lineage": {"revision": 4, "fingerprint": "c9a5b738ced1a332", "training_rows": 26988},
    "scorecard": SCORECARD,
    "verdict": VERDICT,
    "run_url": "http://127.0.0.1:5000/#/runs/2d8e6ce0",
}
ITEM: Example = {
    "id": 12,
    "designation": "Roman policier, édition de poche",
    "description": "",
    "kind": "doubtful",
    "model_version": "12",
    "prdtypecode": 10,
    "confidence": 0.46,
    "alternatives": BOOK["alternatives"],
    "stored_code": None,
    "offered_at": "2026-03-01T12:00:00Z",
    "leased_until": "2026-03-01T12:15:00Z",
    "answer": None,
    "answer_code": None,
    "answered_by": None,
    "answered_at": None,
    "reasons": None,
}
PRECISION: Example = {
    "drawn": 240,
    "reviewed": 200,
    "right": 171,
    "precision": 0.855,
    "low": 0.8,
    "high": 0.897,
}
LIVE_PRECISION: Example = {
    "model_version": "12",
    "since": "2026-02-01T00:00:00Z",
    "confidence": 0.95,
    "overall": PRECISION,
    "accepted": PRECISION | {"reviewed": 150, "right": 146, "precision": 0.973},
    "categories": [PRECISION | {"prdtypecode": 2583, "category": "Piscine et accessoires"}],
}
CORRECTION: Example = {
    "designation": "Pompe à filtre pour piscine",
    "prdtypecode": 2583,
    "productid": 3804725,
}
COMPARISON: Example = {
    "champion": "12",
    "challenger": "13",
    "compared": 4210,
    "agreed": 4033,
    "agreement": 0.958,
    "since": "2026-03-01T12:05:00Z",
    "until": "2026-03-02T12:05:00Z",
}
DISPUTE: Example = {
    "at": "2026-03-02T09:14:00Z",
    "designation": "Manette sans fil compatible PS4",
    "description": "",
    "prdtypecode": 50,
    "category": "Accessoires de jeux vidéo",
    "confidence": 0.58,
    "challenger_code": 60,
    "challenger_category": "Consoles de jeux vidéo",
    "challenger_confidence": 0.52,
}
GAIN: Example = {
    "version": "12",
    "created_at": "2026-03-01T12:00:40Z",
    "revision": 4,
    "labels_by_people": 420,
    "new_labels_by_people": 57,
    "promoted": True,
    "champion_version": "11",
    "since_champion_by_people": 57,
    "since_champion_by_others": 1000,
    "gain": 0.0123,
    "low": 0.0041,
    "high": 0.0205,
    "confidence": 0.99,
}

# By the name of the schema.
DRIFT: Example = {
    "id": 12,
    "at": "2026-03-02T13:00:00Z",
    "version": "12",
    "state": "drift",
    "headline": "Listings now are in English: 41 % against 3 %",
    "since": "2026-03-02T12:00:00Z",
    "until": "2026-03-02T12:59:58Z",
    "listings": 500,
    "repeated": 12,
    "reference_listings": 3012,
    "reference": "holdout of revision 4",
    "false_alarm_rate": 0.01,
    "tests": [
        {
            "name": "language",
            "title": "Language",
            "measure": "PSI",
            "value": 0.312,
            "noise": 0.008,
            "threshold": 0.021,
            "floor": 0.1,
            "p": 0.0005,
            "state": "drift",
            "finding": "Listings now are in English: 41 % against 3 %",
            "source": "population stability index",
            "bins": [{"label": "French", "reference": 0.9, "current": 0.52}],
            "reference": None,
            "current": None,
            "term": None,
        }
    ],
    "findings": ["Listings now are in English: 41 % against 3 %"],
    "categories": [
        {
            "prdtypecode": 10,
            "category": "Livres d'occasion",
            "reference": 0.036,
            "current": 0.121,
        }
    ],
    "terms": [{"term": "paperback", "reference": 0.0, "current": 0.12}],
    "gone": [{"term": "broché", "reference": 0.05, "current": 0.01}],
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
EXAMPLES: dict[str, Example] = {
    "ListingBody": LISTING,
    "BatchBody": {"items": [LISTING, {"designation": "Roman policier, édition de poche"}]},
    "Prediction": POOL,
    "Explanation": EXPLANATION,
    "BatchPrediction": {
        "prdtypecodes": [2583, 10],
        "predictions": [POOL, BOOK],
        "model_version": "12",
    },
    "TrainingBody": {"c": 0.7, "ngram_max": 2},
    "Job": JOB,
    "JobList": {"jobs": [JOB]},
    "Version": VERSION,
    "VersionDetail": VERSION | {"card": "# product-classifier, version 12\n\n…"},
    "VersionList": {
        "production": "12",
        "staging": "12",
        "versions": [VERSION],
        "moves": [MOVE],
    },
    "Move": MOVE,
    "PromoteBody": {"why": "better on used books"},
    "RollbackBody": {"why": "complaints about consoles", "version": "11"},
    "ShadowReport": {"share": 0.05, "comparisons": [COMPARISON], "disputes": [DISPUTE]},
    "ReviewItem": ITEM,
    "ReviewBatch": {"items": [ITEM]},
    "AnswerBody": {"answer": "category", "prdtypecode": 2705},
    "ReviewSummary": {
        "kinds": [{"kind": "doubtful", "waiting": 38, "leased": 2, "answered": 214}],
        "unlabelled": 0,
        "answered_by_you": 57,
        "live_precision": LIVE_PRECISION,
    },
    "TrainingGains": {"trainings": [GAIN]},
    "DriftAnswer": DRIFT,
    "DriftHistory": {"reports": [DRIFT]},
    "TrafficSummary": {
        "logging": True,
        "since": "2026-03-01T13:00:00Z",
        "until": "2026-03-02T13:00:00Z",
        "step_seconds": 3600,
        "total": {"predictions": 4210, "accepted": 2905},
        "times": [{"predictions": 181, "accepted": 124, "at": "2026-03-02T12:00:00Z"}],
        "categories": [
            {
                "predictions": 402,
                "accepted": 377,
                "prdtypecode": 2583,
                "category": "Piscine et accessoires",
            }
        ],
        "versions": [{"predictions": 4210, "accepted": 2905, "model_version": "12"}],
        "confidence": [3, 9, 31, 88, 160, 214, 305, 420, 780, 2200],
        "latency_ms": {"p50": 0.4, "p95": 0.9, "p99": 2.1},
    },
    "SheetOutcome": {
        "answered": 98,
        "skipped": 1,
        "open": 0,
        "rejected": [
            {"line": 41, "field": "answer", "value": "2706", "reason": "is no known category"}
        ],
    },
    "FeedbackBody": {"items": [CORRECTION], "source": "the shop's returns"},
    "FeedbackOutcome": {
        "accepted": 1,
        "labels_added": 1,
        "revision": 5,
        "rejected": [],
        "repeated": False,
    },
    "CatalogSummary": {
        "revision": 4,
        "listings": 33000,
        "labelled": 33000,
        "holdout": 3012,
        "without_description": 11550,
        "synthetic": True,
        "categories": [
            {"prdtypecode": 2583, "category": "Piscine et accessoires", "listings": 3961}
        ],
    },
    "ListingPage": {
        "total": 3961,
        "page": 1,
        "size": 50,
        "listings": [
            {
                "productid": 3804725264,
                "imageid": 1263597046,
                "designation": "Piscine hors sol tubulaire ronde, avec pompe à filtre",
                "description": "Diamètre 4,57 m, bâche et échelle fournies.",
                "in_holdout": False,
                "added_in": 4,
                "prdtypecode": 2583,
                "category": "Piscine et accessoires",
                "label_source": "review",
                "label_author": "rita",
            }
        ],
    },
    "RevisionList": {
        "revisions": [
            {
                "revision": 4,
                "kind": "import",
                "source": "X_train_update.csv",
                "author": "anna",
                "created_at": "2026-03-01T11:58:10Z",
                "listings_added": 1000,
                "listings_removed": 0,
                "labels_added": 1000,
            }
        ]
    },
    "ImportOutcome": {
        "committed": False,
        "rows_read": 1001,
        "added": 1000,
        "changed": 0,
        "unchanged": 0,
        "removed": 0,
        "labels_added": 1000,
        "rejected": {"designation is blank": 1},
        "rejects": [
            {
                "file": "X_train_update.csv",
                "line": 41,
                "field": "designation",
                "value": "",
                "reason": "is blank",
                "row": "40,,,3804725264,1263597046",
            }
        ],
        "revision": None,
    },
    "Me": {"name": "carl", "role": "client"},
    "Readiness": {
        "ready": True,
        "model_version": "12",
        "serving_since": "2026-03-01T12:05:02Z",
        "registry": "ok",
        "database": "ok",
    },
}
