"""What a seller wrote, and the text that a model reads.

Pure. Training and serving read a listing through the same two functions, so that they cannot
disagree about what the words of a listing are.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from rakuten_mlops.entities import unescape

TAG = re.compile(r"</?[a-zA-Z!][^<>]*>")
DIACRITICS = re.compile("[\u0300-\u036f]+")
LIGATURES = {"œ": "oe", "æ": "ae"}
# What the model takes for a word: letters, digits and underscores, two of them at least.
WORD_LETTER = re.compile(r"\w")
WORD = re.compile(r"\w{2,}")
# What stands behind the words of a text, where others follow; it is in no word.
BREAK = "\0"


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
    return [word for word in _spaced(raw).split() if word not in SINGLE_LETTERS]


def words_and_letters(raws: Iterable[str]) -> list[str]:
    """Return the words of texts, a `BREAK` behind those of each, with single letters among them.

    Those are no words (`SINGLE_LETTERS`): whoever looks words up can leave them out for nothing.
    """
    return f" {BREAK} ".join([*map(_spaced, raws), ""]).split()


def _spaced(raw: str) -> str:
    """The words of a text, and single letters among them, apart by spaces."""
    text = _without_html(raw)
    latin = _as_latin(text)
    if latin is None:
        return " ".join(WORD.findall(_fold_letters(text)))
    return latin.translate(LATIN.words).decode("latin-1")


def spelt_words(raw: str) -> list[str]:
    """Return what stands between the spaces of a plain text, with its signs, in order."""
    return _fold(raw).split()


def _fold(raw: str) -> str:
    text = _without_html(raw)
    latin = _as_latin(text)
    if latin is None:
        return _fold_letters(text)
    return latin.translate(LATIN.letters).decode("latin-1")


def _without_html(raw: str) -> str:
    text = unescape(raw) if "&" in raw else raw
    return TAG.sub(" ", text) if "<" in text else text


def _fold_letters(text: str) -> str:
    """Any text without accents or capitals."""
    text = DIACRITICS.sub("", unicodedata.normalize("NFKD", text)).lower()
    for ligature, letters in LIGATURES.items():
        text = text.replace(ligature, letters)
    return text


class _Latin(NamedTuple):
    """`_fold_letters` for Latin-1, a byte a letter: `bytes.translate` takes a tenth of its time.

    `letters` (256,) is what it makes of each, `words` the same with a space for what is in no word;
    `others` are those of which it makes more than one letter, or one beyond Latin-1.
    """

    letters: bytes
    words: bytes
    others: bytes


def _tabulate() -> _Latin:
    folded = [_fold_letters(chr(byte)) for byte in range(256)]
    others = bytes(byte for byte, text in enumerate(folded) if len(text) != 1 or text > "\xff")
    letters = bytes(byte if byte in others else ord(folded[byte]) for byte in range(256))
    in_word = bytes(byte if WORD_LETTER.match(chr(byte)) else ord(" ") for byte in letters)
    return _Latin(letters, in_word, others)


LATIN = _tabulate()
# Looked up, not measured: whoever looks for a word's row needs its hash anyway.
SINGLE_LETTERS = frozenset(LATIN.letters.decode("latin-1"))


def _as_latin(text: str) -> bytes | None:
    """A text whose every letter has its place in `LATIN`; else None."""
    try:
        latin = text.encode("latin-1")
    except UnicodeEncodeError:
        return None
    if text.isascii() or len(latin.translate(None, LATIN.others)) == len(latin):
        return latin
    return None


def fields(designation: str, description: str) -> tuple[str, str]:
    """Return what the model reads: the plain title, and the plain title with the description.

    The words of the second are those of the title and then those of the description.
    """
    title = plain(designation)
    return title, f"{title} {plain(description)}" if description else title
