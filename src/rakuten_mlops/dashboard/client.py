"""The HTTP API, as the pages call it: the only file that knows httpx2."""

from collections.abc import Iterator, Sequence
from typing import Any, NotRequired, TypedDict

import httpx2

from rakuten_mlops.dashboard.answers import (
    CatalogSummary,
    Job,
    Listing,
    Me,
    Move,
    Prediction,
    Readiness,
    ReviewItem,
    ReviewSummary,
    Role,
    ShadowReport,
    SheetOutcome,
    Version,
    VersionDetail,
    VersionList,
    Word,
)
from rakuten_mlops.errors import ApiError

BATCH = 1_000
# A batch of long listings or a promotion may take a while; an API that is away is noticed at once.
TIMEOUT = httpx2.Timeout(60.0, connect=3.0)
TOO_MUCH = (413, 422)


class Answer(TypedDict):
    """What became of one listing of many: a prediction, or why the API refused it."""

    prediction: NotRequired[Prediction]
    refused: NotRequired[str]


class ApiClient:
    """One user's connection to the API. Every method raises ApiError."""

    def __init__(self, url: str, *, name: str, password: str) -> None:
        self._http = httpx2.Client(
            base_url=url,
            auth=httpx2.BasicAuth(name, password),
            timeout=TIMEOUT,
            # Nobody says when a browser is closed: a session that just ends leaves nothing open.
            limits=httpx2.Limits(max_keepalive_connections=0),
            # The API is part of this system: a proxy to the outside has no business in between.
            trust_env=False,
        )

    def me(self) -> Me:
        """Who the credentials belong to."""
        return self._ask("GET", "/me")

    def readiness(self) -> Readiness:
        """Whether predictions are answered, and what is away."""
        response = self._send("GET", "/readyz", fine=(503,))
        answer = _json(response)
        if "ready" not in answer:
            raise _refusal(response, "client")
        return answer

    def catalog(self) -> CatalogSummary:
        """The catalogue as it stands."""
        return self._ask("GET", "/catalog")

    def predict(self, listing: Listing, *, explain: bool = False) -> Prediction:
        """The category of one listing."""
        params = {"explain": "true"} if explain else {}
        return self._ask("POST", "/predict", json=listing, params=params)

    def predict_many(self, listings: Sequence[Listing]) -> Iterator[Answer]:
        """The answers to any number of listings, in order; the API is asked as they are read."""
        for start in range(0, len(listings), BATCH):
            yield from self._predict_batch(listings[start : start + BATCH])

    def _predict_batch(self, listings: Sequence[Listing]) -> list[Answer]:
        """Halve a batch that is refused until the listing at fault stands alone."""
        try:
            body = {"items": list(listings)}
            answer = self._ask("POST", "/predict_batch", json=body)
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
        return self._ask("GET", "/training")["jobs"]

    def job(self, job: int) -> Job:
        """One training job."""
        return self._ask("GET", f"/training/{job}")

    def start_training(self, parameters: dict[str, Any]) -> Job:
        """Start a training job. ApiError 409 if one is running."""
        return self._ask("POST", "/training", json=parameters, needs="admin")

    def versions(self) -> VersionList:
        """All versions and alias moves, newest first."""
        return self._ask("GET", "/models")

    def version(self, version: str) -> VersionDetail:
        """One version with its model card."""
        return self._ask("GET", f"/models/{version}")

    def confusion_picture(self, version: str) -> bytes:
        """The confusion matrix of a version, a PNG."""
        return self._send("GET", f"/models/{version}/report/confusion.png").content

    def shadow(self) -> ShadowReport:
        """What the challenger would have answered to live listings."""
        return self._ask("GET", "/shadow")

    def promote(self, version: str, *, why: str) -> Move:
        """Put a version into production."""
        path = f"/models/{version}/promote"
        return self._ask("POST", path, json={"why": why}, needs="admin")

    def roll_back(self, version: str | None, *, why: str) -> Move:
        """Go back to a formerly served version; None: the one before this."""
        body = {"why": why, "version": version}
        return self._ask("POST", "/models/rollback", json=body, needs="admin")

    def review_items(self, count: int) -> list[ReviewItem]:
        """Items to look at, with reasons, that nobody else gets for a while."""
        params = {"count": str(count), "explain": "true"}
        return self._ask("GET", "/review/next", params=params, needs="reviewer")["items"]

    def answer_review(self, item: int, word: Word, prdtypecode: int | None = None) -> ReviewItem:
        """Say what an item is. ApiError 409 if somebody else did, or holds it now."""
        body = {"answer": word, "prdtypecode": prdtypecode}
        return self._ask("POST", f"/review/{item}", json=body, needs="reviewer")

    def review_summary(self) -> ReviewSummary:
        """What waits, what was answered, and how often the served version was right."""
        return self._ask("GET", "/review/summary", needs="reviewer")

    def review_sheet(self, count: int, *, delimiter: str) -> bytes:
        """Items as CSV, which nobody else gets for a day."""
        params = {"count": str(count), "delimiter": delimiter}
        return self._send("GET", "/review.csv", params=params, needs="reviewer").content

    def send_review_sheet(self, content: bytes) -> SheetOutcome:
        """Give the answers of a CSV file."""
        return self._ask("POST", "/review.csv", content=content, needs="reviewer")

    def _ask(self, method: str, path: str, **details: Any) -> Any:
        return _json(self._send(method, path, **details))

    def _send(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        content: bytes | None = None,
        params: dict[str, str] | None = None,
        needs: Role = "client",
        fine: tuple[int, ...] = (),
    ) -> httpx2.Response:
        try:
            headers = None if content is None else {"Content-Type": "text/csv"}
            response = self._http.request(
                method, path, json=json, content=content, params=params, headers=headers
            )
        except httpx2.TimeoutException as error:
            raise self._too_slow(path) from error
        except httpx2.HTTPError as error:
            raise self._away() from error
        if response.is_success or response.status_code in fine:
            return response
        raise _refusal(response, needs)

    def _away(self) -> ApiError:
        return ApiError(
            None,
            f"The API does not answer at {_address(self._http.base_url)}.",
            "Start everything with `make up`, or say in `RAKUTEN_API_URL` where the API is.",
        )

    def _too_slow(self, path: str) -> ApiError:
        return ApiError(
            None,
            f"The API at {_address(self._http.base_url)} took too long over {path}.",
            "Try again in a moment; if it stays slow, look at the log of the API.",
        )


def _address(url: httpx2.URL) -> str:
    """The address without a user name or password that somebody may have written into it."""
    return f"{url.scheme}://{url.host}" + (f":{url.port}" if url.port else "")


def _refusal(response: httpx2.Response, needs: Role) -> ApiError:
    status, detail = response.status_code, _detail(response)
    match status:
        case 401:
            return ApiError(status, "The user name or the password is wrong.")
        case 403:
            return ApiError(
                status,
                detail or "Your user may not do this.",
                f"It needs the role `{needs}`: ask an administrator of this system.",
            )
        case 429:
            return ApiError(status, detail or "That was too often.", "Wait a minute, then retry.")
        case 503:
            return ApiError(
                status,
                detail or "The API cannot answer this now.",
                "The overview says what is away; try again when it is back.",
            )
        case _ if status >= 500:
            remedy = "Look at the log of the API for the cause."
            return ApiError(status, detail or f"The API failed ({status}).", remedy)
    return ApiError(status, detail or f"The API refused this ({status}).")


def _json(response: httpx2.Response) -> Any:
    try:
        return response.json()
    except ValueError as error:
        raise ApiError(
            response.status_code,
            f"Something answers at {_address(response.url)}, but it is not the API.",
            "Say in `RAKUTEN_API_URL` where the API is.",
        ) from error


def _detail(response: httpx2.Response) -> str:
    """FastAPI's `detail` as one sentence; a refused body names its fields."""
    try:
        detail = response.json()["detail"]
    except (ValueError, KeyError, TypeError):
        return ""
    if isinstance(detail, list):
        return "; ".join(f"{_field(error['loc'])}: {error['msg']}" for error in detail)
    return str(detail)


def _field(place: Sequence[str | int]) -> str:
    """`["body", "items", 0, "designation"]` is the user's `designation`."""
    names = [part for part in place if isinstance(part, str) and part not in ("body", "items")]
    return ".".join(names) or "body"


def champion(versions: VersionList) -> Version | None:
    """The version in production, if there is one."""
    named = versions["production"]
    return next((one for one in versions["versions"] if one["version"] == named), None)
