"""The categories in which a classifier does worst, and what it takes their listings for.

Pure.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rakuten_mlops.registry.markdown import quoted, table
from rakuten_mlops.training.intervals import f1_interval
from rakuten_mlops.training.scorecard import Scorecard

WEAKEST = 5
CONFUSIONS = 3
EXAMPLES = 2
HEAD = ("category", "F1:", "precision:", "recall:", "rows:")


def describe_weakest(scores: Mapping[str, Any], names: Mapping[int, str]) -> str:
    """Return a table of the weakest categories; `scores` by code, as in a scorecard's summary."""
    return table(HEAD, (_figures(code, scores, names) for code in _weakest(scores)))


def describe_confused(
    scores: Mapping[str, Any],
    names: Mapping[int, str],
    scorecard: Scorecard,
    titles: Sequence[str],
) -> str:
    """Return that table with intervals, and each category's confusions with examples.

    `titles` are the holdout's, in the order of the scorecard's rows.
    """
    weakest = _weakest(scores)
    rows = [(*_figures(code, scores, names), _interval(code, scorecard)) for code in weakest]
    details = (_confusions(code, names, scorecard, titles) for code in weakest)
    return "\n\n".join([table((*HEAD, "95 % interval of F1:"), rows), *filter(None, details)])


def named(code: int, names: Mapping[int, str]) -> str:
    """A category's code and name."""
    return f"{code} {names.get(code, '')}".rstrip()


def _weakest(scores: Mapping[str, Any]) -> list[int]:
    return sorted(map(int, scores), key=lambda code: (scores[str(code)]["f1"], code))[:WEAKEST]


def _figures(code: int, scores: Mapping[str, Any], names: Mapping[int, str]) -> tuple[str, ...]:
    score = scores[str(code)]
    shares = (f"{score[name]:.3f}" for name in ("f1", "precision", "recall"))
    return named(code, names), *shares, f"{score['support']:,}"


def _interval(code: int, scorecard: Scorecard) -> str:
    own, given = scorecard.truth == code, scorecard.predicted == code
    hits, support, claims = (int(np.sum(rows)) for rows in (own & given, own, given))
    found = f1_interval(hits=hits, support=support, claims=claims)
    return f"{found.low:.2f} to {found.high:.2f}"


def _confusions(
    code: int, names: Mapping[int, str], scorecard: Scorecard, titles: Sequence[str]
) -> str:
    own, given = scorecard.truth == code, scorecard.predicted == code
    missed = np.flatnonzero(own & ~given)
    if not missed.size:
        return ""
    rows = [
        (
            named(other, names),
            f"{places.size:,}",
            " · ".join(quoted(titles[place]) for place in places[:EXAMPLES]),
        )
        for other, places in _by_answer(scorecard.predicted, missed)
    ]
    return (
        f"### {named(code, names)}\n\n"
        f"Not found: {missed.size:,} of its {int(np.sum(own)):,} listings. Taken for it by "
        f"mistake: {int(np.sum(given & ~own)):,} of other categories.\n\n"
        f"{table(('taken for', 'listings:', 'for example'), rows)}"
    )


def _by_answer(
    predicted: NDArray[np.int64], missed: NDArray[np.int64]
) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """The commonest wrong answers, and the places of the listings that got them."""
    codes, counts = np.unique(predicted[missed], return_counts=True)
    for code in codes[np.argsort(-counts, kind="stable")][:CONFUSIONS].tolist():
        yield code, missed[predicted[missed] == code]
