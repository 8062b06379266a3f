"""Which predictions people should look at: the doubtful, and some drawn at random. Pure.

Reviewing those that chance drew measures live precision. A keyed hash of the title decides, not a
throw of dice: a listing is drawn with the same chance however often it comes and whatever the model
says of it, every machine agrees, and each version draws anew, so that no version is measured on
what its predecessor's sample taught it.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace

from rakuten_mlops.review.item import Offer


def is_drawn(version: str, designation: str, *, share: float) -> bool:
    """Tell whether a version's prediction belongs to the sample; about `share` of titles do."""
    if share <= 0.0:
        return False
    key = version.encode()[:64]
    title = designation.encode(errors="surrogatepass")
    digest = hashlib.blake2b(title, digest_size=8, key=key).digest()
    return int.from_bytes(digest, "big") < share * 2**64


def choose(predictions: Iterable[Offer], *, share: float) -> Iterator[Offer]:
    """Yield the predictions that people should look at, with those marked that chance drew."""
    for each in predictions:
        drawn = is_drawn(each.model_version, each.designation, share=share)
        if drawn or each.decision == "review":
            yield replace(each, drawn=drawn)
