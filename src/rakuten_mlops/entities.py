"""HTML's entities in what sellers wrote."""

import html
import re

# A character's number has seven digits; `int`, and so `html.unescape`, refuses some thousand.
FAR_NUMBER = re.compile(r"&#0*([0-9]{8})[0-9]*")


def unescape(raw: str) -> str:
    """Return a text with what its HTML entities stand for, as `html.unescape` does.

    A number of any length is read: what is no character's is U+FFFD.
    """
    return html.unescape(FAR_NUMBER.sub(r"&#\1", raw) if "&#" in raw else raw)
