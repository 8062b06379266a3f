"""A review queue like the real one's, from memory."""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any

from fastapi import Body, Depends, FastAPI, HTTPException, Request, Response

from rakuten_mlops.api import review_schemas, schemas
from rakuten_mlops.catalog.categories import RAKUTEN

from .samples import NOW

NAMES = {category.prdtypecode: category.name_fr for category in RAKUTEN}
CODES = (10, 2705, 2403, 2280, 40)
Guesses = list[tuple[int, float]]


def an_item(number: int, designation: str, **details: Any) -> dict[str, Any]:
    confidences = (0.41, 0.38, 0.1, 0.06, 0.05)
    return {
        "id": number,
        "designation": designation,
        "description": "",
        "kind": "doubtful",
        "model_version": "2",
        "prdtypecode": CODES[0],
        "confidence": confidences[0],
        "alternatives": [
            {"prdtypecode": code, "category": NAMES[code], "confidence": confidence}
            for code, confidence in zip(CODES, confidences, strict=True)
        ],
        "stored_code": None,
        "offered_at": NOW - timedelta(hours=1),
        "leased_until": NOW + timedelta(hours=1),
        "answer": None,
        "answer_code": None,
        "answered_by": None,
        "answered_at": None,
        "reasons": None,
    } | details


def a_reason(term: str, for_category: float, for_runner_up: float) -> dict[str, Any]:
    return {
        "term": term,
        "field": "text",
        "for_category": for_category,
        "for_runner_up": for_runner_up,
    }


class FakeReview:
    """Items in their order, and what was said of each."""

    def __init__(self) -> None:
        text = "Édition <b>de poche</b>, jamais lue.<br>Envoi soigné &amp; suivi."
        reasons = [a_reason("edition", 0.4, 0.1), a_reason("jamais lue", 0.1, 0.6)]
        self.items = [
            an_item(1, "Le Petit Prince - Saint-Exupéry", description=text, reasons=reasons),
            an_item(2, "Lot de 3 livres", kind="random"),
            an_item(3, "Lampe de chevet", kind="label noise", stored_code=1560),
        ]
        self.said: list[tuple[int, str, int | None]] = []
        self.faster: str | None = None
        self.precise: tuple[int, int, int] = (60, 50, 47)
        self.sheets: list[bytes] = []

    def waiting(self) -> list[dict[str, Any]]:
        done = {number for number, _, _ in self.said}
        return [item for item in self.items if item["id"] not in done]

    def answer(self, number: int, body: review_schemas.AnswerBody, by: str) -> dict[str, Any]:
        item = next(item for item in self.items if item["id"] == number)
        if self.faster is not None:
            self.said.append((number, "confirm", None))
            raise HTTPException(409, f"{self.faster} answered item {number} at noon")
        self.said.append((number, body.answer, body.prdtypecode))
        if body.answer == "skip":
            return item
        code = {"confirm": item["prdtypecode"], "not a product": -1}.get(body.answer)
        given = code if code is not None else body.prdtypecode
        return item | {
            "answer": body.answer,
            "answer_code": given,
            "answered_by": by,
            "answered_at": NOW,
            "leased_until": None,
        }

    def summary(self) -> review_schemas.ReviewSummary:
        drawn, reviewed, right = self.precise
        share = right / reviewed if reviewed else None
        low, high = (None, None) if share is None else (share - 0.05, share + 0.03)
        row = {"drawn": drawn, "reviewed": reviewed, "right": right}
        row |= {"precision": share, "low": low, "high": high}
        count = {"waiting": len(self.waiting()), "leased": 0, "answered": len(self.said)}
        return review_schemas.ReviewSummary(
            kinds=[review_schemas.QueueCount(kind="doubtful", **count)],
            unlabelled=len(self.said),
            answered_by_you=len(self.said),
            live_precision=review_schemas.LivePrecision(
                model_version="2",
                since=NOW - timedelta(days=30),
                confidence=0.95,
                overall=row,
                accepted=row,
                categories=[row | {"prdtypecode": 10, "category": NAMES[10]}],
            ),
        )


def add_review(app: FastAPI, fake: Any, login: Callable[[Request], schemas.Me]) -> None:
    """The routes of the queue; `fake.review` is reset between tests."""

    def reviewer(request: Request) -> schemas.Me:
        user = login(request)
        if user.role == "client":
            raise HTTPException(403, f"{user.name} is a client; this needs the role reviewer")
        return user

    user_of = Depends(reviewer)

    @app.get("/review/next")
    def next_items(count: int = 1, _: schemas.Me = user_of) -> review_schemas.ReviewBatch:
        waiting = fake.review.waiting()[:count]
        return review_schemas.ReviewBatch(
            items=[review_schemas.ReviewItem(**item) for item in waiting]
        )

    @app.post("/review/{number}")
    def answer(
        number: int, body: review_schemas.AnswerBody, user: schemas.Me = user_of
    ) -> review_schemas.ReviewItem:
        return review_schemas.ReviewItem(**fake.review.answer(number, body, user.name))

    @app.get("/review/summary")
    def summary(_: schemas.Me = user_of) -> review_schemas.ReviewSummary:
        return fake.review.summary()

    @app.get("/review.csv")
    def sheet(count: int, delimiter: str, _: schemas.Me = user_of) -> Response:
        return Response(f"id,answer\n1,\n{count} {delimiter}".encode(), media_type="text/csv")

    @app.post("/review.csv")
    def answers(
        content: Annotated[bytes, Body(media_type="text/csv")], _: schemas.Me = user_of
    ) -> review_schemas.SheetOutcome:
        fake.review.sheets.append(content)
        bad = {"line": 3, "field": "answer", "value": "hm", "reason": "answer is neither"}
        return review_schemas.SheetOutcome(answered=1, skipped=0, open=0, rejected=[bad])
