"""A scorer on disk: arrays, a list of words, and a manifest with their checksums.

Nothing in it is executed when it is read. A term's weights are zero for most categories, so only
the others are kept, with a bit for each place that says whether it holds one.
"""

import hashlib
import json
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from rakuten_mlops.errors import ScorerCorrupt
from rakuten_mlops.serving.characters import Characters
from rakuten_mlops.serving.scorer import Assurance, Scorer
from rakuten_mlops.serving.scorer_manifest import FORMAT, MANIFEST, read_manifest
from rakuten_mlops.serving.vocabulary import Vocabulary
from rakuten_mlops.training.calibration import Calibration

ARRAYS = "arrays.npz"
NAMES = ("classes", "keys", "title", "idf", "weights", "weighted", "intercept")
# A scorer with calibration has these too.
OF_ASSURANCE = ("slope", "shift", "thresholds")
WORDS = "words.txt"
# A scorer that knows n-grams of characters has these, too, one a line: none holds a line's end.
CHARACTERS = "characters.txt"


@dataclass(frozen=True)
class Parts:
    """What the files of a scorer hold: the manifest, arrays by name, and texts by file."""

    manifest: dict[str, Any]
    arrays: dict[str, NDArray[Any]]
    texts: dict[str, str]


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
    np.savez_compressed(folder / ARRAYS, allow_pickle=False, **arrays)
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
        "sha256": {file: _sha256((folder / file).read_bytes()) for file in (ARRAYS, *texts)},
    }
    if scorer.characters is not None:
        manifest["longest_characters"] = scorer.characters.longest
    text = json.dumps(manifest, indent=2, ensure_ascii=False)
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    return folder


def load(folder: Path) -> Scorer:
    """Read a scorer, after checking every file.

    Raises ScorerOutdated for a format that is read no more, ScorerCorrupt if a file is missing or
    was changed.
    """
    parts = read_parts(folder)
    manifest, arrays = parts.manifest, parts.arrays
    with _complete(folder):
        vocabulary = Vocabulary(
            parts.texts[WORDS].splitlines(), arrays["keys"], arrays["title"], manifest["longest"]
        )
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
            assurance=_assurance(parts),
            characters=_characters(parts, first=vocabulary.rows),
        )


def read_parts(folder: Path) -> Parts:
    """Read the files of a scorer, each checked; raises as `load` does.

    Format 2, which kept every array in a file of its own, is still read: what its versions accept
    was decided when they were trained, and stands nowhere else.
    """
    manifest = read_manifest(folder)

    def checked(file: str) -> bytes:
        content = (folder / file).read_bytes()
        if _sha256(content) != manifest["sha256"][file]:
            raise ScorerCorrupt(f"{folder / file} does not match its checksum; fetch it again")
        return content

    # Before there was calibration, none was mentioned.
    names = NAMES if manifest.get("rest") is None else NAMES + OF_ASSURANCE
    texts = (WORDS, CHARACTERS) if "longest_characters" in manifest else (WORDS,)
    with _complete(folder):
        if manifest["format"] == 2:
            files = {name: BytesIO(checked(f"{name}.npy")) for name in names}
            arrays = {name: np.load(file, allow_pickle=False) for name, file in files.items()}
        else:
            with np.load(BytesIO(checked(ARRAYS)), allow_pickle=False) as archive:
                arrays = {name: archive[name] for name in names}
        return Parts(manifest, arrays, {file: checked(file).decode() for file in texts})


def read_words(folder: Path) -> list[str]:
    """The single words that a scorer knows, unchecked. Raises FileNotFoundError."""
    return (folder / WORDS).read_text(encoding="utf-8").splitlines()


@contextmanager
def _complete(folder: Path) -> Generator[None]:
    """Say ScorerCorrupt of whatever is missing from a scorer, or is not what it should be."""
    try:
        yield
    except (OSError, KeyError, ValueError, BadZipFile, zlib.error) as error:
        raise ScorerCorrupt(f"{folder} holds no complete scorer: {error}") from error


def _characters(parts: Parts, *, first: int) -> Characters | None:
    if CHARACTERS not in parts.texts:
        return None
    terms = parts.texts[CHARACTERS].split("\n")
    return Characters(terms, parts.manifest["longest_characters"], first)


def _assurance(parts: Parts) -> Assurance | None:
    arrays, rest = parts.arrays, parts.manifest.get("rest")
    if rest is None:
        return None
    return Assurance(Calibration(arrays["slope"], arrays["shift"], rest), arrays["thresholds"])


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
