"""A synthetic catalogue for demos and tests, and its stream of new arrivals.

The challenge's data may not be shipped. These listings stand in for it: its 27 codes with their
real shares, French titles and descriptions with the habits and errors of real sellers, and
neighbours (used, new and bundled books; garden and house) that are truly hard to tell apart. Per
category, a linear model finds them about as difficult as the real ones.
"""

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from html.entities import codepoint2name

import numpy as np

from rakuten_mlops.catalog.categories import RAKUTEN
from rakuten_mlops.catalog.listing import LabelledListing, Listing
from rakuten_mlops.catalog.words.vocabulary import Lexicon, Pool, Voice, fill, lexicons
from rakuten_mlops.errors import CatalogTooSmall

MISTAKE = 0.05  # share of wrong labels where no listing is clear; fewer where more are
DRIFT_PACE = 7.0  # batches; after 40 the words of today are gone
FIRST_PRODUCT, FIRST_IMAGE = 100_000_000, 1_000_000_000
BATCH_ROOM = 2**32  # products that a batch may hold; ids stay below 2**62 for 2**30 batches
ENTITIES = {code: f"&{name};" for code, name in codepoint2name.items() if code > 127} | {
    ord("'"): "&#39;",
    ord("’"): "&rsquo;",
}
SPREAD = 0.5  # of the logarithm of a text's length
ESCAPED = 0.3  # share of descriptions with entities instead of accents
JOINERS = (" ", " - ", ", ")
LAYOUTS = (
    ("", " ", ""),
    ("", "<br />", ""),
    ("<p>", "</p><p>", "</p>"),
    ("", "<br>", ""),
    ("<ul><li>", "</li><li>", "</li></ul>"),
)
UNACCENTED = str.maketrans("àâäçéèêëîïôöùûüÀÂÇÉÈÊÎÔÙ", "aaaceeeeiioouuuAACEEEIOU")


def synthesize(rows: int, *, seed: int) -> list[LabelledListing]:
    """Make a catalogue of `rows` synthetic listings, the same for the same seed.

    At 84,916 rows each category has exactly as many listings as in the challenge. Raises
    CatalogTooSmall below one listing per category.
    """
    rng = np.random.default_rng([seed, 0])
    counts = allocate(rows, [category.listings for category in RAKUTEN])
    labels = np.repeat([category.prdtypecode for category in RAKUTEN], counts)
    return _write(rng.permutation(labels), FIRST_PRODUCT, rng)


def arrivals(rows: int, *, seed: int, batch: int, drift: bool = True) -> list[LabelledListing]:
    """Make the `batch`-th batch (0, 1, 2, …) of new arrivals, independent of the others.

    With `drift`, names, brands, words and shares of the categories move away from the
    catalogue's, little in batch 0 and hardly any further after batch 40. No product id is also
    one of another batch or of the catalogue.
    """
    rng = np.random.default_rng([seed, 1, batch])
    moved = drift_of(batch) if drift else 0.0
    codes = [category.prdtypecode for category in RAKUTEN]
    shares = [c.listings * math.exp(moved * _trend(c.prdtypecode)) for c in RAKUTEN]
    labels = np.array(codes)[_choose(rng, rows, shares)]
    return _write(labels, FIRST_PRODUCT + (batch + 1) * BATCH_ROOM, rng, drift=moved)


def allocate(rows: int, weights: Sequence[int]) -> list[int]:
    """Share out rows in proportion to weights by largest remainders, at least one each."""
    if rows < len(weights):
        raise CatalogTooSmall(
            f"{rows} rows cannot hold {len(weights)} categories; ask for {len(weights)} or more"
        )
    exact = [rows * weight / sum(weights) for weight in weights]
    counts = [max(1, math.floor(share)) for share in exact]
    order = sorted(range(len(weights)), key=lambda i: counts[i] - exact[i])
    for i in order[: max(0, rows - sum(counts))]:
        counts[i] += 1
    while sum(counts) > rows:
        counts[counts.index(max(counts))] -= 1
    return counts


def drift_of(batch: int) -> float:
    """Return which share of the words of a batch has replaced the catalogue's."""
    return -math.expm1(-(batch + 0.5) / DRIFT_PACE)


def _trend(code: int) -> float:
    """Return how much a category grows (> 0) or shrinks in the end, as a logarithm."""
    return 0.6 * math.sin(code)


def _write(
    labels: np.ndarray, first: int, rng: np.random.Generator, *, drift: float = 0.0
) -> list[LabelledListing]:
    """Write a listing for each label; the n-th gets the n-th product id from `first` on."""
    meant = _mistaken(labels, rng)
    titles = np.full(len(labels), "", dtype=object)
    descriptions = titles.copy()
    for lexicon, voice, rows in _voices(meant, rng):
        seller = _Seller(lexicon, voice, rng, rows=len(rows), drift=drift)
        titles[rows] = seller.titles()
        descriptions[rows] = seller.descriptions()
    written = zip(itertools.count(first), titles, descriptions, labels.tolist())
    return [
        LabelledListing(Listing(title, text, product, FIRST_IMAGE + product), label)
        for product, title, text, label in written
    ]


def _voices(
    meant: np.ndarray, rng: np.random.Generator
) -> Iterator[tuple[Lexicon, Voice, np.ndarray]]:
    """Yield which rows are written in which voice of their category."""
    for code, lexicon in lexicons().items():
        of_category = np.flatnonzero(meant == code)
        spoken = _choose(rng, len(of_category), [voice.share for voice in lexicon.voices])
        for i, voice in enumerate(lexicon.voices):
            if (spoken == i).any():
                yield lexicon, voice, of_category[spoken == i]


def _choose(rng: np.random.Generator, size: int, weights: Sequence[float]) -> np.ndarray:
    """Return `size` positions in `weights`, drawn in proportion to them."""
    ends = np.cumsum(weights)
    return np.searchsorted(ends / ends[-1], rng.random(size), side="right")


def _mistaken(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the categories that the listings truly are of; a few labels are wrong."""
    meant = labels.copy()
    slips = rng.random(len(labels))
    known = lexicons().values()
    for lexicon in known:
        code, blur = lexicon.prdtypecode, 1 - lexicon.clear
        wrong = np.flatnonzero((labels == code) & (slips < MISTAKE * blur))
        near = [o for o in known if o is not lexicon and o.corners & lexicon.corners]
        codes = np.array([other.prdtypecode for other in near])
        meant[wrong] = codes[_choose(rng, len(wrong), [1 - other.clear for other in near])]
    return meant


class _Seller:
    """Writes the titles and descriptions of `rows` listings of one category in one voice."""

    def __init__(
        self, lexicon: Lexicon, voice: Voice, rng: np.random.Generator, *, rows: int, drift: float
    ) -> None:
        self._lexicon, self._voice, self._rng, self._drift = lexicon, voice, rng, drift
        self._every = np.arange(rows)
        # The title and the description speak of the same thing.
        pools = {"noun": voice.nouns} | {slot: lexicon.slots[slot] for slot in ("name", "maker")}
        self._product: dict[str, np.ndarray] = {}
        self._product = {slot: self._say(pool, self._every) for slot, pool in pools.items()}

    def titles(self) -> np.ndarray:
        """Return a phrase and its details, about 4 to 20 words."""
        phrases = self._say(self._voice.titles, self._every)
        details = self._several(self._voice.details, self._every, median=2.0, most=7)
        joiners = [JOINERS[i] for i in _choose(self._rng, len(phrases), [4, 2, 1])]
        titles = [j.join([p, *d]) for j, p, d in zip(joiners, phrases, details, strict=True)]
        return self._with_habits(np.array(titles, dtype=object))

    def descriptions(self) -> np.ndarray:
        """Return a few sentences of plain text or HTML, or nothing for the terse."""
        texts = np.full(len(self._every), "", dtype=object)
        rows = np.flatnonzero(self._rng.random(len(texts)) < self._lexicon.described)
        sentences = self._several(self._voice.sentences, rows, median=9.5, most=20)
        layouts = [LAYOUTS[i] for i in _choose(self._rng, len(rows), [5, 4, 2, 1, 1])]
        escaped = self._rng.random(len(rows)) < ESCAPED
        texts[rows] = [
            start + joiner.join(s.translate(ENTITIES) if escape else s for s in said) + end
            for (start, joiner, end), said, escape in zip(layouts, sentences, escaped, strict=True)
        ]
        return texts

    def _say(self, templates: Pool, rows: np.ndarray) -> np.ndarray:
        return self._fill(templates.draw(self._rng, len(rows), self._drift), rows)

    def _fill(self, templates: np.ndarray, rows: np.ndarray) -> np.ndarray:
        given = {slot: words[rows] for slot, words in self._product.items()}
        return fill(templates, self._lexicon.slots, self._rng, given=given, drift=self._drift)

    def _several(
        self, templates: Pool, rows: np.ndarray, *, median: float, most: int
    ) -> list[list[str]]:
        """Return for each row a log-normal number of texts, no template twice."""
        spread = self._rng.lognormal(math.log(median), SPREAD, len(rows))
        owners = np.repeat(np.arange(len(rows)), spread.round().astype(int).clip(1, most))
        drawn = templates.draw(self._rng, len(owners), self._drift).tolist()
        pairs = dict.fromkeys(zip(owners.tolist(), drawn, strict=True))
        owned = [owner for owner, _ in pairs]
        texts = self._fill(np.array([t for _, t in pairs], dtype=object), rows[owned])
        said: list[list[str]] = [[] for _ in rows]
        for owner, text in zip(owned, texts.tolist(), strict=True):
            said[owner].append(text)
        return said

    def _with_habits(self, texts: np.ndarray) -> np.ndarray:
        for share, habit in HABITS:
            rows = np.flatnonzero(self._rng.random(len(texts)) < share)
            places = self._rng.random(len(rows))
            texts[rows] = list(map(habit, texts[rows], places))
        return texts


def _slip_of_a_finger(text: str, place: float) -> str:
    i = int(place * (len(text) - 1))
    return text[:i] + text[i + 1 : i + 2] + text[i] + text[i + 2 :]


HABITS: tuple[tuple[float, Callable[[str, float], str]], ...] = (
    (0.06, _slip_of_a_finger),
    (0.60, lambda text, _: text[:1].upper() + text[1:]),
    (0.15, lambda text, _: text.translate(UNACCENTED)),
    (0.10, lambda text, _: text.upper()),
)
