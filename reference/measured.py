"""The README's figures, from the last run of the benchmarks."""

import json
from pathlib import Path
from typing import Any

from reference.tables import table

ROOT = Path(__file__).parents[1]
START, END = "<!-- measured -->\n", "<!-- /measured -->"
# Where these beat the others and where not: catalogue, figure, its first words, peer.
CHOSEN = (
    ("training", "database to fitted", "plain recipe"),
    ("training", "macro-F1", "plain recipe"),
    ("POST /predict", "at 8 connections", "mlflow models serve"),
    ("POST /predict", "at 8 connections", "BentoML"),
    ("POST /predict", "p99 at 1 connection", "mlflow models serve"),
    ("POST /predict_batch", "listings in batches of 100", "mlflow models serve"),
)

Row = dict[str, Any]


def readme() -> str:
    """The README with its figures renewed."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    return before + START + figures() + END + after


def figures() -> str:
    """The chosen rows of the run on the synthetic catalogue."""
    latest = json.loads((ROOT / "benchmarks/latest.json").read_text(encoding="utf-8"))
    rows = [row for row in latest["rows"] if row["data"].startswith("synthetic, 84,916")]
    found = [(row, choice) for choice in CHOSEN for row in rows if _is(row, choice)]
    dates = " and ".join(sorted({row["date"] for row, _ in found}))
    return table(
        (f"measured {dates}", "here", "beside", "ratio"),
        [
            (
                f"{figure}, {row['measured'].split(',')[0]}",
                _value(row["ours"], row["unit"]),
                f"{_value(row['peer'], row['unit'])}, {peer}",
                f"{row['ratio']:.3g}x",
            )
            for row, (figure, _, peer) in found
        ],
    )


def _is(row: Row, choice: tuple[str, str, str]) -> bool:
    figure, words, peer = choice
    return (
        row["figure"] == figure
        and row["measured"].startswith(words)
        and not row["measured"].startswith(words + "0")
        and row["peer_name"] == peer
    )


def _value(number: float, unit: str) -> str:
    written = f"{number:,.0f}" if number >= 1_000 else f"{number:.3g}"
    return f"{written} {unit}".strip()
