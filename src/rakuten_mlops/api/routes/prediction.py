"""`/predict` and `/predict_batch`."""

import time
from collections.abc import Sequence
from typing import Annotated

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, HTTPException, Query, Response
from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from rakuten_mlops.api.auth import Anyone
from rakuten_mlops.api.edge import FastLane
from rakuten_mlops.api.metrics import count_prediction, count_predictions
from rakuten_mlops.api.schemas import BatchBody, BatchPrediction, ListingBody, Prediction
from rakuten_mlops.api.services import Services, ServicesOf
from rakuten_mlops.errors import NoChampion
from rakuten_mlops.serving.predictor import Champion
from rakuten_mlops.serving.scorer import Ranking
from rakuten_mlops.settings import Settings
from rakuten_mlops.traces import traces

router = APIRouter(tags=["prediction"])

# A batch of up to so many bytes is answered at once; a larger one in a thread, beside other
# requests. Two such threads would only take the interpreter, and the caches, from each other.
INLINE = 100_000
_one_at_a_time = CapacityLimiter(1)

_listing = TypeAdapter(ListingBody).validator.validate_json
_batch = TypeAdapter(BatchBody).validator.validate_json


@router.post("/predict", response_model=Prediction, response_model_exclude_none=True)
async def predict(
    body: ListingBody,
    services: ServicesOf,
    _: Anyone,
    explain: Annotated[bool, Query(description="Name the terms that spoke for it.")] = False,
) -> Response:
    """Give one listing its category.

    With `explain`, `explanation` says what each term added to the margins of the category and of
    the second best, weightiest first.
    """
    _check(body, "", services.settings)
    explanation = _explain(body, services.predictor.champion) if explain else ""
    start = time.perf_counter()
    with traces.span("predict"):
        content = _answer(body, services, explanation)
    services.record(body.model_dump_json().encode(), content, time.perf_counter() - start)
    return _json(content)


@router.post("/predict_batch", response_model=BatchPrediction, response_model_exclude_none=True)
async def predict_batch(body: BatchBody, services: ServicesOf, _: Anyone) -> Response:
    """Give many listings their categories, in their order, all by the same version."""
    if len(body.items) > services.settings.max_items:
        raise HTTPException(
            422,
            f"items holds {len(body.items)} listings; the limit is {services.settings.max_items}",
        )
    for place, item in enumerate(body.items):
        _check(item, f"items[{place}].", services.settings)
    start = time.perf_counter()
    with traces.span("predict", listings=len(body.items)):
        content = await to_thread.run_sync(_answer_together, body, services, limiter=_one_at_a_time)
    services.record(body.model_dump_json().encode(), content, time.perf_counter() - start)
    return _json(content)


async def predict_fast(services: Services, raw: bytes) -> bytes | None:
    """Answer the body of `/predict`; None if anything is wrong with it."""
    try:
        body = _listing(raw)
        _check(body, "", services.settings)
        return _answer(body, services)
    except (ValidationError, HTTPException, NoChampion):
        return None


async def predict_batch_fast(services: Services, raw: bytes) -> bytes | None:
    """Answer the body of `/predict_batch`; None if anything is wrong with it."""
    if len(raw) <= INLINE:
        return _answer_batch(services, raw)
    return await to_thread.run_sync(_answer_batch, services, raw, limiter=_one_at_a_time)


FAST_LANES: dict[str, FastLane] = {"/predict": predict_fast, "/predict_batch": predict_batch_fast}


def _answer(body: ListingBody, services: Services, explanation: str = "") -> bytes:
    champion = services.predictor.champion
    ranking = champion.scorer.rank(*_texts(body))
    [decision] = _decide(champion, [ranking], services.settings)
    count_prediction(champion.code(ranking), decision, ranking.confidences[0])
    return _write(champion, ranking, decision, explanation).encode()


def _answer_batch(services: Services, raw: bytes) -> bytes | None:
    try:
        body = _batch(raw)
        if len(body.items) > services.settings.max_items:
            return None
        for item in body.items:
            _check(item, "", services.settings)
        return _answer_together(body, services)
    except (ValidationError, HTTPException, NoChampion):
        return None


def _answer_together(body: BatchBody, services: Services) -> bytes:
    champion = services.predictor.champion
    rankings = champion.rank(list(map(_texts, body.items)))
    decisions = _decide(champion, rankings, services.settings)
    codes = list(map(champion.code, rankings))
    count_predictions(codes, decisions, [ranking.confidences[0] for ranking in rankings])
    predictions = ",".join(
        _write(champion, ranking, decision)
        for ranking, decision in zip(rankings, decisions, strict=True)
    )
    return (
        f'{{"prdtypecodes":[{",".join(map(str, codes))}],"predictions":[{predictions}],'
        f"{champion.version_json}}}"
    ).encode()


def _texts(listing: ListingBody) -> tuple[str, str]:
    return listing.designation, listing.description or ""


def _decide(champion: Champion, rankings: Sequence[Ranking], settings: Settings) -> list[str]:
    accepted = champion.scorer.accepts(rankings, settings.accept_confidence)
    return ["accept" if each else "review" for each in accepted]


def _write(champion: Champion, ranking: Ranking, decision: str, more: str = "") -> str:
    """The answer for one listing as JSON, as `schemas.Prediction` documents it."""
    labels = champion.guess_json
    found = [
        f"{labels[place]}{confidence:.6f}"
        for place, confidence in zip(ranking.places, ranking.confidences, strict=True)
    ]
    return (
        f'{found[0]},{champion.method_json},"decision":"{decision}",'
        f'"alternatives":[{"},".join(found)}}}],{champion.version_json}{more}}}'
    )


def _explain(body: ListingBody, champion: Champion) -> str:
    found = champion.scorer.explain(*_texts(body))
    runner_up, category = champion.scorer.labels[found.places[1]]
    explanation = {
        "margin": found.margins[0],
        "runner_up": runner_up,
        "runner_up_category": category,
        "runner_up_margin": found.margins[1],
        "reasons": [reason._asdict() for reason in found.reasons],
    }
    return f',"explanation":{to_json(explanation).decode()}'


def _json(content: bytes) -> Response:
    return Response(content, media_type="application/json")


def _check(listing: ListingBody, where: str, settings: Settings) -> None:
    designation, description = listing.designation, listing.description
    if len(designation) > settings.max_designation:
        raise _too_long(f"{where}designation", designation, settings.max_designation)
    if description and len(description) > settings.max_description:
        raise _too_long(f"{where}description", description, settings.max_description)
    if not designation or designation.isspace():
        raise HTTPException(422, f"{where}designation is blank; give the listing's title")


def _too_long(name: str, text: str, limit: int) -> HTTPException:
    return HTTPException(422, f"{name} has {len(text)} characters; the limit is {limit}")
