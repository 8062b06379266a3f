"""Windows whose traffic is known; listings that hold words of one vocabulary."""

from dataclasses import replace

import numpy as np

from rakuten_mlops.monitoring.text_statistics import hash_words
from rakuten_mlops.monitoring.window import Window, sketch_of

VOCABULARY = [f"mot{number}" for number in range(2_000)]
WORDS = {int(hash_words([word])[0]): word for word in [*VOCABULARY, "trottinette", "guidon"]}
CATEGORIES = {10: "Livres", 40: "Jeux", 2583: "Piscines"}


def make_window(listings: int, seed: int, **changes: object) -> Window:
    """Listings of one kind; keywords replace columns."""
    rng = np.random.default_rng(seed)
    words = rng.integers(5, 40, listings)
    hashes = np.array([hash_words([word])[0] for word in VOCABULARY])
    likely = 1 / np.arange(1, len(hashes) + 1) ** 0.7
    drawn = [rng.choice(hashes, size=many, p=likely / likely.sum()) for many in words]
    window = Window(
        version="3",
        at=1.79e9 + np.arange(listings, dtype=np.float64),
        categories=rng.choice([10, 40, 2583], listings, p=[0.5, 0.3, 0.2]),
        confidence=rng.beta(6, 2, listings),
        accepted=np.ones(listings, dtype=np.bool_),
        title_chars=rng.integers(20, 120, listings),
        description_chars=np.where(rng.random(listings) < 0.35, 0, rng.integers(50, 999, listings)),
        words=words,
        unknown_words=rng.binomial(words, 0.05),
        language=rng.choice([0, 1, 2], listings, p=[0.1, 0.87, 0.03]),
        garbled=np.zeros(listings, dtype=np.bool_),
        sketch=sketch_of([np.unique(each) for each in drawn]),
    )
    return replace(window, **changes)
