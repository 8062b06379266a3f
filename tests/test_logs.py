import io
import json
import logging
from contextvars import copy_context

import pytest

from rakuten_mlops import request_ids
from rakuten_mlops.logs import FORMATTERS


@pytest.fixture
def written():
    return io.StringIO()


@pytest.fixture
def logger(request, written):
    """A logger of its own in a format that the test asks for."""
    handler = logging.StreamHandler(written)
    handler.setFormatter(FORMATTERS[request.param]())
    logger = logging.getLogger("rakuten_mlops.somewhere")
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    yield logger
    logger.removeHandler(handler)


def about(request_id, log, *arguments):
    """Log in a context of its own, about a request."""

    def tell():
        request_ids.enter(request_id)
        log(*arguments)

    copy_context().run(tell)


text = pytest.mark.parametrize("logger", ["text"], indirect=True)
as_json = pytest.mark.parametrize("logger", ["json"], indirect=True)


@text
def test_a_line_of_text_names_its_request_at_the_end(logger, written):
    about("abc-1", logger.warning, "version %s cannot be loaded", "7")

    assert written.getvalue().endswith(
        "Z WARNING rakuten_mlops.somewhere version 7 cannot be loaded [abc-1]\n"
    )


@text
def test_a_line_about_no_request_names_none(logger, written):
    about("", logger.info, "now serving version 7")

    assert written.getvalue().endswith("now serving version 7\n")


@as_json
def test_a_json_line_holds_the_event_and_its_request(logger, written):
    about("abc-1", logger.error, "« %s »\nis too long", "Piscine")

    event = json.loads(written.getvalue())
    assert event.pop("at").endswith("Z")
    assert event.pop("process") > 0
    assert event == {
        "level": "ERROR",
        "logger": "rakuten_mlops.somewhere",
        "message": "« Piscine »\nis too long",
        "request_id": "abc-1",
    }


@as_json
def test_an_exception_stays_in_its_line(logger, written):
    try:
        raise ValueError("of no worth")
    except ValueError:
        about("", logger.exception, "it failed")

    lines = written.getvalue().splitlines()
    assert len(lines) == 1
    event = json.loads(lines[0])
    assert "request_id" not in event
    assert event["exception"].endswith("ValueError: of no worth")
