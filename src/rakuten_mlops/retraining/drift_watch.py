"""Look at the traffic that the champion answered, against the reference of its training.

Also a process of its own, `python -m rakuten_mlops.retraining.drift_watch`: the API starts it,
which goes on answering meanwhile. It needs the database and the champion's local copy, no MLflow.
"""

import logging
import sys
import tempfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.database import open_database
from rakuten_mlops.errors import NoChampion, NoReference, RakutenError
from rakuten_mlops.logs import configure_logging
from rakuten_mlops.monitoring.drift.judgement import Names, judge_window
from rakuten_mlops.monitoring.drift.report import DriftReport, Live
from rakuten_mlops.monitoring.drift_reports import DriftReports, Kept
from rakuten_mlops.monitoring.prediction_log import PredictionLog
from rakuten_mlops.monitoring.reference import Reference
from rakuten_mlops.monitoring.reference_files import (
    FILE,
    load_reference,
    make_reference,
    save_reference,
)
from rakuten_mlops.monitoring.text_statistics import number_of
from rakuten_mlops.monitoring.window import Window
from rakuten_mlops.review.live_precision import live_precision
from rakuten_mlops.review.standing import draws
from rakuten_mlops.serving.champion_store import ChampionStore, Current
from rakuten_mlops.serving.scorer_files import load, read_words
from rakuten_mlops.settings import Settings

log = logging.getLogger(__name__)


class DriftWatch:
    """Compares what the champion of this machine answered with what it was trained on."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine = engine
        self._settings = settings
        self._champions = ChampionStore(settings.home)
        self._log = PredictionLog(engine)
        self._reports = DriftReports(engine)

    def look(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        listings: int | None = None,
    ) -> Kept:
        """Judge the champion's newest answers, and keep the report; the last one if none is new.

        Raises NoChampion without a champion here, and NoReference where nothing says what its
        traffic should look like.
        """
        current = self._champions.current()
        if current is None:
            raise NoChampion("No champion has come to this machine yet; its traffic is unknown")
        window = self._log.window(
            since=since,
            until=until,
            version=current.version,
            limit=listings or self._settings.drift_window,
        )
        reference = self.reference(current)
        report = judge_window(reference, window, self._names(current, window))
        live = self._live(current.version, report)
        last = next(iter(self._reports.history(limit=1)), None)
        if last and _traffic(last.report) == _traffic(report):
            # What reviewers say may be new.
            last = replace(last, report=last.report.with_live(live))
            self._reports.change(last)
            return last
        kept = self._reports.add(report.with_live(live))
        log.info("version %s: %s: %s", current.version, report.state, report.headline)
        return kept

    def reference(self, current: Current) -> Reference:
        """The champion's reference; one that it came without is made of the catalogue, and kept."""
        folder = self._champions.scorer_folder(current.version)
        if not (folder / FILE).exists():
            self._make_reference(current, folder)
        return load_reference(folder, current.version)

    def _make_reference(self, current: Current, folder: Path) -> None:
        catalog = Catalog(self._engine)
        # The version knows no later listings, and on the holdout of any revision it is honest.
        known = [each for each in catalog.revisions() if each.created_at <= current.since]
        if not known:
            raise NoReference(
                f"Version {current.version} carries no reference, and the catalogue is younger "
                "than its promotion; train a new version: `rakuten-mlops retrain --force`"
            )
        revision = max(each.revision for each in known)
        holdout = catalog.snapshot(revision).holdout
        made = make_reference(
            load(folder),
            holdout,
            otherwise=self._settings.accept_confidence,
            source=f"holdout of revision {revision}, taken later",
        )
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix="reference-") as draft:
            save_reference(made, Path(draft)).replace(folder / FILE)
        log.info(
            "version %s came without a reference; made one of %s", current.version, made.source
        )

    def _names(self, current: Current, window: Window) -> Names:
        codes = {code: each.name_fr for code, each in Catalog(self._engine).categories().items()}
        known = read_words(self._champions.scorer_folder(current.version))
        hashes = set(window.sketch.hashes.tolist())
        named = {number: word for word in known if (number := number_of(word)) in hashes}
        return Names(codes, named | self._log.words(hashes - named.keys()))

    def _live(self, version: str, report: DriftReport) -> Live | None:
        if report.since is None:
            return None
        found = live_precision(draws(self._engine, version=version, since=report.since)).overall
        if found.precision is None or found.low is None or found.high is None:
            return None
        return Live(found.precision, found.low, found.high, found.reviewed)


def _traffic(report: DriftReport) -> tuple[object, ...]:
    """What a report is about."""
    return report.version, report.since, report.until, report.listings, report.repeated


def main() -> int:
    """Look once; print the number of the report, or what is in the way."""
    settings = Settings()
    configure_logging(settings.log_format)
    try:
        print(DriftWatch(open_database(settings.database), settings).look().id)  # noqa: T201
    except RakutenError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
