"""What the API's refusals mean to the one who asked: a sentence, and a remedy."""

import json
from collections.abc import Sequence
from typing import Any

from rakuten_mlops.client.answers import Role
from rakuten_mlops.errors import ApiError


def refusal(status: int, body: bytes, *, needs: Role) -> ApiError:
    """Say what an answer that is not a success means; `needs` is the role that would do."""
    detail = _detail(body)
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


def _detail(body: bytes) -> str:
    """FastAPI's `detail` as one sentence; a refused body names its fields."""
    try:
        detail: Any = json.loads(body)["detail"]
    except (ValueError, KeyError, TypeError):
        return ""
    if isinstance(detail, list):
        return "; ".join(f"{_field(error['loc'])}: {error['msg']}" for error in detail)
    return str(detail)


def _field(place: Sequence[str | int]) -> str:
    """`["body", "items", 0, "designation"]` is the user's `designation`."""
    names = [part for part in place if isinstance(part, str) and part not in ("body", "items")]
    return ".".join(names) or "body"
