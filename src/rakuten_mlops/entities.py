"""HTML's entities in what sellers wrote."""

import html
import re
from functools import lru_cache

# What `html.unescape` takes for an entity, known or not, in words that Rust understands, too.
ENTITY = r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\x0c <&#;]{1,32};?)"
# A character's number has seven digits; `int`, and so `html.unescape`, refuses some thousand.
FAR_NUMBER = re.compile(r"&#0*([0-9]{8})[0-9]*")
# Sellers use few different ones, again and again; no named one is longer.
MOST_KEPT, LONGEST_KEPT = 4_096, 40

_entity = re.compile(ENTITY)


def unescape(raw: str) -> str:
    """Return a text with what its HTML entities stand for, as `html.unescape` does.

    A number of any length is read: what is no character's is U+FFFD.
    """
    return _entity.sub(_meaning, raw)


def _meaning(found: re.Match[str]) -> str:
    entity = found[0]
    return _kept(entity) if len(entity) <= LONGEST_KEPT else _read(entity)


def _read(entity: str) -> str:
    return html.unescape(FAR_NUMBER.sub(r"&#\1", entity))


_kept = lru_cache(MOST_KEPT)(_read)
