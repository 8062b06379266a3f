"""The scorer of a registered version, in today's format.

Every version also holds its scikit-learn pipeline, which any later program can read. Where the
scorer beside it is of an older format, one is made anew of the pipeline.
"""

import json
import logging
import shutil
from collections.abc import Callable
from pathlib import Path

from rakuten_mlops.errors import ScorerOutdated, UnknownVersion, UnreadableFile
from rakuten_mlops.registry.glance import Glance
from rakuten_mlops.registry.model_registry import ModelRegistry
from rakuten_mlops.serving.scorer import compile_pipeline
from rakuten_mlops.serving.scorer_files import load, save
from rakuten_mlops.serving.scorer_manifest import MANIFEST

SCORER = "scorer"

log = logging.getLogger(__name__)

Source = ModelRegistry | Glance
# Replaces the outdated scorer of a version in a folder.
Renew = Callable[[Source, str, Path], None]


def compile_anew(registry: Source, version: str, outdated: Path) -> None:
    """Put a scorer made of a version's pipeline in the place of an outdated one.

    Takes scikit-learn and some seconds; executes nothing of what it reads. Raises ScorerOutdated,
    with the remedy, if the version holds no pipeline of ours.
    """
    # Here: who brings a scorer of today's format does without scikit-learn.
    from rakuten_mlops.training.fitted import MODEL_FILE, read_pipeline

    names = json.loads((outdated / MANIFEST).read_text(encoding="utf-8")).get("names", {})
    try:
        pipeline = read_pipeline(registry.read_file(version, MODEL_FILE))
    except (UnreadableFile, UnknownVersion) as error:
        raise ScorerOutdated(
            f"The scorer of version {version} is of an older format, and none can be made of its "
            f"pipeline: {error}. Train a new version: `rakuten-mlops retrain --force`"
        ) from error
    shutil.rmtree(outdated)
    save(compile_pipeline(pipeline, {int(code): name for code, name in names.items()}), outdated)
    log.info("made the scorer of version %s anew, of its pipeline", version)


def fetch_scorer(registry: Source, version: str, into: Path, renew: Renew = compile_anew) -> Path:
    """Copy a version's scorer to `into`, checked and of today's format, and return it.

    Raises ScorerCorrupt.
    """
    fetched = registry.fetch(version, SCORER, into)
    try:
        load(fetched)
    except ScorerOutdated:
        renew(registry, version, fetched)
    return fetched
