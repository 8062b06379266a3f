"""What a seller wrote, and the text that a model reads.

Pure. Training and serving read a listing through the same two functions, so that they cannot
disagree about what the words of a listing are.
"""

import codecs
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from rakuten_mlops.entities import unescape

TAG = re.compile(r"</?[a-zA-Z!][^<>]*>")
DIACRITICS = re.compile("[\u0300-\u036f]+")
LIGATURES = {"œ": "oe", "æ": "ae"}
# What the model takes for a word: letters, digits and underscores, two of them at least.
WORD_LETTER = re.compile(r"\w")
WORD = re.compile(r"\w{2,}")
NO_WORD = re.compile(r"\W")
# What stands behind the words of a text, where others follow; it is in no word.
BREAK = b"\0"
# So many texts are folded at once, and if one holds a letter that takes longer, all by themselves.
TOGETHER = 64


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
    return [word for word in _spaced(_without_html(raw)).decode().split() if len(word) > 1]


def encoded_words(raw: str) -> list[bytes]:
    """Return the words of a text in UTF-8: in a dictionary, bytes are found sooner."""
    return [word for word in _spaced(_without_html(raw)).split() if word not in SINGLE_LETTERS]


def encoded_words_and_letters(raws: Iterable[str]) -> list[bytes]:
    """Return the words of texts, a `BREAK` behind those of each, with single letters among them.

    Those are no words (`SINGLE_LETTERS`): whoever looks words up can leave them out for nothing.
    """
    texts = list(map(_without_html, raws))
    found = []
    for start in range(0, len(texts), TOGETHER):
        found += _spaced_together(texts[start : start + TOGETHER]).split()
    return found


def _spaced_together(texts: Sequence[str]) -> bytes:
    """The words of texts as `_spaced` gives them, a `BREAK` behind each."""
    mark = BREAK.decode()
    joined = f" {mark} ".join([*texts, ""])
    if joined.count(mark) == len(texts):
        spaced = _spaced_by_table(joined, LATIN.words_and_breaks)
        if spaced is not None:
            return spaced
    return (b" " + BREAK + b" ").join([*map(_spaced, texts), b""])


def _spaced(text: str) -> bytes:
    """The words of a text without HTML, and single letters among them, apart by spaces; UTF-8."""
    spaced = _spaced_by_table(text, LATIN.words)
    return " ".join(WORD.findall(_fold_letters(text))).encode() if spaced is None else spaced


def _spaced_by_table(text: str, table: bytes) -> bytes | None:
    """The same by one of the tables of `LATIN`; None where a letter needs more than those."""
    try:
        spaced = text.encode("latin-1", FOLDED).translate(table)
    except UnicodeEncodeError:
        return None
    if OTHER in spaced:
        return None
    return spaced if spaced.isascii() else spaced.decode("latin-1").encode()


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

    `letters` (256,) is what it makes of each; `others` are those of which it makes more than one
    letter, or one beyond Latin-1. `words` has a space for what is in no word, and `OTHER` for the
    others; in `words_and_breaks`, `BREAK` stays.
    """

    letters: bytes
    others: bytes
    words: bytes
    words_and_breaks: bytes


OTHER = b"\1"


def _tabulate() -> _Latin:
    folded = [_fold_letters(chr(byte)) for byte in range(256)]
    others = bytes(byte for byte, text in enumerate(folded) if len(text) != 1 or text > "\xff")
    letters = bytes(byte if byte in others else ord(folded[byte]) for byte in range(256))
    in_word = bytes(byte if WORD_LETTER.match(chr(byte)) else ord(" ") for byte in letters)
    table = in_word.translate(bytes(OTHER[0] if byte in others else byte for byte in range(256)))
    return _Latin(letters, others, table, BREAK + table[1:])


LATIN = _tabulate()
# Looked up, not measured: whoever looks for a word's row needs its hash anyway.
SINGLE_LETTERS = frozenset(letter.encode() for letter in LATIN.letters.decode("latin-1"))


@lru_cache(4_096)
def _beyond_latin(letters: str) -> bytes:
    """Letters beyond Latin-1 folded, with spaces for what is in no word; or UnicodeEncodeError."""
    return NO_WORD.sub(" ", _fold_letters(letters)).encode("latin-1")


def _fold_beyond_latin(error: UnicodeError) -> tuple[bytes, int]:
    """Let a text be encoded that holds a few of them, mostly signs of punctuation."""
    if isinstance(error, UnicodeEncodeError) and error.end - error.start <= MOST_BEYOND:
        return _beyond_latin(error.object[error.start : error.end]), error.end
    raise error


# So many in a row belong to another alphabet.
MOST_BEYOND = 8
FOLDED = "rakuten_mlops.folded"
codecs.register_error(FOLDED, _fold_beyond_latin)


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
