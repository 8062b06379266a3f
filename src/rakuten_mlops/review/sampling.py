"""Which predictions are drawn at random, so that reviewing them measures live precision. Pure.

A keyed hash of the title decides, not a throw of dice: a listing is drawn with the same chance
however often it comes and whatever the model says of it, every worker agrees, and each version
draws anew, so that no version is measured on what its predecessor's sample taught it.
"""

import hashlib


def is_drawn(version: str, designation: str, *, share: float) -> bool:
    """Tell whether a version's prediction belongs to the sample; about `share` of titles do."""
    if share <= 0.0:
        return False
    key = version.encode()[:64]
    title = designation.encode(errors="surrogatepass")
    digest = hashlib.blake2b(title, digest_size=8, key=key).digest()
    return int.from_bytes(digest, "big") < share * 2**64
