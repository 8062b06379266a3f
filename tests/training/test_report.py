import csv

import pytest
from tests.factories import a_scorecard

from rakuten_mlops.training.report import draw_confusion, write_report

PNG = b"\x89PNG\r\n"


def test_a_report_is_a_picture_and_a_table_with_the_weakest_category_first(tmp_path):
    card = a_scorecard((10, 10, 9), (10, 40, 1), (40, 10, 4), (40, 40, 1))

    folder = write_report(card, {10: "Livres d'occasion", 40: "Jeux vidéo"}, tmp_path / "report")

    assert (folder / "confusion.png").read_bytes().startswith(PNG)
    with (folder / "categories.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["prdtypecode"] for row in rows] == ["40", "10"]
    assert rows[0]["category"] == "Jeux vidéo"


@pytest.mark.parametrize("count", [2, 27, 60])
@pytest.mark.parametrize("name", ["", "Livres", "W" * 60])
def test_whatever_categories_are_called_all_labels_are_in_the_picture(count, name):
    codes = range(9_900, 9_900 + count)
    card = a_scorecard(*((code, code, 5) for code in codes))

    figure = draw_confusion(card, dict.fromkeys(codes, name))

    figure.draw_without_rendering()
    (axes,) = figure.axes
    ticks = [*axes.get_xticklabels(), *axes.get_yticklabels()]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == list(map(str, codes))
    labels = [label.get_window_extent() for label in (*ticks, axes.title)]
    rims = [text.get_window_extent() for text in figure.texts]
    assert len(rims) == 2
    for label in labels + rims:
        assert figure.bbox.x0 <= label.x0 <= label.x1 <= figure.bbox.x1
        assert figure.bbox.y0 <= label.y0 <= label.y1 <= figure.bbox.y1
    assert not any(rim.overlaps(label) for rim in rims for label in labels)


def test_a_category_named_like_a_formula_is_no_formula():
    card = a_scorecard((10, 10, 1), (40, 40, 1))

    figure = draw_confusion(card, {10: r"Cartes $\frac$ 5", 40: "à 10 $"})

    figure.draw_without_rendering()
    assert figure.axes[0].get_yticklabels()[0].get_text() == r"Cartes $\frac$ 5 10"
