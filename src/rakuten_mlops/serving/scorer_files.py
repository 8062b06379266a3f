"""A scorer on disk: arrays, a list of words, and a manifest with their checksums.

Nothing in it is executed when it is read. A term's weights are zero for most categories, so only
the others are kept, with a bit for each place that says whether it holds one.
"""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rakuten_mlops.errors import ScorerCorrupt
from rakuten_mlops.serving.characters import Characters
from rakuten_mlops.serving.scorer import Assurance, Scorer
from rakuten_mlops.serving.scorer_manifest import FORMAT, MANIFEST, read_manifest
from rakuten_mlops.serving.vocabulary import Vocabulary
from rakuten_mlops.training.calibration import Calibration

ARRAYS = ("classes", "keys", "title", "idf", "weights", "weighted", "intercept")
# A scorer with calibration has these too.
OF_ASSURANCE = ("slope", "shift", "thresholds")
WORDS = "words.txt"
# A scorer that knows n-grams of characters has these, too, one a line: none holds a line's end.
CHARACTERS = "characters.txt"


def save(scorer: Scorer, folder: Path) -> Path:
    """Write a scorer into a folder, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary, weighted = scorer.vocabulary, scorer.weights != 0
    arrays = {
        "classes": scorer.classes,
        "keys": vocabulary.keys,
        "title": vocabulary.title,
        "idf": scorer.idf,
        "weights": scorer.weights[weighted],
        "weighted": np.packbits(weighted),
        "intercept": scorer.intercept,
    }
    assurance = scorer.assurance
    if assurance is not None:
        arrays |= {
            "slope": assurance.calibration.slope,
            "shift": assurance.calibration.shift,
            "thresholds": assurance.thresholds,
        }
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array, allow_pickle=False)
    texts = {WORDS: vocabulary.words}
    if scorer.characters is not None:
        texts[CHARACTERS] = scorer.characters.terms
    for name, lines in texts.items():
        (folder / name).write_text("\n".join(lines), encoding="utf-8")
    manifest = {
        "format": FORMAT,
        "names": {str(code): name for code, name in scorer.names.items()},
        "field_weights": scorer.field_weights,
        "longest": vocabulary.longest,
        "rest": None if assurance is None else assurance.calibration.rest,
        "sha256": {file: _sha256(folder / file) for file in (*_files(arrays), *texts)},
    }
    if scorer.characters is not None:
        manifest["longest_characters"] = scorer.characters.longest
    text = json.dumps(manifest, indent=2, ensure_ascii=False)
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    return folder


def load(folder: Path) -> Scorer:
    """Read a scorer, after checking every file.

    Raises ScorerOutdated for an older format, ScorerCorrupt if a file is missing or was changed.
    """
    manifest = read_manifest(folder)
    # Before there was calibration, none was mentioned.
    rest = manifest.get("rest")
    names = ARRAYS if rest is None else ARRAYS + OF_ASSURANCE
    try:
        texts = (WORDS, CHARACTERS) if "longest_characters" in manifest else (WORDS,)
        for file in (*_files(names), *texts):
            if _sha256(folder / file) != manifest["sha256"][file]:
                raise ScorerCorrupt(f"{folder / file} does not match its checksum; fetch it again")
        arrays = {name: np.load(folder / f"{name}.npy", allow_pickle=False) for name in names}
        vocabulary = Vocabulary(
            read_words(folder), arrays["keys"], arrays["title"], manifest["longest"]
        )
        characters = _read_characters(folder, manifest, first=vocabulary.rows)
    except (OSError, KeyError, ValueError) as error:
        raise ScorerCorrupt(f"{folder} holds no complete scorer: {error}") from error
    shape = len(arrays["idf"]), len(arrays["classes"])
    weights = np.zeros(shape, dtype=np.float32)
    weighted = np.unpackbits(arrays["weighted"], count=weights.size).view(np.bool_)
    weights.reshape(-1)[weighted] = arrays["weights"]
    return Scorer(
        classes=arrays["classes"],
        names={int(code): name for code, name in manifest["names"].items()},
        vocabulary=vocabulary,
        field_weights=tuple(manifest["field_weights"]),
        idf=arrays["idf"],
        weights=weights,
        intercept=arrays["intercept"],
        assurance=_assurance(arrays, rest),
        characters=characters,
    )


def read_words(folder: Path) -> list[str]:
    """The single words that a scorer knows, unchecked. Raises FileNotFoundError."""
    return (folder / WORDS).read_text(encoding="utf-8").splitlines()


def _read_characters(folder: Path, manifest: dict[str, Any], *, first: int) -> Characters | None:
    if "longest_characters" not in manifest:
        return None
    terms = (folder / CHARACTERS).read_text(encoding="utf-8").split("\n")
    return Characters(terms, manifest["longest_characters"], first)


def _assurance(arrays: dict[str, NDArray[Any]], rest: float | None) -> Assurance | None:
    if rest is None:
        return None
    return Assurance(Calibration(arrays["slope"], arrays["shift"], rest), arrays["thresholds"])


def _files(names: Iterable[str]) -> list[str]:
    return [f"{name}.npy" for name in names]


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
