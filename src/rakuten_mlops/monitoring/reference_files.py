"""A version's reference: made of the listings of its holdout, and a file beside its scorer.

They were neither learnt nor did they choose anything, so confidence is honest on them, and a word
that the model does not know is as rare as among new listings. No text is in the file: columns,
hashes of words, and the words that several of the listings hold.
"""

import math
from dataclasses import replace
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rakuten_mlops.catalog.listing import words
from rakuten_mlops.errors import NoReference
from rakuten_mlops.monitoring.prediction_log import MOST_WORDS
from rakuten_mlops.monitoring.reference import Reference
from rakuten_mlops.monitoring.text_statistics import (
    TextStatistics,
    describe,
    hash_words,
    number_of,
)
from rakuten_mlops.monitoring.window import COLUMNS, Sketch, Window, window_of
from rakuten_mlops.serving.bulk import BulkScorer
from rakuten_mlops.serving.scorer import Scorer

FILE = "reference.npz"
# More listings make the noise of a window of thousands hardly smaller.
MOST = 10_000
# Words of fewer listings stay unnamed.
FEWEST = 3
SEED = 0


def make_reference(
    scorer: Scorer, listings: pl.DataFrame, *, source: str, otherwise: float = math.inf
) -> Reference:
    """Answer listings that the scorer never learnt; `listings` has the columns of a snapshot.

    Of many, a random part. `otherwise` is the confidence to accept from where nothing is proven.
    """
    if listings.height > MOST:
        listings = listings.sample(MOST, seed=SEED)
    pairs = listings.select("designation", "description").rows()
    known = hash_words(scorer.vocabulary.words)
    rankings = BulkScorer(scorer).rank(pairs)
    categories = scorer.classes[[each.places[0] for each in rankings]]
    window = window_of(
        "",
        [as_logged(describe(*pair, known)) for pair in pairs],
        at=np.zeros(len(pairs)),
        categories=categories,
        confidence=[each.confidences[0] for each in rankings],
        accepted=scorer.accepts(rankings, otherwise),
    )
    right = categories == listings["prdtypecode"].to_numpy()
    return Reference(window, right, _frequent_words(pairs), source)


def as_logged(described: TextStatistics) -> TextStatistics:
    """What the log would keep of a listing, so that the two can be compared."""
    return replace(described, hashes=described.hashes[:MOST_WORDS], strangers=())


def _frequent_words(pairs: list[tuple[str, str]]) -> dict[int, str]:
    times: dict[str, int] = {}
    for pair in pairs:
        for word in {*words(pair[0]), *words(pair[1])}:
            times[word] = times.get(word, 0) + 1
    named = sorted(word for word, count in times.items() if count >= FEWEST)
    return {number_of(word): word for word in named}


def save_reference(reference: Reference, folder: Path) -> Path:
    """Write a reference into a folder, as arrays alone: nothing in it is executed."""
    folder.mkdir(parents=True, exist_ok=True)
    named = dict(sorted(reference.words.items()))
    file = folder / FILE
    np.savez_compressed(
        file,
        **{name: getattr(reference.window, name) for name in COLUMNS},
        indptr=reference.window.sketch.indptr,
        hashes=reference.window.sketch.hashes,
        right=reference.right,
        named=np.array(list(named), dtype=np.uint32),
        names=_bytes("\n".join(named.values())),
        source=_bytes(reference.source),
    )
    return file


def load_reference(folder: Path, version: str) -> Reference:
    """Read the reference that was fetched with a version's scorer. Raises NoReference."""
    try:
        with (folder / FILE).open("rb") as file, np.load(file, allow_pickle=False) as held:
            arrays = {name: held[name] for name in held.files}
        window = Window(
            version,
            **{name: arrays[name] for name in COLUMNS},
            sketch=Sketch(arrays["indptr"], arrays["hashes"]),
        )
        names = _text(arrays["names"]).split("\n")
        named = dict(zip(arrays["named"].tolist(), names, strict=bool(len(arrays["named"]))))
        return Reference(window, arrays["right"], named, _text(arrays["source"]))
    except FileNotFoundError as error:
        raise NoReference(
            f"Version {version} carries no reference of its training; train a new one "
            "(`rakuten-mlops retrain --force`), or have one made of the catalogue's holdout by "
            "`rakuten-mlops drift`"
        ) from error
    except (OSError, EOFError, BadZipFile, KeyError, ValueError) as error:
        raise NoReference(f"{folder / FILE} is damaged ({error}); fetch it again") from error


def _bytes(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode(), dtype=np.uint8)


def _text(held: NDArray[np.uint8]) -> str:
    return held.tobytes().decode()
