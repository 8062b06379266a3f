"""Reports on drift in the database; the newest are kept."""

import json
from dataclasses import dataclass

from sqlalchemy import Engine, Row, delete, insert, select, update

from rakuten_mlops.database import reachable
from rakuten_mlops.errors import NoDriftReport
from rakuten_mlops.monitoring.drift.report import DriftReport, read_report
from rakuten_mlops.tables import drift_reports

KEPT = 2_000


@dataclass(frozen=True, slots=True)
class Kept:
    """A report and its number."""

    id: int
    report: DriftReport


class DriftReports:
    """What was found so far."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, report: DriftReport) -> Kept:
        """Keep a report; the oldest beyond some thousands go."""
        row = {"at": report.at, "version": report.version, "state": report.state}
        columns = drift_reports.c
        with reachable(), self._engine.begin() as connection:
            made = insert(drift_reports).values(**row, report=json.dumps(report.summary()))
            number = connection.execute(made.returning(columns.id)).scalar_one()
            connection.execute(delete(drift_reports).where(columns.id <= number - KEPT))
        return Kept(number, report)

    def change(self, kept: Kept) -> None:
        """Put a report in the place of the one of its number."""
        text = json.dumps(kept.report.summary())
        changed = update(drift_reports).where(drift_reports.c.id == kept.id).values(report=text)
        with reachable(), self._engine.begin() as connection:
            connection.execute(changed)

    def get(self, number: int) -> Kept:
        """One report. Raises NoDriftReport."""
        wanted = select(drift_reports).where(drift_reports.c.id == number)
        with reachable(), self._engine.connect() as connection:
            row = connection.execute(wanted).first()
        if row is None:
            raise NoDriftReport(f"There is no report {number} on drift")
        return _kept(row)

    def last(self) -> Kept:
        """The newest report. Raises NoDriftReport before the first."""
        found = self.history(limit=1)
        if not found:
            raise NoDriftReport(
                "Nobody has looked for drift yet; `POST /drift` or `rakuten-mlops drift` does"
            )
        return found[0]

    def history(self, *, limit: int) -> list[Kept]:
        """The latest reports, newest first."""
        newest = select(drift_reports).order_by(drift_reports.c.id.desc()).limit(limit)
        with reachable(), self._engine.connect() as connection:
            return [_kept(row) for row in connection.execute(newest)]


def _kept(row: Row[tuple[int]]) -> Kept:
    return Kept(row.id, read_report(json.loads(row.report)))
