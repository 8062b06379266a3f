"""What the API refused, in the reader's language. Pure.

The API explains itself in English. Its own sentence is kept, under one that says the same kind of
thing in the reader's language, and above one that says what to do.
"""

from rakuten_mlops.dashboard.language import Language
from rakuten_mlops.errors import ApiError

KINDS = (401, 403, 404, 409, 413, 422, 429, 503)


def told(error: ApiError, words: Language) -> str:
    """What is wrong, what the API said of it, and what to do, as Markdown."""
    if words.code == "en":
        return "\n\n".join(filter(None, (error.message, error.remedy)))
    kind = _kind(error.status)
    # The words of a wrong password are the client's own, and said above.
    detail = "" if error.status == 401 else f"« {error.message} »"
    remedy = words.say(f"fault.{kind}.remedy")
    return "\n\n".join(filter(None, (f"**{words.say(f'fault.{kind}.title')}**", detail, remedy)))


def _kind(status: int | None) -> str:
    if status is None:
        return "away"
    if status in KINDS:
        return str(status)
    return "defect" if status >= 500 else "refused"
