"""How times, figures and versions are written."""

from datetime import UTC, datetime, timedelta

from rakuten_mlops.dashboard import bars, flow, wording

NOON = datetime(2026, 11, 12, 12, tzinfo=UTC)


def test_a_time_is_told_in_the_readers_zone():
    paris = wording.zone("Europe/Paris")

    assert wording.moment(NOON.isoformat(), paris) == "12 Nov 2026, 13:00"


def test_a_zone_that_is_not_known_here_is_utc():
    assert wording.zone("Moon/Tranquility") is UTC
    assert wording.zone(None) is UTC


def test_a_span_is_told_in_its_largest_unit():
    told = [wording.ago((NOON - timedelta(seconds=s)).isoformat(), NOON) for s in (5, 65, 7_300)]

    assert told == ["just now", "1 min ago", "2 h ago"]


def test_a_duration_has_minutes_only_if_it_needs_them():
    later = [(NOON + timedelta(seconds=s)).isoformat() for s in (48, 185)]

    assert wording.lasted(NOON.isoformat(), later[0]) == "48 s"
    assert wording.lasted(NOON.isoformat(), later[1]) == "3 min 05 s"
    assert wording.lasted(NOON.isoformat(), None) == wording.NOTHING


def test_figures_read_well():
    values = [None, True, 26_988, 0.5, 2.0, "abc"]

    assert [wording.figure(value) for value in values] == ["–", "yes", "26,988", "0.5", "2", "abc"]


def test_what_a_user_wrote_is_text_in_a_picture():
    page = flow.picture([flow.Stage("Data", "<script>", "a & b")], way_back="<b>")

    assert "<script>" not in page
    assert "a &amp; b" in page


def test_a_bar_stays_within_its_track():
    page = bars.bar_list([bars.Bar("Livres", "10", 1.7)], digits=2)

    assert "width:100.0%" in page
    assert "1.70" in page
