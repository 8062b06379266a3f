"""`/review` and `/feedback`: what people say about listings."""

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Header, HTTPException, Path, Query, Response

from rakuten_mlops.api.auth import Anyone, Reviewer
from rakuten_mlops.api.review_schemas import (
    AnswerBody,
    FeedbackBody,
    FeedbackOutcome,
    LivePrecision,
    QueueCount,
    ReviewBatch,
    ReviewItem,
    ReviewSummary,
    SheetOutcome,
    TrainingGains,
)
from rakuten_mlops.api.services import Services, ServicesOf
from rakuten_mlops.catalog.listing import LabelledListing, Listing
from rakuten_mlops.errors import NoChampion
from rakuten_mlops.review.answering import answer_sheet
from rakuten_mlops.review.gains import gains
from rakuten_mlops.review.item import Item
from rakuten_mlops.review.live_precision import CONFIDENCE, live_precision
from rakuten_mlops.review.queue import EXPORTED_FOR, now
from rakuten_mlops.review.sheet import read_sheet, write_sheet
from rakuten_mlops.review.standing import draws, standing
from rakuten_mlops.serving.predictor import Champion

MOST_AT_ONCE = 50
MOST_IN_A_SHEET = 1_000
TERMS = 20
CSV = "text/csv"
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t"}

ItemId = Annotated[int, Path(ge=1, lt=2**63)]


router = APIRouter(tags=["review"])


@router.get("/review/next")
def next_items(
    services: ServicesOf,
    user: Reviewer,
    response: Response,
    count: int = Query(1, ge=1, le=MOST_AT_ONCE),
    explain: bool = False,
) -> ReviewBatch:
    """Items to look at, the most telling first; nobody else gets them for a while.

    What you hold already comes first. An empty list says that nothing waits for you.
    """
    # It leases: a copy that some cache kept would be somebody else's items.
    response.headers["Cache-Control"] = "no-store"
    items = services.review.queue.next(user.name, count=count)
    champion = _champion(services) if explain else None
    return ReviewBatch(items=[_describe(item, champion) for item in items])


@router.post("/review/{item_id}")
def answer_item(
    item_id: ItemId, body: AnswerBody, services: ServicesOf, user: Reviewer
) -> ReviewItem:
    """Say what an item is; 409, with who and when, if somebody else did.

    The same answer twice is one, and your later answer takes the place of your earlier one.
    """
    if (body.answer == "category") != (body.prdtypecode is not None):
        raise HTTPException(422, "prdtypecode belongs to the answer `category`, and only to that")
    code = body.prdtypecode
    if code is not None and code not in services.catalog.categories():
        raise HTTPException(422, f"prdtypecode {code} is no category of the catalogue")
    return _describe(services.review.queue.answer(item_id, user.name, body.answer, code))


@router.post("/review/{item_id}/release", status_code=204)
def release_item(item_id: ItemId, services: ServicesOf, user: Reviewer) -> None:
    """Give an item back, so that others get it at once."""
    services.review.queue.release(item_id, user.name)


@router.get("/review/summary")
def show_summary(
    services: ServicesOf,
    user: Reviewer,
    version: str | None = Query(None, description="Unset: the one that serves; `all`: every one."),
    days: int = Query(30, ge=1, le=3_650, description="How far back the live precision looks."),
) -> ReviewSummary:
    """What waits, what was answered, and how often the model was right on a random sample."""
    found = standing(services.engine, user.name)
    return ReviewSummary(
        kinds=[QueueCount(kind=kind, **asdict(count)) for kind, count in found.kinds.items()],
        unlabelled=found.unlabelled,
        answered_by_you=found.answered_by_you,
        live_precision=_live_precision(services, version, days),
    )


@router.get("/review/gains")
def show_gains(services: ServicesOf, _: Anyone) -> TrainingGains:
    """What each training gained on the champion, and how many of its labels people gave."""
    found = gains(services.registry.versions(), services.catalog.revisions())
    return TrainingGains.model_validate({"trainings": [asdict(each) for each in found]})


@router.get("/review.csv", response_class=Response, responses={200: {"content": {CSV: {}}}})
def export_items(
    services: ServicesOf,
    user: Reviewer,
    count: int = Query(100, ge=1, le=MOST_IN_A_SHEET),
    delimiter: Literal["comma", "semicolon", "tab"] = "comma",
) -> Response:
    """Items as CSV for a spreadsheet; they are yours for 24 hours.

    Fill in the column `answer`: a prdtypecode, `ok`, `skip` or `not a product`.
    """
    items = services.review.queue.next(user.name, count=count, lease=EXPORTED_FOR)
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": 'attachment; filename="review.csv"',
    }
    page = write_sheet(items, delimiter=DELIMITERS[delimiter])
    return Response(page, media_type=CSV, headers=headers)


@router.post("/review.csv")
def import_answers(
    content: Annotated[bytes, Body(media_type=CSV)], services: ServicesOf, user: Reviewer
) -> SheetOutcome:
    """The same file with answers: every good line counts, every other one is named."""
    lines, known = read_sheet(content), services.catalog.categories()
    report = answer_sheet(services.review.queue, lines, reviewer=user.name, known=known)
    services.review.labels.flush()
    return SheetOutcome.model_validate(asdict(report))


@router.post("/feedback")
def give_feedback(
    body: FeedbackBody,
    services: ServicesOf,
    user: Reviewer,
    key: Annotated[
        str | None,
        Header(alias="Idempotency-Key", min_length=1, max_length=255, pattern=r"^[!-~]+$"),
    ] = None,
) -> FeedbackOutcome:
    """Corrections from another system, as one revision of the catalogue.

    A request counts once: its `Idempotency-Key` is remembered for 30 days, or, without one, its
    content. A bad item is named in `rejected` and does not stop the others.
    """
    most = services.settings.max_items
    if len(body.items) > most:
        raise HTTPException(422, f"items holds {len(body.items)} corrections; the limit is {most}")
    said = [
        LabelledListing(
            Listing(each.designation, each.description or "", each.productid), each.prdtypecode
        )
        for each in body.items
    ]
    feedback = services.review.feedback
    receipt = feedback.submit(said, author=user.name, source=body.source, key=key)
    return FeedbackOutcome.model_validate(asdict(receipt))


def _live_precision(services: Services, version: str | None, days: int) -> LivePrecision:
    if version is None:
        champion = _champion(services)
        version = champion.version if champion else "all"
    since = now() - timedelta(days=days)
    wanted = None if version == "all" else version
    found = live_precision(draws(services.engine, version=wanted, since=since))
    names = services.catalog.categories()
    categories = [
        {
            "prdtypecode": code,
            "category": names[code].name_fr if code in names else str(code),
            **asdict(precision),
        }
        for code, precision in found.categories.items()
    ]
    return LivePrecision.model_validate(
        {
            "model_version": wanted,
            "since": since,
            "confidence": CONFIDENCE,
            "overall": asdict(found.overall),
            "accepted": asdict(found.accepted),
            "categories": categories,
        }
    )


def _champion(services: Services) -> Champion | None:
    try:
        return services.predictor.champion
    except NoChampion:
        return None


def _describe(item: Item, champion: Champion | None = None) -> ReviewItem:
    values: dict[str, Any] = {
        name: getattr(item, name) for name in ReviewItem.model_fields if name != "reasons"
    }
    values["alternatives"] = [each._asdict() for each in item.alternatives]
    # Another version's reasons would explain a prediction that was not made.
    if champion is not None and champion.version == item.model_version:
        *terms, _ = champion.scorer.explain(item.designation, item.description).reasons
        values["reasons"] = [reason._asdict() for reason in terms[:TERMS]]
    return ReviewItem.model_validate(values)
