"""What is worth knowing of a listing's text once the text itself is gone.

Pure, and about as fast as scoring the listing: it runs for every listing that is served.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import compress
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from rakuten_mlops.catalog import listing
from rakuten_mlops.entities import unescape
from rakuten_mlops.monitoring.language import guess_language

Hashes = NDArray[np.uint32]

# UTF-8 that was read as Latin-1 or as Windows-1252: the first byte of a letter with an accent
# became Ã or Â, the second what stands behind it there. And what was lost for good: the replacement
# character (also as read wrongly), and ¿ in the middle of a word, which some exports put for ’.
GARBLED = re.compile(
    "[ÃÂ][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|â€|ï¿½|\ufffd|(?<=\\w)¿(?=\\w)"
)

# One of these stands in every garbled text; to look for them is faster than the expression.
SIGNS = "ÃÂâï\ufffd¿"


@dataclass(frozen=True, slots=True, eq=False)
class TextStatistics:
    """One listing's text in numbers.

    `description_chars` is 0 where there is no description, or one without a word; `unknown_words`
    of its `words` are not in the model's vocabulary; `language` is a code of `language.LANGUAGES`;
    `hashes` are those of its distinct words, ascending; `strangers` the unknown words themselves,
    once each, which are not for keeping.
    """

    title_chars: int
    description_chars: int
    words: int
    unknown_words: int
    language: int
    garbled: bool
    hashes: Hashes
    strangers: tuple[str, ...] = ()


def describe(designation: str, description: str, known: Hashes) -> TextStatistics:
    """Describe a listing; `known` are the words of the model's vocabulary (`hash_words`)."""
    in_title = listing.words(designation)
    in_description = listing.words(description) if description else []
    times = Counter(in_title + in_description)
    hashes = np.fromiter(map(crc32, map(str.encode, times)), np.uint32, len(times))
    counts = np.fromiter(times.values(), np.int64, len(times))
    unknown = ~_among(hashes, known)
    strangers = tuple(compress(times, unknown.tolist()))
    hashes.sort()
    return TextStatistics(
        title_chars=len(designation),
        description_chars=len(description) if in_description else 0,
        words=int(counts.sum()),
        unknown_words=int(counts[unknown].sum()),
        language=guess_language(times.keys()),
        garbled=is_garbled(designation) or is_garbled(description),
        hashes=hashes,
        strangers=strangers,
    )


def hash_words(words: Iterable[str]) -> Hashes:
    """The hashes of words, ascending.

    CRC-32: the same in every process and at every time, which Python's own are not. Of 100,000
    words about one shares its hash with another.
    """
    return np.sort(np.fromiter(map(number_of, words), np.uint32))


def number_of(word: str) -> int:
    """The hash of one word."""
    return crc32(word.encode())


def is_garbled(text: str) -> bool:
    """Tell whether a text shows letters that were read in the wrong encoding (mojibake)."""
    if text.isascii() and "&" not in text:
        return False
    if "&" in text:
        text = unescape(text)
    return any(sign in text for sign in SIGNS) and GARBLED.search(text) is not None


def _among(hashes: Hashes, known: Hashes) -> NDArray[np.bool_]:
    """Which hashes are among the known ones, which ascend."""
    if not len(known):
        return np.zeros(len(hashes), dtype=np.bool_)
    places = known.searchsorted(hashes)
    return known.take(places, mode="clip") == hashes
