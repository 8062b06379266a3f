"""Logging of every process, set up once where the process starts."""

import logging
import time

FORMAT = "%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s %(message)s"


def configure_logging() -> None:
    """Log to standard error, one line an event, times in UTC."""
    handler = logging.StreamHandler()
    formatter = logging.Formatter(FORMAT, datefmt="%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for chatty in ("alembic", "mlflow", "httpx2", "httpcore2", "matplotlib"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
