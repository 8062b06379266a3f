import csv

from tests.factories import a_scorecard

from rakuten_mlops.training.report import write_report

PNG = b"\x89PNG\r\n"


def test_a_report_is_a_picture_and_a_table_with_the_weakest_category_first(tmp_path):
    card = a_scorecard((10, 10, 9), (10, 40, 1), (40, 10, 4), (40, 40, 1))

    folder = write_report(card, {10: "Livres d'occasion", 40: "Jeux vidéo"}, tmp_path / "report")

    assert (folder / "confusion.png").read_bytes().startswith(PNG)
    with (folder / "categories.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["prdtypecode"] for row in rows] == ["40", "10"]
    assert rows[0]["category"] == "Jeux vidéo"
