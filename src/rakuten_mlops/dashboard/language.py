"""The reader's language: every text of the pages, and how figures and times are written in it.

The texts stand in `languages/*.toml`, by the same keys in each; nothing else in this folder holds
a text that a reader sees.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

FOLDER = Path(__file__).parent / "languages"
# Each in its own words: who reads none of the page must find theirs.
LANGUAGES = {"en": "English", "fr": "Français"}
NOTHING = "–"
NARROW = "\u202f"


@dataclass(frozen=True)
class Language:
    """The texts of one language by their dotted key, such as `overview.title`."""

    code: str
    texts: Mapping[str, str]

    def say(self, key: str, **values: Any) -> str:
        """The text of a key with its values put in."""
        return self.texts[key].format(**values)

    def knows(self, key: str) -> bool:
        """Whether there is a text for a key that was put together."""
        return key in self.texts

    def name(self, group: str, word: str) -> str:
        """A word of the API, such as a step or a state; as it is where it is new."""
        return self.texts.get(f"{group}.{word.replace(' ', '_')}", word)

    def count(self, noun: str, number: int) -> str:
        """`1 listing`, `2,000 listings`: by the key `count.listing`, one and other."""
        single = number < 2 if self.code == "fr" else number == 1
        return self.say(f"count.{noun}.{'one' if single else 'other'}", n=self.number(number))

    def number(self, value: float, digits: int = 0) -> str:
        """A figure with the language's marks for thousands and decimals."""
        return self._marked(f"{value:,.{digits}f}")

    def share(self, value: float | None, digits: int = 1) -> str:
        """A share of one as a percentage."""
        if value is None:
            return NOTHING
        space = NARROW if self.code == "fr" else ""
        return f"{self.number(100 * value, digits)}{space}%"

    def sure(self, value: float) -> str:
        """A confidence as a percentage; never quite none or all, which no model can know."""
        if value > 0.999:
            return f"> {self.share(0.999)}"
        return f"< {self.share(0.001)}" if value < 0.001 else self.share(value)

    def score(self, value: float | None, digits: int = 3) -> str:
        """A score between 0 and 1, with the digits that mean something."""
        return NOTHING if value is None else self.number(value, digits)

    def signed(self, value: float, digits: int = 3) -> str:
        """A difference with its sign."""
        return self._marked(f"{value:+,.{digits}f}")

    def seconds(self, value: float | None) -> str:
        """A latency in the unit that fits."""
        if value is None:
            return NOTHING
        if value < 1:
            return f"{self.number(1000 * value, 1 if value < 0.1 else 0)} ms"
        return f"{self.number(value, 1)} s"

    def figure(self, value: Any) -> str:
        """A value of the lineage or the parameters, for reading."""
        match value:
            case None:
                return NOTHING
            case bool():
                return self.say("word.yes" if value else "word.no")
            case int() if abs(value) >= 10_000:
                return self.number(value)
            case float():
                return self._marked(f"{value:,.4g}")
        return str(value)

    def moment(self, iso: str | None, where: tzinfo) -> str:
        """`12 Nov 2026, 14:03` in the reader's time zone."""
        if iso is None:
            return NOTHING
        time = instant(iso).astimezone(where)
        month = self.texts["word.months"].split()[time.month - 1]
        return f"{time.day} {month} {time.year}, {time:%H:%M}"

    def ago(self, iso: str | None, now: datetime) -> str:
        """How long ago, in the largest unit that fits: `3 h ago`."""
        if iso is None:
            return NOTHING
        seconds = (now - instant(iso)).total_seconds()
        for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
            if seconds >= size:
                return self.say(f"ago.{unit}", n=int(seconds // size))
        return self.say("ago.now")

    @property
    def chart_locale(self) -> dict[str, Any]:
        """How Vega writes figures in this language."""
        if self.code != "fr":
            return {}
        number = {"decimal": ",", "thousands": NARROW, "grouping": [3], "currency": ["", " €"]}
        return {"locale": {"number": number}}

    def _marked(self, written: str) -> str:
        if self.code != "fr":
            return written
        return written.replace(",", NARROW).replace(".", ",")


@cache
def language(code: str) -> Language:
    """One of `LANGUAGES`, read once."""
    with (FOLDER / f"{code}.toml").open("rb") as file:
        return Language(code, dict(_flat(tomllib.load(file))))


def preferred(locale: str | None) -> str:
    """The language of a browser's locale, `fr-CA`; English where it is not spoken here."""
    code = (locale or "").split("-")[0].lower()
    return code if code in LANGUAGES else "en"


def zone(name: str | None) -> tzinfo:
    """The reader's time zone; UTC if the browser gave none that is known here."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def instant(iso: str) -> datetime:
    """An ISO 8601 time; one without an offset is UTC."""
    moment = datetime.fromisoformat(iso)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def lasted(start: str | None, end: str | None) -> str:
    """The time from start to end: `48 s`, `3 min 05 s`."""
    if start is None or end is None:
        return NOTHING
    seconds = round((instant(end) - instant(start)).total_seconds())
    return f"{seconds} s" if seconds < 60 else f"{seconds // 60} min {seconds % 60:02d} s"


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, str):
            yield prefix + name, value
        else:
            yield from _flat(value, f"{prefix}{name}.")
