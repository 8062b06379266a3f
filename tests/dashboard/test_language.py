"""Two languages with the same texts; how figures and times are written in each."""

import re
import string
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rakuten_mlops.dashboard import language as written
from rakuten_mlops.dashboard.language import LANGUAGES, language

NOON = datetime(2026, 11, 12, 12, tzinfo=UTC)
ENGLISH, FRENCH = language("en"), language("fr")
FOLDER = Path(written.__file__).parent
ASKED = re.compile(r"""\b(?:say|count|name)\(\s*"([a-z_0-9]+(?:\.[a-z_0-9]+)+)\"""")
# Texts whose key is put together from a word of the API or of the code.
PARTLY = re.compile(r"""\bf["']([a-z_0-9]+\.[a-z_0-9.{}\[\]\"']+?)["']""")


def fields(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def code():
    return "\n".join(path.read_text() for path in FOLDER.rglob("*.py"))


def test_every_language_has_every_text():
    keys = {name: set(language(name).texts) for name in LANGUAGES}

    assert keys["en"] ^ keys["fr"] == set()


def test_a_text_takes_the_same_values_in_every_language():
    differing = [
        key for key in ENGLISH.texts if fields(ENGLISH.texts[key]) != fields(FRENCH.texts[key])
    ]

    assert differing == []


def test_every_text_that_the_pages_ask_for_exists():
    asked = set(ASKED.findall(code()))

    assert len(asked) > 100
    assert {key for key in asked if key not in ENGLISH.texts} == set()


def test_every_text_is_asked_for():
    """Whole, or by a pattern such as `step.{name}`; counts and words of the API by their group."""
    source = code()
    patterns = [
        re.compile(re.sub(r"\\{.*?\\}", ".+", re.escape(one))) for one in PARTLY.findall(source)
    ]
    groups = [*re.findall(r"""\.name\(\s*"(\w+)\"""", source), "count", "flow"]

    idle = [
        key
        for key in ENGLISH.texts
        if not re.search(rf"[\"']{re.escape(key)}[\"']", source)
        and key.split(".")[0] not in groups
        and not any(pattern.fullmatch(key) for pattern in patterns)
    ]

    assert idle == []


@pytest.mark.parametrize(
    ("locale", "chosen"),
    [("fr-FR", "fr"), ("fr", "fr"), ("en-GB", "en"), ("de", "en"), (None, "en")],
)
def test_the_browser_decides_where_its_language_is_spoken(locale, chosen):
    assert written.preferred(locale) == chosen


def test_figures_are_written_as_each_language_does():
    assert ENGLISH.number(84_916) == "84,916"
    assert FRENCH.number(84_916) == "84\u202f916"
    assert (ENGLISH.share(0.682), FRENCH.share(0.682)) == ("68.2%", "68,2\u202f%")
    assert (ENGLISH.score(0.8253), FRENCH.score(0.8253)) == ("0.825", "0,825")
    assert (ENGLISH.signed(-0.0123), FRENCH.signed(-0.0123)) == ("-0.012", "-0,012")


def test_no_confidence_is_told_as_certain():
    told = [ENGLISH.sure(value) for value in (1.0, 0.93, 0.00004)]

    assert told == ["> 99.9%", "93.0%", "< 0.1%"]


def test_none_is_many_in_english_and_one_in_french():
    assert [ENGLISH.count("row", n) for n in (0, 1, 2)] == ["0 rows", "1 row", "2 rows"]
    assert [FRENCH.count("row", n) for n in (0, 1, 2)] == ["0 ligne", "1 ligne", "2 lignes"]


def test_a_latency_has_the_unit_that_fits():
    assert [ENGLISH.seconds(s) for s in (0.00041, 0.25, 2.5)] == ["0.4 ms", "250 ms", "2.5 s"]


def test_a_time_is_told_in_the_readers_zone_and_language():
    paris = written.zone("Europe/Paris")

    assert ENGLISH.moment(NOON.isoformat(), paris) == "12 Nov 2026, 13:00"
    assert FRENCH.moment(NOON.isoformat(), paris) == "12 nov. 2026, 13:00"


def test_a_zone_that_is_not_known_here_is_utc():
    assert written.zone("Moon/Tranquility") is UTC
    assert written.zone(None) is UTC


def test_a_span_is_told_in_its_largest_unit():
    told = [ENGLISH.ago((NOON - timedelta(seconds=s)).isoformat(), NOON) for s in (5, 65, 7_300)]

    assert told == ["just now", "1 min ago", "2 h ago"]


def test_a_duration_has_minutes_only_if_it_needs_them():
    later = [(NOON + timedelta(seconds=s)).isoformat() for s in (48, 185)]

    assert written.lasted(NOON.isoformat(), later[0]) == "48 s"
    assert written.lasted(NOON.isoformat(), later[1]) == "3 min 05 s"
    assert written.lasted(NOON.isoformat(), None) == written.NOTHING


def test_values_of_the_lineage_read_well():
    values = [None, True, 26_988, 0.5, 2.0, "abc"]

    told = [ENGLISH.figure(value) for value in values]

    assert told == ["–", "yes", "26,988", "0.5", "2", "abc"]
    assert FRENCH.figure(0.5) == "0,5"


def test_a_word_that_the_api_made_up_since_stays_as_it_is():
    assert FRENCH.name("state", "succeeded") == "réussie"
    assert FRENCH.name("state", "resting") == "resting"
