import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from tests.monitoring.drift.windows import CATEGORIES, WORDS, make_window

from rakuten_mlops.monitoring.drift.judgement import Names, judge_window
from rakuten_mlops.monitoring.drift.report import Live
from rakuten_mlops.monitoring.drift_page.page import write_page
from rakuten_mlops.monitoring.reference import Reference

VOID = {"meta", "br"}


class Balance(HTMLParser):
    """Notes tags that are closed in another order than they were opened, and what is loaded."""

    def __init__(self):
        super().__init__()
        self.open, self.loads = [], []

    def handle_starttag(self, tag, attrs):
        self.loads += [value for name, value in attrs if name in ("src", "href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def report():
    window = make_window(2_000, seed=1)
    right = np.random.default_rng(2).random(2_000) < window.confidence
    reference = Reference(window, right, {}, "holdout of revision 1")
    changed = make_window(
        500,
        seed=4,
        garbled=np.arange(500) % 9 == 0,
        confidence=np.linspace(0, 1, 500),
        categories=np.full(500, 10),
    )
    return judge_window(reference, changed, Names(CATEGORIES | {10: "Livres <neufs>"}, WORDS))


def test_a_page_is_whole_and_loads_nothing(report):
    page = write_page(report.with_live(Live(0.7, 0.6, 0.8, 66)), [report, report])
    parser = Balance()

    parser.feed(page)

    assert (parser.open, parser.loads) == ([], [])
    assert "<script" not in page
    assert "url(" not in page


def test_a_page_shows_every_finding_and_every_test(report):
    page = write_page(report)

    assert report.headline in page
    for each in report.tests:
        assert each.title in page
    assert "Reviewers found" not in page
    assert "Reviewers found 70% of 66" in write_page(report.with_live(Live(0.7, 0.6, 0.8, 66)))


def test_names_are_no_markup(report):
    page = write_page(report)

    assert "Livres &lt;neufs&gt;" in page
    assert "<neufs>" not in page


def test_a_page_on_too_little_says_so(report):
    few = replace(report, state="too few listings", headline="3 are too few", tests=())

    page = write_page(replace(few, since=None, until=None, accuracy=None, findings=(), terms=()))

    assert "3 are too few" in page
    assert not re.search(r"\bnan\b", page)
