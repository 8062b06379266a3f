"""The page itself. Pure."""

from collections.abc import Sequence
from html import escape

from rakuten_mlops.monitoring.drift.report import DriftReport, Term, TestResult
from rakuten_mlops.monitoring.drift_page.drawing import (
    draw_accuracy,
    draw_bars,
    draw_histogram,
    draw_history,
    draw_strip,
)
from rakuten_mlops.monitoring.drift_page.style import STYLE

STATES = {
    "drift": ("bad", "Drift"),
    "watch": ("warn", "Watch"),
    "no drift": ("good", "No drift"),
    "too few listings": ("none", "Too few listings"),
}
KEY = (
    '<p class="key soft"><i style="background:var(--before);margin-left:0"></i>when it was trained'
    '<i style="background:var(--now)"></i>now</p>'
)


def write_page(report: DriftReport, history: Sequence[DriftReport] = ()) -> str:
    """A report as a page; `history` are reports to draw the past of, oldest first."""
    kind, name = STATES[report.state]
    parts = [
        f'<span class="pill {kind}">{name}</span>',
        f"<h1>{escape(report.headline)}</h1>",
        f'<p class="soft">{escape(_about(report))}</p>',
        _accuracy(report),
        _findings(report),
        _tests(report),
        _changes(report),
        _words(report),
        _past(history),
        _method(report),
    ]
    title = f"Drift of version {report.version}, {report.at:%Y-%m-%d %H:%M}"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><main>{''.join(parts)}</main></body></html>\n"
    )


def _about(report: DriftReport) -> str:
    when = (
        f"{report.since:%Y-%m-%d %H:%M} to {report.until:%Y-%m-%d %H:%M} UTC"
        if report.since and report.until
        else "no answers yet"
    )
    repeated = f" ({report.repeated:,} more were repeats)" if report.repeated else ""
    return (
        f"Version {report.version} · {report.listings:,} different listings{repeated}, {when} · "
        f"compared with {report.reference_listings:,} of the {report.reference}"
    )


def _accuracy(report: DriftReport) -> str:
    found = report.accuracy
    if found is None:
        return ""
    live = (
        f" Reviewers found {found.live.precision:.0%} of {found.live.reviewed:,} answers right."
        if found.live
        else ""
    )
    return _section(
        "How many answers are right",
        f"<p>Estimated without labels: <b>{100 * found.estimate:.1f} %</b>, between "
        f"{100 * found.low:.1f} and {100 * found.high:.1f} %; {100 * found.reference:.1f} % were "
        f"right on the reference.{escape(live)}</p>{draw_accuracy(found)}"
        "<p><small>From the model's confidence, and how that held on the reference. It sees what "
        "the model can doubt, and no change of what a category means.</small></p>",
    )


def _findings(report: DriftReport) -> str:
    told = [*report.findings, report.action] if report.action else list(report.findings)
    if not told:
        return ""
    items = "".join(f"<li>{escape(each)}</li>" for each in told)
    return _section("What changed", f"<ul>{items}</ul>")


def _tests(report: DriftReport) -> str:
    if not report.tests:
        return ""
    rows = "".join(
        f"<tr><td><b>{escape(each.title)}</b><br><small>{escape(each.measure)} {each.value:.3f}"
        f"</small></td><td>{draw_strip(each)}</td><td>"
        f'<span class="pill {STATES[each.state][0]}">{STATES[each.state][1]}</span></td>'
        f"<td>{escape(each.finding)}</td></tr>"
        for each in report.tests
    )
    legend = (
        '<p class="soft">The dot is what was found. Grey is what unchanged traffic reaches; from '
        "the black mark on, a difference matters.</p>"
    )
    return _section("Every test", f"{legend}<table>{rows}</table>")


def _changes(report: DriftReport) -> str:
    changed = [each for each in report.tests if each.state != "no drift" and each.bins]
    if not changed:
        return ""
    drawn = "".join(f"<h3>{escape(each.title)}</h3>{_drawn(each)}" for each in changed)
    return _section("Before and now", KEY + drawn)


def _drawn(test: TestResult) -> str:
    return draw_histogram(test.bins) if test.measure == "percentile shift" else draw_bars(test.bins)


def _words(report: DriftReport) -> str:
    if not report.terms and not report.gone:
        return ""
    tables = _term_table("More frequent", report.terms) + _term_table("Less frequent", report.gone)
    return _section("Words", f'<div class="columns">{tables}</div>')


def _term_table(title: str, terms: Sequence[Term]) -> str:
    rows = "".join(
        f'<tr><td>{escape(each.term)}</td><td class="number">{100 * each.reference:.1f} %</td>'
        f'<td class="number">{100 * each.current:.1f} %</td></tr>'
        for each in terms[:12]
    )
    head = '<tr><th>Word</th><th class="number">before</th><th class="number">now</th></tr>'
    return f"<div><h3>{title}</h3><table>{head}{rows}</table></div>" if rows else ""


def _past(history: Sequence[DriftReport]) -> str:
    known = [each.accuracy.estimate for each in history if each.accuracy]
    if len(known) < 2:
        return ""
    low, high = min(known), max(known)
    return _section(
        "The last reports",
        f'<p class="soft">Estimated share of right answers, between {100 * low:.1f} and '
        f"{100 * high:.1f} %</p>{draw_history(known, low=low, high=high)}",
    )


def _method(report: DriftReport) -> str:
    sources = "; ".join(dict.fromkeys(f"{each.measure}: {each.source}" for each in report.tests))
    return (
        f'<p class="soft" style="margin-top:22px"><small>Unchanged traffic is called anything else '
        f"than “no drift” in at most {100 * report.false_alarm_rate:g} % of the reports: noise is "
        f"measured by drawing references and windows anew, and the tests are held to that rate "
        f"together (Holm, 1979). {escape(sources)}. Made {report.at:%Y-%m-%d %H:%M} UTC."
        "</small></p>"
    )


def _section(title: str, content: str) -> str:
    return f"<section><h2>{title}</h2>{content}</section>"
