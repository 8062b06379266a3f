"""An API that answers like the real one, from memory; every answer passes the API's own schemas.

By hand: `python -m tests.dashboard.fake_api 8000`, user `admin`, password `admin-password`.
"""

import base64
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Annotated, Any

import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse

from rakuten_mlops.api import schemas

from .fake_catalog import add_catalog
from .fake_monitoring import FakeMonitoring, add_monitoring
from .fake_review import FakeReview, add_review
from .samples import NOW, a_job, a_picture, a_prediction, a_shadow, a_version

LONGEST = 200


class FakeApi:
    """What the API would keep in its database and registry."""

    url = ""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Three users, three versions of which the second serves, three trainings."""
        self.users = {"admin": "admin", "rita": "reviewer", "carl": "client"}
        self.versions = [a_version("3", promote=False), a_version("2"), a_version("1", level=0.78)]
        self.aliases = {"Production": "2", "Staging": "3"}
        self.moves: list[dict[str, Any]] = []
        self.jobs = [a_job(3, result="rejected"), a_job(2), a_job(1)]
        self.registry = "ok"
        self.started: list[dict[str, Any]] = []
        self.review = FakeReview()
        self.monitoring = FakeMonitoring()
        self.imports: list[dict[str, Any]] = []
        self._note("Production", None, "1", by="scheduler", why="There is no champion yet")
        self._note("Production", "1", "2", by="scheduler", why="Better beyond noise")

    def forget_everything(self) -> None:
        """A system on its first day."""
        self.versions, self.jobs, self.moves, self.aliases = [], [], [], {}

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
    _add_prediction(app, fake)
    _add_training(app, fake)
    _add_models(app, fake)
    add_review(app, fake, _login)
    add_catalog(app, fake, _login, _admin)
    add_monitoring(app, fake, _login, _admin)
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


def _add_prediction(app: FastAPI, fake: FakeApi) -> None:
    @app.post("/predict")
    def predict(body: schemas.ListingBody, _: User, explain: bool = False) -> schemas.Prediction:
        if "Production" not in fake.aliases:
            raise HTTPException(503, "No version of product-classifier carries Production")
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

    @app.get("/models/{version}/report/{picture}.png")
    def draw(version: str, picture: str, _: User) -> Response:
        if find(version)["version"] == "1" and picture == "reliability":
            raise HTTPException(404, "Version 1 has no report/reliability.png")
        return Response(a_picture(270), media_type="image/png")

    @app.get("/shadow")
    def shadow(_: User) -> schemas.ShadowReport:
        return a_shadow() if "Staging" in fake.aliases else a_shadow(compared=0)

    @app.post("/models/rollback")
    def roll_back(body: schemas.RollbackBody, user: Admin) -> schemas.Move:
        return schemas.Move(**fake.move(body.version or "1", by=user.name, why=body.why))

    @app.post("/models/{version}/promote")
    def promote(version: str, body: schemas.PromoteBody, user: Admin) -> schemas.Move:
        find(version)
        return schemas.Move(**fake.move(version, by=user.name, why=body.why))


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
