"""The HTTP API, one method a route.

with ApiClient("http://127.0.0.1:8000", name="carl", password="…") as api:
    for answer in api.predict_many([{"designation": "Piscine hors sol"}]):
        print(answer)
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NotRequired, Self, TypedDict

from rakuten_mlops.client.answers import (
    CatalogRevision,
    CatalogSummary,
    Correction,
    DriftReport,
    FeedbackOutcome,
    ImportOutcome,
    Job,
    Listing,
    ListingPage,
    Me,
    Move,
    Prediction,
    Readiness,
    ReviewItem,
    ReviewSummary,
    ShadowReport,
    SheetOutcome,
    TrafficSummary,
    TrainingGain,
    Version,
    VersionDetail,
    VersionList,
    Word,
)
from rakuten_mlops.client.connection import Connection
from rakuten_mlops.client.refusal import refusal
from rakuten_mlops.errors import ApiError

BATCH = 1_000
TOO_MUCH = (413, 422)


class Answer(TypedDict):
    """What became of one listing of many: a prediction, or why the API refused it."""

    prediction: NotRequired[Prediction]
    refused: NotRequired[str]


class ApiClient:
    """The API as one user may use it. Every method raises ApiError, which says what to do.

    In a `with` it keeps its connections open between calls. What may happen twice is asked again
    when a connection breaks: a training, promotion or rollback is not.
    """

    def __init__(self, url: str, *, name: str, password: str) -> None:
        self._api = Connection(url, name=name, password=password)

    def __enter__(self) -> Self:
        self._api.__enter__()
        return self

    def __exit__(self, *trouble: object) -> None:
        self._api.__exit__(*trouble)

    def me(self) -> Me:
        """Who the credentials belong to."""
        return self._api.ask("GET", "/me")

    def readiness(self) -> Readiness:
        """Whether predictions are answered, and what is away."""
        response = self._api.send("GET", "/readyz", fine=(503,))
        answer = self._api.json(response)
        if "ready" not in answer:
            raise refusal(response.status_code, response.content, needs="client")
        return answer

    def catalog(self) -> CatalogSummary:
        """The catalogue as it stands."""
        return self._api.ask("GET", "/catalog")

    def catalog_listings(
        self,
        *,
        text: str = "",
        prdtypecode: int | None = None,
        holdout: bool | None = None,
        page: int = 1,
        size: int = 50,
    ) -> ListingPage:
        """A page of the listings that are current, the newest first."""
        asked = {"text": text, "prdtypecode": prdtypecode, "page": page, "size": size}
        asked["holdout"] = None if holdout is None else str(holdout).lower()
        params = {name: str(value) for name, value in asked.items() if value not in (None, "")}
        return self._api.ask("GET", "/catalog/listings", params=params)

    def revisions(self, count: int = 100) -> list[CatalogRevision]:
        """The latest writes to the catalogue, newest first."""
        params = {"count": str(count)}
        return self._api.ask("GET", "/catalog/revisions", params=params)["revisions"]

    def import_listings(
        self,
        files: Mapping[str, tuple[str, bytes]],
        *,
        commit: bool,
        replace: bool = False,
        max_rejected: float = 0.01,
    ) -> ImportOutcome:
        """Bring files into the catalogue, or, without `commit`, see what that would do.

        `files` by field: `listings`, perhaps `codes` and `categories`, each a name and its content.
        """
        form = {
            "commit": str(commit).lower(),
            "replace": str(replace).lower(),
            "max_rejected": str(max_rejected),
        }
        return self._api.ask(
            "POST",
            "/catalog/import",
            form=form,
            files=dict(files),
            needs="admin",
            repeatable=not commit,
        )

    def predict(self, listing: Listing, *, explain: bool = False) -> Prediction:
        """The category of one listing."""
        params = {"explain": "true"} if explain else {}
        return self._api.ask("POST", "/predict", json=listing, params=params, repeatable=True)

    def predict_many(self, listings: Sequence[Listing]) -> Iterator[Answer]:
        """The answers to any number of listings, in order; the API is asked as they are read."""
        for start in range(0, len(listings), BATCH):
            yield from self._predict_batch(listings[start : start + BATCH])

    def _predict_batch(self, listings: Sequence[Listing]) -> list[Answer]:
        """Halve a batch that is refused until the listing at fault stands alone."""
        try:
            body = {"items": list(listings)}
            answer = self._api.ask("POST", "/predict_batch", json=body, repeatable=True)
        except ApiError as error:
            if error.status not in TOO_MUCH:
                raise
            if len(listings) == 1:
                return [{"refused": error.message.removeprefix("items[0].")}]
            half = len(listings) // 2
            return self._predict_batch(listings[:half]) + self._predict_batch(listings[half:])
        return [{"prediction": prediction} for prediction in answer["predictions"]]

    def jobs(self) -> list[Job]:
        """Training jobs, newest first."""
        return self._api.ask("GET", "/training")["jobs"]

    def job(self, job: int) -> Job:
        """One training job."""
        return self._api.ask("GET", f"/training/{job}")

    def start_training(self, parameters: Mapping[str, Any]) -> Job:
        """Start a training job. ApiError 409 if one is running."""
        return self._api.ask("POST", "/training", json=parameters, needs="admin")

    def versions(self) -> VersionList:
        """All versions and alias moves, newest first."""
        return self._api.ask("GET", "/models")

    def version(self, version: str) -> VersionDetail:
        """One version with its model card."""
        return self._api.ask("GET", f"/models/{version}")

    def confusion_picture(self, version: str) -> bytes:
        """The confusion matrix of a version, a PNG."""
        return self._api.send("GET", f"/models/{version}/report/confusion.png").content

    def reliability_picture(self, version: str) -> bytes:
        """The reliability diagram of a version, a PNG."""
        return self._api.send("GET", f"/models/{version}/report/reliability.png").content

    def drift(self) -> DriftReport:
        """The last report on drift. ApiError 404 before the first."""
        return self._api.ask("GET", "/drift")

    def drift_history(self, limit: int = 30) -> list[DriftReport]:
        """Reports on drift, newest first, without words and bins."""
        return self._api.ask("GET", "/drift/history", params={"limit": str(limit)})["reports"]

    def drift_page(self) -> str:
        """The last report on drift as one HTML file."""
        return self._api.send("GET", "/drift/report.html").text

    def look_for_drift(self) -> DriftReport:
        """Judge the newest answers now; takes some seconds."""
        return self._api.ask("POST", "/drift", needs="admin")

    def traffic(
        self, window: Literal["1h", "24h", "7d", "30d"] = "24h", *, version: str | None = None
    ) -> TrafficSummary:
        """What was served lately, by one version or by all."""
        params = {"window": window} | ({"version": version} if version else {})
        return self._api.ask("GET", "/predictions/summary", params=params)

    def shadow(self) -> ShadowReport:
        """What the challenger would have answered to live listings."""
        return self._api.ask("GET", "/shadow")

    def promote(self, version: str, *, why: str) -> Move:
        """Put a version into production."""
        path = f"/models/{version}/promote"
        return self._api.ask("POST", path, json={"why": why}, needs="admin")

    def roll_back(self, version: str | None, *, why: str) -> Move:
        """Go back to a formerly served version; None: the one before this."""
        body = {"why": why, "version": version}
        return self._api.ask("POST", "/models/rollback", json=body, needs="admin")

    def review_items(self, count: int) -> list[ReviewItem]:
        """Items to look at, with reasons, that nobody else gets for a while."""
        params = {"count": str(count), "explain": "true"}
        return self._api.ask("GET", "/review/next", params=params, needs="reviewer")["items"]

    def answer_review(self, item: int, word: Word, prdtypecode: int | None = None) -> ReviewItem:
        """Say what an item is. ApiError 409 if somebody else did, or holds it now."""
        body = {"answer": word, "prdtypecode": prdtypecode}
        path = f"/review/{item}"
        return self._api.ask("POST", path, json=body, needs="reviewer", repeatable=True)

    def release_review(self, item: int) -> None:
        """Give an item back, so that others get it at once."""
        path = f"/review/{item}/release"
        self._api.send("POST", path, needs="reviewer", repeatable=True)

    def review_summary(self) -> ReviewSummary:
        """What waits, what was answered, and how often the served version was right."""
        return self._api.ask("GET", "/review/summary", needs="reviewer")

    def training_gains(self) -> list[TrainingGain]:
        """What trainings gained by people's labels and others, the newest version first."""
        return self._api.ask("GET", "/review/gains")["trainings"]

    def review_sheet(self, count: int, *, delimiter: str) -> bytes:
        """Items as CSV, which nobody else gets for a day."""
        params = {"count": str(count), "delimiter": delimiter}
        return self._api.send("GET", "/review.csv", params=params, needs="reviewer").content

    def send_review_sheet(self, content: bytes) -> SheetOutcome:
        """Give the answers of a CSV file."""
        headers = {"Content-Type": "text/csv"}
        return self._api.ask(
            "POST", "/review.csv", content=content, headers=headers, needs="reviewer"
        )

    def give_feedback(
        self, corrections: Sequence[Correction], *, source: str = "", key: str | None = None
    ) -> FeedbackOutcome:
        """Say what listings are; what was sent before, by its key or its content, counts once."""
        body = {"items": list(corrections), "source": source}
        headers = {"Idempotency-Key": key} if key else None
        return self._api.ask(
            "POST", "/feedback", json=body, headers=headers, needs="reviewer", repeatable=True
        )

    def alive(self) -> bool:
        """Whether the process answers; needs no credentials."""
        return self._api.ask("GET", "/healthz")["ok"]

    def metrics(self) -> str:
        """Figures in Prometheus's text format."""
        return self._api.send("GET", "/metrics").text


def champion(versions: VersionList) -> Version | None:
    """The version in production, if there is one."""
    named = versions["production"]
    return next((one for one in versions["versions"] if one["version"] == named), None)
