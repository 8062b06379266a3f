"""Logging of every process, set up once where the process starts.

A line says on which request's behalf it was written, where that is known: in brackets at the end of
a text line, as `request_id` in a JSON one.
"""

import json
import logging
import time
from datetime import UTC, datetime
from typing import Any, Literal

from rakuten_mlops import request_ids

LogFormat = Literal["text", "json"]

FORMAT = "%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s %(message)s"
DATE = "%Y-%m-%dT%H:%M:%S"
QUIET = ("alembic", "mlflow", "httpx2", "httpcore2", "matplotlib")


class TextFormatter(logging.Formatter):
    """One line an event, times in UTC; an exception's traceback follows it."""

    converter = time.gmtime

    def __init__(self) -> None:
        super().__init__(FORMAT, DATE)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """The line, with the request that it is about."""
        line = super().formatMessage(record)
        request_id = request_ids.current()
        return f"{line} [{request_id}]" if request_id else line


class JsonFormatter(logging.Formatter):
    """One JSON object a line, also where a message or a traceback has several lines."""

    def format(self, record: logging.LogRecord) -> str:
        """The event with its time, level, logger and message, and whatever else is known."""
        at = datetime.fromtimestamp(record.created, UTC)
        event: dict[str, Any] = {
            "at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "process": record.process,
        }
        if request_id := request_ids.current():
            event["request_id"] = request_id
        if record.exc_info:
            event["exception"] = self.formatException(record.exc_info)
        if record.stack_info:
            event["stack"] = self.formatStack(record.stack_info)
        return json.dumps(event, ensure_ascii=False)


FORMATTERS: dict[LogFormat, type[logging.Formatter]] = {
    "text": TextFormatter,
    "json": JsonFormatter,
}


def configure_logging(log_format: LogFormat) -> None:
    """Log to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(FORMATTERS[log_format]())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
