"""Whether the service is alive and ready, its metrics, and who is asking."""

from datetime import UTC, datetime

from fastapi import APIRouter, Response
from sqlalchemy import select

from rakuten_mlops.api import metrics
from rakuten_mlops.api.auth import Anyone
from rakuten_mlops.api.recorder_figures import RecorderFigures
from rakuten_mlops.api.schemas import Me, Readiness
from rakuten_mlops.api.services import Services, ServicesOf
from rakuten_mlops.database import reachable
from rakuten_mlops.errors import DatabaseUnavailable, NoChampion

router = APIRouter(tags=["system"])


@router.get("/healthz")
async def alive() -> dict[str, bool]:
    """Whether the process answers; needs no credentials."""
    return {"ok": True}


@router.get("/readyz", responses={503: {"model": Readiness}})
def ready(services: ServicesOf, _: Anyone, response: Response) -> Readiness:
    """Whether a champion is loaded, which, since when; and what else is away."""
    try:
        champion = services.predictor.champion
    except NoChampion:
        champion = None
        response.status_code = 503
    return Readiness(
        ready=champion is not None,
        model_version=champion.version if champion else None,
        serving_since=champion.since if champion else None,
        registry=_registry(services),
        database=_database(services),
    )


@router.get("/metrics", response_class=Response)
def show_metrics(services: ServicesOf, _: Anyone) -> Response:
    """Figures for Prometheus."""
    recorder = RecorderFigures(services.settings.home)
    content = metrics.render(services.figures, recorder)
    return Response(content, media_type=metrics.CONTENT_TYPE)


@router.get("/me")
async def who_am_i(user: Anyone) -> Me:
    """The user that the credentials belong to."""
    return Me(name=user.name, role=user.role)


def _registry(services: Services) -> str:
    state = services.champions.registry_state()
    if state is None:
        return "not asked yet"
    if state.silent(datetime.now(UTC)):
        return (
            f"not asked since {state.checked_at:%Y-%m-%d %H:%M:%S} UTC: the keeper is not running"
        )
    if state.state == "away":
        return f"away since {state.since:%Y-%m-%d %H:%M:%S} UTC: {state.why}"
    return state.state


def _database(services: Services) -> str:
    try:
        with reachable(), services.engine.connect() as connection:
            connection.execute(select(1))
    except DatabaseUnavailable as error:
        return f"away: {error}"
    return "ok"
