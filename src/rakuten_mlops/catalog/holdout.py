"""Which listings are kept for judging, for ever.

Pure. Membership is a hash of the normalised title: near-copies (accents, case, word order,
numbers) fall on the same side, and a listing never changes side as the catalogue grows.
"""

import hashlib
import re

from rakuten_mlops.catalog.listing import plain

SHARE = 0.10
WORD = re.compile(r"[^\W\d_]{2,}")


def title_key(designation: str) -> str:
    """Return what near-copies of a title have in common: its set of words, in order.

    A title without words (only numbers or signs) is its own key.
    """
    title = plain(designation)
    return " ".join(sorted(set(WORD.findall(title)))) or title


def in_holdout(designation: str, *, share: float = SHARE) -> bool:
    """Tell whether a title belongs to the holdout; about `share` of distinct titles do."""
    digest = hashlib.blake2b(title_key(designation).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") < share * 2**64
