"""What a look at the traffic came to, in figures and in words; JSON in and out. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Literal

State = Literal["no drift", "watch", "drift", "too few listings"]


@dataclass(frozen=True, slots=True)
class Bin:
    """A part of a distribution: its share of the reference's listings, and of those of today."""

    label: str
    reference: float
    current: float


@dataclass(frozen=True, slots=True)
class TestResult:
    """One test: `value` is more than noise from `threshold` on, and matters from `floor` on.

    95 % of the windows of unchanged traffic stay below `noise`. `p` is not corrected for the other
    tests; `threshold` is. `reference` and `current` are the figures that `finding` compares, where
    `bins` are not, and `term` is the word that it is about: who reads another language needs them.
    """

    name: str
    title: str
    measure: str
    value: float
    noise: float
    threshold: float
    floor: float
    p: float
    state: State
    finding: str
    source: str
    bins: tuple[Bin, ...] = ()
    reference: float | None = None
    current: float | None = None
    term: str | None = None


@dataclass(frozen=True, slots=True)
class CategoryChange:
    """A category that grew or shrank, as shares of all answers."""

    prdtypecode: int
    category: str
    reference: float
    current: float


@dataclass(frozen=True, slots=True)
class Term:
    """A word that is more, or less, frequent than it was: the shares of listings that hold it."""

    term: str
    reference: float
    current: float


@dataclass(frozen=True, slots=True)
class Newcomers:
    """Listings unlike those of the reference: their share, and what they have in common.

    `prdtypecode` is where the model puts most of them, `confidence` how sure it is on average.
    """

    share: float
    confidence: float
    terms: tuple[str, ...]
    prdtypecode: int
    category: str


@dataclass(frozen=True, slots=True)
class Live:
    """Precision by what reviewers said of drawn answers, with its interval."""

    precision: float
    low: float
    high: float
    reviewed: int


@dataclass(frozen=True, slots=True)
class AccuracyEstimate:
    """How often answers are right, estimated without labels.

    `confidence` is what the model itself says, `reference` what was true on the reference.
    """

    estimate: float
    low: float
    high: float
    confidence: float
    reference: float
    live: Live | None = None


@dataclass(frozen=True, slots=True)
class DriftReport:
    """A window of traffic against the reference of the version that answered it.

    `false_alarm_rate` is how often unchanged traffic gets another state than "no drift".
    """

    at: datetime
    version: str
    state: State
    headline: str
    since: datetime | None
    until: datetime | None
    listings: int
    repeated: int
    reference_listings: int
    reference: str
    false_alarm_rate: float
    tests: tuple[TestResult, ...] = ()
    findings: tuple[str, ...] = ()
    categories: tuple[CategoryChange, ...] = ()
    terms: tuple[Term, ...] = ()
    gone: tuple[Term, ...] = ()
    newcomers: Newcomers | None = None
    accuracy: AccuracyEstimate | None = None
    action: str = ""

    def summary(self) -> dict[str, Any]:
        """The report, ready for JSON."""
        times = {name: _iso(getattr(self, name)) for name in ("at", "since", "until")}
        return asdict(self) | times

    def with_live(self, live: Live | None) -> "DriftReport":
        """The same, beside what reviewers say."""
        if self.accuracy is None:
            return self
        return replace(self, accuracy=replace(self.accuracy, live=live))


def read_report(found: Mapping[str, Any]) -> DriftReport:
    """A report out of what `summary` gave."""
    tests = (each | {"bins": _all(Bin, each["bins"])} for each in found["tests"])
    accuracy = found["accuracy"]
    if accuracy is not None:
        live = accuracy["live"]
        accuracy = AccuracyEstimate(**accuracy | {"live": Live(**live) if live else None})
    newcomers = found["newcomers"]
    if newcomers is not None:
        newcomers = Newcomers(**newcomers | {"terms": tuple(newcomers["terms"])})
    values: dict[str, Any] = (
        dict(found)
        | {name: _moment(found[name]) for name in ("since", "until")}
        | {
            "at": datetime.fromisoformat(found["at"]),
            "tests": _all(TestResult, tests),
            "findings": tuple(found["findings"]),
            "categories": _all(CategoryChange, found["categories"]),
            "terms": _all(Term, found["terms"]),
            "gone": _all(Term, found["gone"]),
            "newcomers": newcomers,
            "accuracy": accuracy,
        }
    )
    return DriftReport(**values)


def _all(kind: Any, found: Any) -> tuple[Any, ...]:
    return tuple(kind(**each) for each in found)


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
