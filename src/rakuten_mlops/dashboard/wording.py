"""How times, figures and versions are written. Pure."""

from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

NOTHING = "–"


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


def moment(iso: str | None, where: tzinfo) -> str:
    """`12 Nov 2026, 14:03` in the reader's time zone."""
    if iso is None:
        return NOTHING
    return f"{instant(iso).astimezone(where):%-d %b %Y, %H:%M}"


def ago(iso: str, now: datetime) -> str:
    """How long ago, in the largest unit that fits: `3 h ago`."""
    seconds = (now - instant(iso)).total_seconds()
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size:.0f} {unit} ago"
    return "just now"


def lasted(start: str | None, end: str | None) -> str:
    """The time from start to end: `48 s`, `3 min 05 s`."""
    if start is None or end is None:
        return NOTHING
    seconds = round((instant(end) - instant(start)).total_seconds())
    return f"{seconds} s" if seconds < 60 else f"{seconds // 60} min {seconds % 60:02d} s"


def score(value: float | None) -> str:
    """A score between 0 and 1, with the digits that mean something."""
    return NOTHING if value is None else f"{value:.3f}"


def figure(value: Any) -> str:
    """A value of the lineage or the parameters, for reading."""
    match value:
        case None:
            return NOTHING
        case bool():
            return "yes" if value else "no"
        case int() if abs(value) >= 10_000:
            return f"{value:,}"
        case float():
            return f"{value:,.4g}"
    return str(value)


def counted(number: int, noun: str) -> str:
    """`1 listing`, `2,000 listings`; for nouns that take an s."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
