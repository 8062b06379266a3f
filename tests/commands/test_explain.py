import re

import pytest

LISTING = ("Piscine tubulaire ronde", "<p>Avec sa pompe et une bâche</p>")


def numbers(line: str) -> list[float]:
    return [float(found) for found in re.findall(r"[+-]\d+\.\d{3}", line)]


@pytest.mark.usefixtures("champion")
def test_the_shown_parts_add_up_to_the_margin(run):
    shown = run("explain", *LISTING, "--terms", "3").output

    assert "Piscine et accessoires (2583)" in shown
    assert "by version 7" in shown
    rows = [numbers(line) for line in shown.splitlines() if line.startswith("│")]
    *parts, margin = [row for row in rows if row]
    assert len(parts) == 5, "three terms, the others together, and what any listing gets"
    for side in range(3):
        assert abs(sum(row[side] for row in parts) - margin[side]) < 0.004
