import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rakuten_mlops.entities import unescape


@pytest.mark.parametrize(
    ("entity", "meant"),
    [
        ("&#" + "1" * 5_000 + ";", "\ufffd"),
        ("&#" + "0" * 5_000 + "65;", "A"),
        ("&#" + "0" * 5_000 + ";", "\ufffd"),
        ("&#00001114112;", "\ufffd"),
        ("&#0001114109;", "\U0010fffd"),
        ("&#0000000128", "€"),
        ("&#x" + "f" * 5_000 + ";", "\ufffd"),
        ("&amp;#" + "1" * 5_000, "&#" + "1" * 5_000),
    ],
)
def test_a_number_of_any_length_is_read(entity, meant):
    assert unescape(f"a {entity} b") == f"a {meant} b"


@given(st.lists(st.sampled_from([*"&#x;01 9a", "&#", "&#0000", "&#x0", "12345678", "amp"])))
def test_entities_mean_what_pythons_own_reading_says(pieces):
    text = "".join(pieces)

    assert unescape(text) == html.unescape(text)
