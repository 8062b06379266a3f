"""The HTTP API: `create_app(settings)` puts it together."""

import json
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException

from rakuten_mlops import __version__, errors
from rakuten_mlops.api.edge import Edge
from rakuten_mlops.api.openapi import TAGS, described
from rakuten_mlops.api.routes import (
    catalog,
    drift,
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
from rakuten_mlops.traces import traces

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
    errors.NoDriftReport: 404,
    errors.NeverServed: 409,
    errors.TrainingInProgress: 409,
    errors.RakutenError: 409,
}

MOST_ERRORS = 20
SWAGGER_UI = {
    "defaultModelsExpandDepth": 0,
    "displayRequestDuration": True,
    "tryItOutEnabled": True,
}

DESCRIPTION = """\
Gives product listings their category, retrains the model that does so, and shows its versions.

**Who may what.** Every route but `/healthz` asks for a user and a password, in each request (HTTP
Basic): press *Authorize* to give them once. A `client` predicts and reads, a `reviewer` labels,
too, an `admin` does everything.

**When something is wrong** the answer is `{"detail": …}`: a sentence, or for a body that does not
fit a list of fields (`loc`) and faults (`msg`).

| status | means |
| --- | --- |
| 401 | who are you? |
| 403 | you lack the role |
| 404 | there is none of that name or number |
| 409 | not now, or not any more; `detail` says what stands in the way |
| 413 | send less at a time |
| 422 | the request is wrong, and would be the next time |
| 429 | too many log-ins failed; wait |
| 503 | the model, the registry or the database is away; try again later |

Python programs have a client: `rakuten_mlops.client.api_client.ApiClient`.
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
        traces.stop()

    app = FastAPIOffline(
        redoc_url=None,
        title="Rakuten MLOps",
        version=__version__,
        summary="The category of a product listing, and the whole life of the model that gives it.",
        description=DESCRIPTION,
        license_info={"name": "MIT", "identifier": "MIT"},
        openapi_tags=TAGS,
        generate_unique_id_function=lambda route: route.name,
        swagger_ui_parameters=SWAGGER_UI,
        lifespan=lifespan,
        exception_handlers={
            errors.RakutenError: _answer_error,
            RequestValidationError: _answer_bad_request,
            HTTPException: _answer_refusal,
            Exception: _answer_defect,
        },
    )
    modules = (prediction, training, catalog, models, review, shadow, traffic, drift, system)
    routers = [module.router for module in modules]
    for router in routers:
        app.include_router(router)
    app.openapi = described(app, routers)
    if traces.on:
        from rakuten_mlops.api.tracing import TracedEdge, traced_lanes

        return TracedEdge(app, settings.max_body, traced_lanes(prediction.FAST_LANES))
    return Edge(app, settings.max_body, prediction.FAST_LANES)


def worker() -> Edge:
    """Return the application of one worker process; settings come from its environment."""
    settings = Settings()
    configure_logging(settings.log_format)
    traces.start("rakuten-mlops-api", settings.otlp_endpoint)
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


async def _answer_refusal(request: Request, error: Exception) -> Response:
    """As FastAPI answers; a body in another encoding is a bad request like any other."""
    if isinstance(error.__cause__, UnicodeDecodeError):
        at, msg = error.__cause__.start, "The body is no text in UTF-8"
        fault = {"type": "json_invalid", "loc": ["body", at], "msg": msg}
        return JSONResponse({"detail": [fault]}, 422)
    assert isinstance(error, HTTPException)  # noqa: S101 - it is registered for these
    return await http_exception_handler(request, error)


def _answer_defect(_request: Request, _error: Exception) -> JSONResponse:
    return JSONResponse({"detail": "This is a defect; the log of the API says more"}, 500)


def _running_job(request: Request, job_id: int | None) -> object:
    if job_id is None:
        return None
    return training.describe(request.app.state.services.jobs.get(job_id)).model_dump(mode="json")
