"""Windows of traffic whose drift is known: unchanged, drifting, and spoiled on purpose."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rakuten_mlops.catalog.listing import LabelledListing, words
from rakuten_mlops.catalog.revision import Counts
from rakuten_mlops.catalog.snapshot import Snapshot
from rakuten_mlops.monitoring.drift.judgement import Names
from rakuten_mlops.monitoring.reference import Reference
from rakuten_mlops.monitoring.reference_files import as_logged, make_reference
from rakuten_mlops.monitoring.text_statistics import describe, hash_words
from rakuten_mlops.monitoring.window import Window, window_of
from rakuten_mlops.monitoring.word_naming import ENOUGH
from rakuten_mlops.serving.bulk import BulkScorer
from rakuten_mlops.serving.scorer import Scorer, assurance_of, compile_pipeline
from rakuten_mlops.training.pipeline import Parameters
from rakuten_mlops.training.trainer import train

Pair = tuple[str, str]
# What sellers abroad write; nouns are of no importance, the small words are.
ENGLISH = (
    ("New {}, in its box", "This is a new product with all of its parts. It has never been used."),
    ("{} for children and adults", "You will have hours of fun with it, at home or on the road."),
    (
        "The {} that you were looking for",
        "Made for daily use, and easy to clean.",
    ),
    ("{} with free delivery", "We send it from our warehouse. If you are not happy, send it back."),
    ("Used {} in very good condition", ""),
    ("Set of two {}, for the whole family", ""),
)
ENGLISH_NOUNS = ("lamp", "camera", "toy car", "book", "swimming pool", "garden chair", "game")


@dataclass(frozen=True, eq=False)
class Model:
    """A scorer with the words that it knows."""

    scorer: Scorer
    bulk: BulkScorer
    known: NDArray[np.uint32]

    def window(self, pairs: Sequence[Pair]) -> Window:
        """What the log would hold after these listings were answered."""
        rankings = self.bulk.rank(list(pairs))
        return window_of(
            "1",
            [as_logged(describe(*pair, self.known)) for pair in pairs],
            at=np.arange(len(pairs), dtype=np.float64),
            categories=self.scorer.classes[[each.places[0] for each in rankings]],
            confidence=[each.confidences[0] for each in rankings],
            accepted=self.scorer.accepts(rankings, 1.0),
        )

    def reference(self, rows: pl.DataFrame) -> Reference:
        """The reference of listings that the scorer never learnt."""
        return make_reference(self.scorer, rows, source="holdout")


def learn(training: pl.DataFrame, kept: pl.DataFrame, seed: int) -> Model:
    """Train as the service does."""
    rows = pl.concat(
        [
            training.with_columns(in_holdout=pl.lit(False)),
            kept.with_columns(in_holdout=pl.lit(True)),
        ]
    )
    snapshot = Snapshot(1, "f" * 64, Counts(0, 0, 0, 0, {}), rows)
    candidate = train(snapshot, Parameters(seed=seed))
    scorer = compile_pipeline(candidate.pipeline, {}, assurance_of(candidate.decisions)).warm()
    return Model(scorer, BulkScorer(scorer), hash_words(scorer.vocabulary.words))


def pairs_of(rows: pl.DataFrame) -> list[Pair]:
    """Designation and description of each row."""
    return rows.select("designation", "description").rows()


def pairs_of_arrivals(came: Sequence[LabelledListing]) -> list[Pair]:
    """The same of arrivals."""
    return [(each.listing.designation, each.listing.description) for each in came]


def names(pairs: Sequence[Pair], categories: dict[int, str]) -> Names:
    """The words that the log would have named: those of several listings."""
    times: dict[str, int] = {}
    for pair in pairs:
        for word in {*words(pair[0]), *words(pair[1])}:
            times[word] = times.get(word, 0) + 1
    named = {int(hash_words([word])[0]): word for word, held in times.items() if held >= ENOUGH}
    return Names(categories, named)


Spoil = Callable[[list[Pair], np.random.Generator], list[Pair]]


def emptied(share: float) -> Spoil:
    """Take the description of a share of the listings away."""

    def spoil(pairs: list[Pair], chance: np.random.Generator) -> list[Pair]:
        hit = chance.random(len(pairs)) < share
        return [
            (title, "" if lost else text) for (title, text), lost in zip(pairs, hit, strict=True)
        ]

    return spoil


def garbled(share: float) -> Spoil:
    """Read a share of the listings in the wrong encoding."""

    def wrong(text: str) -> str:
        return text.encode().decode("cp1252", errors="replace")

    def spoil(pairs: list[Pair], chance: np.random.Generator) -> list[Pair]:
        hit = chance.random(len(pairs)) < share
        return [
            (wrong(title), wrong(text)) if spoiled else (title, text)
            for (title, text), spoiled in zip(pairs, hit, strict=True)
        ]

    return spoil


def english(share: float) -> Spoil:
    """Put English listings in the place of a share of them."""

    def spoil(pairs: list[Pair], chance: np.random.Generator) -> list[Pair]:
        return [_in_english(chance) if chance.random() < share else pair for pair in pairs]

    return spoil


def _in_english(chance: np.random.Generator) -> Pair:
    title, text = ENGLISH[chance.integers(len(ENGLISH))]
    noun = ENGLISH_NOUNS[chance.integers(len(ENGLISH_NOUNS))]
    return f"{title.format(noun)} {chance.integers(10_000)}", text
