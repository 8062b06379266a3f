"""`/predict` and `/predict_batch`."""

from dataclasses import asdict

from fastapi import APIRouter, HTTPException
from fastapi.concurrency import run_in_threadpool

from rakuten_mlops.api.auth import Anyone
from rakuten_mlops.api.metrics import PREDICTIONS
from rakuten_mlops.api.schemas import (
    Alternative,
    BatchBody,
    BatchPrediction,
    ListingBody,
    Prediction,
    Reason,
)
from rakuten_mlops.api.services import ServicesOf
from rakuten_mlops.serving.predictor import Champion
from rakuten_mlops.serving.scorer import CONFIDENCE_METHOD
from rakuten_mlops.settings import Settings

router = APIRouter(tags=["prediction"])

# A batch up to this size is answered at once; a larger one in a thread, beside other requests.
INLINE = 20
TERMS = 20


@router.post("/predict", response_model_exclude_none=True)
async def predict(
    body: ListingBody, services: ServicesOf, _: Anyone, explain: bool = False
) -> Prediction:
    """Give one listing its category.

    With `explain`, `reasons` names the terms that weighed most between the category and the
    second best.
    """
    _check_lengths(body, "", services.settings)
    return classify(services.predictor.champion, body, explain=explain, settings=services.settings)


@router.post("/predict_batch", response_model_exclude_none=True)
async def predict_batch(body: BatchBody, services: ServicesOf, _: Anyone) -> BatchPrediction:
    """Give many listings their categories, in their order, all by the same version."""
    settings, champion = services.settings, services.predictor.champion
    if len(body.items) > settings.max_items:
        raise HTTPException(
            422, f"items holds {len(body.items)} listings; the limit is {settings.max_items}"
        )
    for place, item in enumerate(body.items):
        _check_lengths(item, f"items[{place}].", settings)

    def answer() -> list[Prediction]:
        return [classify(champion, item, explain=False, settings=settings) for item in body.items]

    few = len(body.items) <= INLINE
    predictions = answer() if few else await run_in_threadpool(answer)
    return BatchPrediction(
        prdtypecodes=[prediction.prdtypecode for prediction in predictions],
        predictions=predictions,
        model_version=champion.version,
    )


def classify(
    champion: Champion, listing: ListingBody, *, explain: bool, settings: Settings
) -> Prediction:
    """Answer for one listing."""
    texts = (listing.designation, listing.description or "")
    best, *_ = guesses = champion.scorer.guesses(*texts)
    decision = "accept" if best.confidence >= settings.accept_confidence else "review"
    PREDICTIONS.labels(best.prdtypecode, decision, champion.version).inc()
    return Prediction(
        prdtypecode=best.prdtypecode,
        category=best.category,
        confidence=best.confidence,
        confidence_method=CONFIDENCE_METHOD,
        decision=decision,
        alternatives=[
            Alternative(
                prdtypecode=guess.prdtypecode, category=guess.category, confidence=guess.confidence
            )
            for guess in guesses
        ],
        model_version=champion.version,
        reasons=_reasons(champion, texts) if explain else None,
    )


def _reasons(champion: Champion, texts: tuple[str, str]) -> list[Reason]:
    return [Reason(**asdict(reason)) for reason in champion.scorer.reasons(*texts)[:TERMS]]


def _check_lengths(listing: ListingBody, where: str, settings: Settings) -> None:
    for name, limit in (
        ("designation", settings.max_designation),
        ("description", settings.max_description),
    ):
        length = len(getattr(listing, name) or "")
        if length > limit:
            raise HTTPException(422, f"{where}{name} has {length} characters; the limit is {limit}")
    if not listing.designation.strip():
        raise HTTPException(422, f"{where}designation is blank; give the listing's title")
