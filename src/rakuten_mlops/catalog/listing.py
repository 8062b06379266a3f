"""What a seller wrote, and the text that a model reads.

Pure. Training and serving read a listing through the same two functions, so that they cannot
disagree about what the words of a listing are.
"""

import re
import unicodedata
from dataclasses import dataclass

from rakuten_mlops.entities import unescape

TAG = re.compile(r"</?[a-zA-Z!][^<>]*>")
DIACRITICS = re.compile("[\u0300-\u036f]+")
LIGATURES = {"œ": "oe", "æ": "ae"}
# What the model takes for a word: letters, digits and underscores, two of them at least.
WORD = re.compile(r"\w{2,}")


@dataclass(frozen=True, slots=True)
class Listing:
    """One product as a seller describes it; `description` may be empty."""

    designation: str
    description: str = ""
    productid: int | None = None
    imageid: int | None = None


@dataclass(frozen=True, slots=True)
class LabelledListing:
    """A listing and the category that somebody gave it."""

    listing: Listing
    prdtypecode: int


def plain(raw: str) -> str:
    """Return text without HTML, accents or capitals, words apart by single spaces.

    Idempotent on text that holds no HTML entities.
    """
    return " ".join(_fold(raw).split())


def words(raw: str) -> list[str]:
    """Return the words of a text, plain and in order."""
    return WORD.findall(_fold(raw))


def spelt_words(raw: str) -> list[str]:
    """Return what stands between the spaces of a plain text, with its signs, in order."""
    return _fold(raw).split()


def _fold(raw: str) -> str:
    text = unescape(raw) if "&" in raw else raw
    if "<" in text:
        text = TAG.sub(" ", text)
    if text.isascii():
        return text.lower()
    text = DIACRITICS.sub("", unicodedata.normalize("NFKD", text)).lower()
    for ligature, letters in LIGATURES.items():
        text = text.replace(ligature, letters)
    return text


def fields(designation: str, description: str) -> tuple[str, str]:
    """Return what the model reads: the plain title, and the plain title with the description.

    The words of the second are those of the title and then those of the description.
    """
    title = plain(designation)
    return title, f"{title} {plain(description)}" if description else title
