"""The HTTP API: `create_app(settings)` puts it together."""

import json
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi_offline import FastAPIOffline

from rakuten_mlops import __version__, errors
from rakuten_mlops.api.edge import Edge
from rakuten_mlops.api.routes import (
    catalog,
    models,
    prediction,
    review,
    shadow,
    system,
    traffic,
    training,
)
from rakuten_mlops.api.services import Services, mlflow_registry
from rakuten_mlops.logs import configure_logging
from rakuten_mlops.registry.model_registry import ModelRegistry
from rakuten_mlops.settings import Settings

log = logging.getLogger(__name__)

STATUS: dict[type, int] = {
    errors.NoChampion: 503,
    errors.RegistryUnavailable: 503,
    errors.DatabaseUnavailable: 503,
    errors.UnknownVersion: 404,
    errors.UnknownJob: 404,
    errors.UnknownItem: 404,
    errors.UnreadableFile: 422,
    errors.ImportRefused: 422,
    errors.KeyReused: 422,
    errors.BadSheet: 422,
    errors.NeverServed: 409,
    errors.TrainingInProgress: 409,
    errors.RakutenError: 409,
}

MOST_ERRORS = 20

DESCRIPTION = """\
Gives product listings their category, retrains the model that does so, and shows its versions.

Every route but `/healthz` asks for a user and a password (HTTP Basic). Roles: `client` predicts
and reads, `reviewer` labels, `admin` trains, promotes and rolls back. Errors are `{"detail": …}`.
"""


def create_app(
    settings: Settings, open_registry: Callable[[Settings], ModelRegistry] = mlflow_registry
) -> Edge:
    """Return the application; it touches nothing before it starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        services = app.state.services = Services(settings, open_registry)
        services.predictor.refresh()
        services.predictor.follow()
        services.review.follow()
        services.tap.start()
        _mark_orphans(services)
        yield
        services.predictor.close()
        services.review.close()
        services.tap.close()
        services.engine.dispose()

    app = FastAPIOffline(
        redoc_url=None,
        title="Rakuten MLOps",
        version=__version__,
        description=DESCRIPTION,
        lifespan=lifespan,
        exception_handlers={
            errors.RakutenError: _answer_error,
            RequestValidationError: _answer_bad_request,
            Exception: _answer_defect,
        },
    )
    for module in (prediction, training, catalog, models, review, shadow, traffic, system):
        app.include_router(module.router)
    return Edge(app, settings.max_body, prediction.FAST_LANES)


def worker() -> Edge:
    """Return the application of one worker process; settings come from its environment."""
    settings = Settings()
    configure_logging(settings.log_format)
    return create_app(settings)


def _mark_orphans(services: Services) -> None:
    try:
        services.jobs.mark_orphans()
    except errors.DatabaseUnavailable as error:
        log.warning("starting without the database: %s", error)


def _answer_error(request: Request, error: Exception) -> JSONResponse:
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    content: dict[str, object] = {"detail": str(error)}
    if isinstance(error, errors.TrainingInProgress):
        content["job"] = _running_job(request, error.job_id)
    return JSONResponse(content, status)


def _answer_bad_request(_request: Request, error: Exception) -> Response:
    """Say what is wrong where, without repeating what was sent: it may be large, or no JSON."""
    found = error.errors() if isinstance(error, RequestValidationError) else []
    detail = [{name: each[name] for name in ("type", "loc", "msg")} for each in found[:MOST_ERRORS]]
    # A field's name may hold half a character (\ud800), which only ASCII can carry.
    return Response(json.dumps({"detail": detail}), 422, media_type="application/json")


def _answer_defect(_request: Request, _error: Exception) -> JSONResponse:
    return JSONResponse({"detail": "This is a defect; the log of the API says more"}, 500)


def _running_job(request: Request, job_id: int | None) -> object:
    if job_id is None:
        return None
    return training.describe(request.app.state.services.jobs.get(job_id)).model_dump(mode="json")
