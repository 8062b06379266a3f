"""`/models`: versions, their scores and verdicts, promotion and rollback."""

from typing import Any, Literal

from fastapi import APIRouter, Response

from rakuten_mlops.api.auth import Admin, Anyone
from rakuten_mlops.api.schemas import (
    Move,
    PromoteBody,
    RollbackBody,
    Version,
    VersionDetail,
    VersionList,
)
from rakuten_mlops.api.services import ServicesOf
from rakuten_mlops.errors import UnknownVersion
from rakuten_mlops.registry.model_registry import (
    PRODUCTION,
    STAGING,
    AliasMove,
    ModelVersion,
    roll_back,
)
from rakuten_mlops.settings import Settings

Picture = Literal["confusion.png", "reliability.png"]

router = APIRouter(prefix="/models", tags=["models"])


@router.get("")
def list_models(services: ServicesOf, _: Anyone) -> VersionList:
    """Every version with its scores, aliases and verdict, and every move of an alias."""
    found = services.registry.versions()
    carriers = {alias: each.version for each in found for alias in each.aliases}
    return VersionList(
        production=carriers.get(PRODUCTION),
        staging=carriers.get(STAGING),
        versions=[Version(**_describe(each, services.settings)) for each in found],
        moves=[_move(move) for move in services.registry.moves()],
    )


@router.get("/{version}")
def show_model(version: str, services: ServicesOf, _: Anyone) -> VersionDetail:
    """One version, with its model card."""
    found = services.registry.version(version)
    try:
        card = services.registry.read_file(version, "model_card.md").decode()
    except UnknownVersion:
        card = "This version has no card: its training ended before it was written."
    return VersionDetail(**_describe(found, services.settings), card=card)


@router.get("/{version}/report/{picture}", response_class=Response)
def show_picture(version: str, picture: Picture, services: ServicesOf, _: Anyone) -> Response:
    """A picture that training drew of a version: its confusion matrix, its reliability diagram."""
    drawn = services.registry.read_file(version, f"report/{picture}")
    return Response(drawn, media_type="image/png")


@router.post("/rollback")
def roll_back_model(body: RollbackBody, services: ServicesOf, user: Admin) -> Move:
    """Put a version that was in production before back there; recorded with who and why."""
    move = roll_back(services.registry, by=user.name, why=body.why, version=body.version)
    services.champions.announce()
    return _move(move)


@router.post("/{version}/promote")
def promote_model(version: str, body: PromoteBody, services: ServicesOf, user: Admin) -> Move:
    """Put a version into production by hand; recorded with who and why."""
    move = services.registry.move_alias(PRODUCTION, version, by=user.name, why=body.why)
    services.champions.announce()
    return _move(move)


def _describe(found: ModelVersion, settings: Settings) -> dict[str, Any]:
    values = {name: value for name, value in vars(found).items() if name != "run_id"}
    return values | {"run_url": _run_url(found, settings)}


def _run_url(found: ModelVersion, settings: Settings) -> str | None:
    if not settings.mlflow_url.startswith("http"):
        return None
    return f"{settings.mlflow_public_url or settings.mlflow_url}/#/runs/{found.run_id}"


def _move(move: AliasMove) -> Move:
    return Move(**vars(move))
