"""An API that answers like the real one, from memory; every answer passes the API's own schemas.

By hand: `python -m tests.dashboard.fake_api 8000`, user `admin`, password `admin-password`.
"""

import base64
import random
import struct
import sys
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse

from rakuten_mlops.api import schemas
from rakuten_mlops.catalog.categories import RAKUTEN

NOW = datetime.now(UTC)
METHOD = "calibrated probability (temperature)"
LONGEST = 200


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
    told = "Better beyond noise" if promote else "Not better"
    return {
        "promote": promote,
        "reasons": [f"{told}: macro-F1 {gain:+.4f} (at 99% confidence at least -0.0010)"]
        if champion
        else ["There is no champion yet"],
        "champion_version": champion,
        "champion_macro_f1": 0.81 if champion else None,
        "challenger_macro_f1": 0.81 + gain,
        "gain": gain if champion else None,
        "gain_low": -0.001 if champion else None,
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


class FakeApi:
    """What the API would keep in its database and registry."""

    def __init__(self, *, empty: bool = False) -> None:
        self.users = {"admin": "admin", "rita": "reviewer", "carl": "client"}
        self.versions = [] if empty else [a_version("3", promote=False), a_version("2")]
        self.versions += [] if empty else [a_version("1", level=0.78)]
        self.aliases = {} if empty else {"Production": "2", "Staging": "3"}
        self.moves: list[dict[str, Any]] = []
        self.jobs = [] if empty else [a_job(3, result="rejected"), a_job(2), a_job(1)]
        self.registry = "ok"
        self.started: list[dict[str, Any]] = []
        if not empty:
            self._note("Production", None, "1", by="scheduler", why="There is no champion yet")
            self._note("Production", "1", "2", by="scheduler", why="Better beyond noise")

    def _note(self, alias: str, source: str | None, target: str, *, by: str, why: str) -> dict:
        at = NOW - timedelta(hours=9 - len(self.moves))
        move = {"alias": alias, "source": source, "target": target, "by": by, "why": why, "at": at}
        self.moves.insert(0, move)
        return move

    def move(self, version: str, *, by: str, why: str) -> dict:
        source, self.aliases["Production"] = self.aliases.get("Production"), version
        return self._note("Production", source, version, by=by, why=why)

    def described(self, version: dict[str, Any]) -> dict[str, Any]:
        held = [alias for alias, target in self.aliases.items() if target == version["version"]]
        return version | {"aliases": held}


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
        reasons=[reason, other] if explain else None,
    )


def _login(request: Request) -> schemas.Me:
    name, _, password = _credentials(request.headers.get("Authorization", "")).partition(":")
    role = request.app.state.fake.users.get(name)
    if role is None or password != f"{name}-password":
        raise HTTPException(401, "Unknown user or wrong password")
    return schemas.Me(name=name, role=role)


def _credentials(header: str) -> str:
    return base64.b64decode(header.removeprefix("Basic ")).decode()


def _admin(request: Request) -> schemas.Me:
    user = _login(request)
    if user.role != "admin":
        raise HTTPException(403, f"{user.name} is a {user.role}; this needs the role admin")
    return user


User = Annotated[schemas.Me, Depends(_login)]
Admin = Annotated[schemas.Me, Depends(_admin)]


def create_app(fake: FakeApi) -> FastAPI:
    app = FastAPI()
    app.state.fake = fake
    _add_system(app, fake)
    _add_prediction(app)
    _add_training(app, fake)
    _add_models(app, fake)
    return app


def _add_system(app: FastAPI, fake: FakeApi) -> None:
    @app.get("/me")
    def me(user: User) -> schemas.Me:
        return user

    @app.get("/readyz")
    def ready(_: User, response: Response) -> schemas.Readiness:
        serving = fake.aliases.get("Production")
        response.status_code = 200 if serving else 503
        return schemas.Readiness(
            ready=serving is not None,
            model_version=serving,
            serving_since=NOW - timedelta(hours=8) if serving else None,
            registry=fake.registry,
            database="ok",
        )

    @app.get("/catalog")
    def catalog(_: User) -> schemas.CatalogSummary:
        return schemas.CatalogSummary(
            revision=5 if fake.versions else 0,
            listings=30_000 if fake.versions else 0,
            labelled=30_000,
            holdout=3_012,
            without_description=10_500,
            synthetic=True,
            categories=[
                {"prdtypecode": one.prdtypecode, "category": one.name_fr, "listings": one.listings}
                for one in RAKUTEN
            ],
        )


def _add_prediction(app: FastAPI) -> None:
    @app.post("/predict")
    def predict(body: schemas.ListingBody, _: User, explain: bool = False) -> schemas.Prediction:
        return a_prediction(body, explain=explain)

    @app.post("/predict_batch")
    def predict_batch(body: schemas.BatchBody, _: User) -> schemas.BatchPrediction:
        if len(body.items) > 1_000:
            raise HTTPException(422, f"items holds {len(body.items)} listings; the limit is 1000")
        for place, item in enumerate(body.items):
            if len(item.designation) > LONGEST:
                raise HTTPException(422, f"items[{place}].designation has too many characters")
        predictions = [a_prediction(item) for item in body.items]
        codes = [prediction.prdtypecode for prediction in predictions]
        return schemas.BatchPrediction(
            prdtypecodes=codes, predictions=predictions, model_version="2"
        )


def _add_training(app: FastAPI, fake: FakeApi) -> None:
    @app.post("/training", status_code=202, response_model=schemas.Job)
    def start(body: schemas.TrainingBody, _: Admin) -> Any:
        if fake.jobs and fake.jobs[0]["state"] == "running":
            job = schemas.Job(**fake.jobs[0]).model_dump(mode="json")
            detail = f"Training job {job['id']} is running; wait for it to end, then start again"
            return JSONResponse({"detail": detail, "job": job}, 409)
        fake.started.append(body.model_dump(exclude_none=True, exclude={"trigger"}))
        fake.jobs.insert(0, a_job(len(fake.jobs) + 1, state="running"))
        return fake.jobs[0]

    @app.get("/training")
    def history(_: User) -> schemas.JobList:
        return schemas.JobList(jobs=[schemas.Job(**job) for job in fake.jobs])


def _add_models(app: FastAPI, fake: FakeApi) -> None:
    def find(version: str) -> dict[str, Any]:
        found = next((one for one in fake.versions if one["version"] == version), None)
        if found is None:
            raise HTTPException(404, f"product-classifier has no version {version}")
        return fake.described(found)

    @app.get("/models")
    def versions(_: User) -> schemas.VersionList:
        if fake.registry != "ok":
            raise HTTPException(503, f"The model registry is {fake.registry}")
        return schemas.VersionList(
            production=fake.aliases.get("Production"),
            staging=fake.aliases.get("Staging"),
            versions=[schemas.Version(**fake.described(one)) for one in fake.versions],
            moves=[schemas.Move(**move) for move in fake.moves],
        )

    @app.get("/models/{version}")
    def detail(version: str, _: User) -> schemas.VersionDetail:
        return schemas.VersionDetail(**find(version))

    @app.get("/models/{version}/report/confusion.png")
    def confusion(version: str, _: User) -> Response:
        find(version)
        return Response(a_picture(270), media_type="image/png")

    @app.post("/models/rollback")
    def roll_back(body: schemas.RollbackBody, user: Admin) -> schemas.Move:
        return schemas.Move(**fake.move(body.version or "1", by=user.name, why=body.why))

    @app.post("/models/{version}/promote")
    def promote(version: str, body: schemas.PromoteBody, user: Admin) -> schemas.Move:
        find(version)
        return schemas.Move(**fake.move(version, by=user.name, why=body.why))


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


@contextmanager
def served(app: Any) -> Iterator[str]:
    """The address at which an application answers, on a port of its own, while this lasts."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        threading.Event().wait(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


if __name__ == "__main__":
    uvicorn.run(create_app(FakeApi()), port=int(sys.argv[1]))
