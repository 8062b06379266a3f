"""What sellers of the synthetic catalogue can say: pools of words and templates, per category.

The words are in the TOML files of this folder. Names, makers and authors are invented from
syllables, always the same ones: they are part of the vocabulary and do not depend on a seed.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

PACKAGE = "rakuten_mlops.catalog.words"
GROUPS = ("books", "games", "toys", "home")
SLOT = re.compile(r"\{(\w+)\}")
WORLD = 1789  # seed of the invented names
HEAD = 8  # how many words share the top of a pool; larger is flatter
FOREIGN = {"en": 0.025, "de": 0.01, "es": 0.0075, "it": 0.0075}  # shares of listings
TASTE = 0.8  # how much the popularity of a name differs between categories, as a logarithm
TRENDS = 0.03  # names that become known later, as a share of today's: few, so soon learnt


@dataclass(frozen=True, slots=True)
class Pool:
    """Words, most frequent first (Zipf-Mandelbrot): today's, and those that replace them."""

    now: np.ndarray
    later: np.ndarray

    def draw(self, rng: np.random.Generator, size: int, drift: float = 0.0) -> np.ndarray:
        """Return `size` words; a share `drift` of them are the later ones."""
        words = self.now[_ranks(rng, size, len(self.now))]
        if not drift:
            return words
        later = self.later[_ranks(rng, size, len(self.later))]
        return np.where(rng.random(size) < drift, later, words)


@dataclass(frozen=True, slots=True)
class Voice:
    """One way to write a listing, and the share of a category's listings written so."""

    share: float
    nouns: Pool
    titles: Pool
    details: Pool
    sentences: Pool


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All that sellers of one category say.

    `clear` is the share of listings whose words give the category away; the others hold only
    words that every category of the same `corners` uses.
    """

    prdtypecode: int
    clear: float
    described: float
    corners: frozenset[str]
    slots: Mapping[str, Pool]
    voices: tuple[Voice, ...]


def fill(
    templates: np.ndarray,
    slots: Mapping[str, Pool],
    rng: np.random.Generator,
    *,
    given: Mapping[str, np.ndarray] | None = None,
    drift: float = 0.0,
) -> np.ndarray:
    """Return the templates with each `{slot}` filled, in order.

    `given` holds a slot's words row by row, for its first place in a template; all other words are
    drawn from the pools, and filled in turn if they hold slots.
    """
    given = given or {}
    rows_of: dict[str, list[int]] = {}
    for row, template in enumerate(templates):
        if "{" in template:
            rows_of.setdefault(template, []).append(row)
    texts = templates.copy()
    for template, rows in rows_of.items():
        known = {slot: words[rows] for slot, words in given.items()}
        columns = []
        for slot in SLOT.findall(template):
            words = known.pop(slot, None)
            if words is None:
                words = fill(slots[slot].draw(rng, len(rows), drift), slots, rng, drift=drift)
            columns.append(words)
        pattern = SLOT.sub("{}", template)
        texts[rows] = [pattern.format(*line) for line in zip(*columns, strict=True)]
    return texts


@cache
def lexicons() -> Mapping[int, Lexicon]:
    """Return the lexicon of each of the 27 categories, by prdtypecode; read once."""
    common = _read("common")
    rng = np.random.default_rng(WORLD)
    slots = _common_slots(common, rng)
    read: dict[int, Lexicon] = {}
    for name in GROUPS:
        categories = _read(name)
        group = categories.pop("group")
        shared = slots | _group_slots(group, slots, rng)
        for code, category in categories.items():
            read[int(code)] = _lexicon(int(code), category, group, common, shared)
    return dict(sorted(read.items()))


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files(PACKAGE).joinpath(f"{name}.toml").read_text(encoding="utf-8"))


@cache
def _chances(size: int) -> np.ndarray:
    total = np.cumsum(1.0 / (HEAD + np.arange(size)))
    return total / total[-1]


def _ranks(rng: np.random.Generator, size: int, words: int) -> np.ndarray:
    return np.searchsorted(_chances(words), rng.random(size), side="right")


def _pool(words: Iterable[str]) -> Pool:
    """Return the words in their order; what was rare becomes frequent later."""
    now = np.array(list(words), dtype=object)
    return Pool(now, now[::-1])


def _fashions(words: list[str]) -> Pool:
    """Return words of which the first three quarters are today's, and the last half later's."""
    known, late = len(words) * 3 // 4, len(words) // 2
    return Pool(np.array(words[:known], dtype=object), np.array(words[late:][::-1], dtype=object))


def _templates(words: Iterable[str]) -> Pool:
    """Return templates in their order; the way to write does not change, only the words."""
    now = np.array(list(words), dtype=object)
    return Pool(now, now)


def _by_taste(names: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the names in a category's own order: others are popular there, not all."""
    popularity = np.log(HEAD + np.arange(len(names)))
    return names[np.argsort(popularity + TASTE * rng.standard_normal(len(names)), kind="stable")]


def _common_slots(common: dict[str, Any], rng: np.random.Generator) -> dict[str, Pool]:
    slots = {slot: _pool(words) for slot, words in common["slots"].items()}
    for slot, (first, last, step) in common["ranges"].items():
        slots[slot] = _pool(map(str, range(first, last + 1, step)))
    syllables = {f"_{part}": _pool(words) for part, words in common["syllables"].items()}
    coined = fill(np.full(9_000, "{_start}{_middle}{_end}", dtype=object), syllables, rng)
    slots["coined"] = _pool(dict.fromkeys(coined))
    letters = rng.choice(list("ABCDEFGHJKLMNPRSTVWXZ"), size=(3_000, 2))
    numbers = rng.integers(100, 9_999, size=3_000)
    refs = (f"{a}{b}-{number}" for (a, b), number in zip(letters, numbers, strict=True))
    return slots | {"ref": _pool(refs)}


def _universe(
    count: int, patterns: list[str], slots: Mapping[str, Pool], rng: np.random.Generator
) -> Pool:
    """Return invented names; the last of them become known only later."""
    drawn = rng.choice(np.array(patterns, dtype=object), size=round(count * (1 + TRENDS)))
    names = np.array(list(dict.fromkeys(fill(drawn, slots, rng))), dtype=object)
    today = round(len(names) / (1 + TRENDS))
    return Pool(names[:today], names[today:])


def _group_slots(
    group: dict[str, Any], slots: Mapping[str, Pool], rng: np.random.Generator
) -> dict[str, Pool]:
    universes = {
        slot: _universe(about["count"], about["patterns"], slots, rng)
        for slot, about in group["universes"].items()
    }
    return universes | {slot: _pool(words) for slot, words in group.get("words", {}).items()}


def _lexicon(
    code: int,
    category: dict[str, Any],
    group: dict[str, Any],
    common: dict[str, Any],
    slots: Mapping[str, Pool],
) -> Lexicon:
    rng = np.random.default_rng([WORLD, code])
    own = {slot: _pool(words) for slot, words in category.get("words", {}).items()}
    names = {
        slot: Pool(_by_taste(slots[slot].now, rng), _by_taste(slots[slot].later, rng))
        for slot in group["universes"]
    }
    return Lexicon(
        prdtypecode=code,
        clear=category["clear"],
        described=category["described"],
        corners=frozenset(category["corners"]),
        slots={**slots, **names, **own},
        voices=tuple(_voices(category, group, common)),
    )


def _voices(
    category: dict[str, Any], group: dict[str, Any], common: dict[str, Any]
) -> Iterator[Voice]:
    """Yield how French sellers write, clearly or not, and how the others do."""
    vague = {
        "titles": group["titles"],
        "details": category.get("details", group["details"]),
        "sentences": group["sentences"] + common["plain"]["sentences"],
    }
    clear = vague | {part: category[part] + vague[part] for part in ("titles", "sentences")}
    shared = [noun for corner in category["corners"] for noun in common["corners"][corner]]
    french = 1.0 - sum(FOREIGN.values())
    yield _voice(french * category["clear"], _fashions(category["nouns"]), clear)
    yield _voice(french * (1 - category["clear"]), _pool(shared), vague)
    for language, share in FOREIGN.items():
        nouns = _pool(category["foreign"][language])
        yield _voice(share, nouns, common["foreign"][language])


def _voice(share: float, nouns: Pool, parts: Mapping[str, list[str]]) -> Voice:
    templates = {part: _templates(parts[part]) for part in ("titles", "details", "sentences")}
    return Voice(share, nouns, **templates)
