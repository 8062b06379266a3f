"""`/predict` and `/predict_batch`."""

from typing import Any

from fastapi import APIRouter, HTTPException, Response
from fastapi.concurrency import run_in_threadpool

from rakuten_mlops.api.auth import Anyone
from rakuten_mlops.api.lean_route import LeanRoute, answer_json
from rakuten_mlops.api.metrics import count_prediction
from rakuten_mlops.api.schemas import BatchBody, BatchPrediction, ListingBody, Prediction
from rakuten_mlops.api.services import ServicesOf
from rakuten_mlops.serving.predictor import Champion
from rakuten_mlops.serving.scorer import CONFIDENCE_METHOD, Guess
from rakuten_mlops.settings import Settings

router = APIRouter(tags=["prediction"], route_class=LeanRoute)

# A batch up to this size is answered at once; a larger one in a thread, beside other requests.
INLINE = 20
TERMS = 20


@router.post("/predict", response_model=Prediction, response_model_exclude_none=True)
async def predict(
    body: ListingBody, services: ServicesOf, _: Anyone, explain: bool = False
) -> Response:
    """Give one listing its category.

    With `explain`, `reasons` names the terms that weighed most between the category and the
    second best.
    """
    _check_lengths(body, "", services.settings)
    champion, texts = services.predictor.champion, (body.designation, body.description or "")
    answer = describe(champion, champion.scorer.guesses(*texts), services.settings)
    if explain:
        reasons = champion.scorer.reasons(*texts)[:TERMS]
        answer["reasons"] = [reason._asdict() for reason in reasons]
    return answer_json(answer)


@router.post("/predict_batch", response_model=BatchPrediction, response_model_exclude_none=True)
async def predict_batch(body: BatchBody, services: ServicesOf, _: Anyone) -> Response:
    """Give many listings their categories, in their order, all by the same version."""
    settings, champion = services.settings, services.predictor.champion
    if len(body.items) > settings.max_items:
        raise HTTPException(
            422, f"items holds {len(body.items)} listings; the limit is {settings.max_items}"
        )
    for place, item in enumerate(body.items):
        _check_lengths(item, f"items[{place}].", settings)
    if len(body.items) <= INLINE:
        return _answer_batch(body, champion, settings)
    return await run_in_threadpool(_answer_batch, body, champion, settings)


def _answer_batch(body: BatchBody, champion: Champion, settings: Settings) -> Response:
    listings = [(item.designation, item.description or "") for item in body.items]
    guessed = champion.guesses(listings)
    predictions = [describe(champion, guesses, settings) for guesses in guessed]
    return answer_json(
        {
            "prdtypecodes": [prediction["prdtypecode"] for prediction in predictions],
            "predictions": predictions,
            "model_version": champion.version,
        }
    )


def describe(champion: Champion, guesses: list[Guess], settings: Settings) -> dict[str, Any]:
    """The answer for one listing, as `schemas.Prediction` documents it; it is counted, too."""
    code, category, confidence = guesses[0]
    decision = "accept" if confidence >= settings.accept_confidence else "review"
    count_prediction(code, decision, champion.version)
    return {
        "prdtypecode": code,
        "category": category,
        "confidence": confidence,
        "confidence_method": CONFIDENCE_METHOD,
        "decision": decision,
        "alternatives": [
            {"prdtypecode": code, "category": category, "confidence": confidence}
            for code, category, confidence in guesses
        ],
        "model_version": champion.version,
    }


def _check_lengths(listing: ListingBody, where: str, settings: Settings) -> None:
    for name, text, limit in (
        ("designation", listing.designation, settings.max_designation),
        ("description", listing.description, settings.max_description),
    ):
        if text is not None and len(text) > limit:
            raise HTTPException(
                422, f"{where}{name} has {len(text)} characters; the limit is {limit}"
            )
    if not listing.designation.strip():
        raise HTTPException(422, f"{where}designation is blank; give the listing's title")
