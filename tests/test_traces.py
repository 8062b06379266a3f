"""Traces, sent by the real exporter to a collector that speaks its protocol."""

import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from starlette.testclient import TestClient

from rakuten_mlops.api.app import create_app
from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.catalog.synthetic import synthesize
from rakuten_mlops.database import migrate, open_database
from rakuten_mlops.errors import TracesNotInstalled
from rakuten_mlops.settings import Settings
from rakuten_mlops.traces import Traces, traces
from rakuten_mlops.users import Users

TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PARENT = {"traceparent": f"00-{TRACE}-{CALLER}-01"}


class Collector:
    """An OTLP collector over HTTP that keeps what it is sent."""

    def __init__(self) -> None:
        collector, self.spans = self, []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                collector.keep(ExportTraceServiceRequest.FromString(body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def keep(self, request: ExportTraceServiceRequest) -> None:
        for resource in request.resource_spans:
            named = {each.key: each.value.string_value for each in resource.resource.attributes}
            for scope in resource.scope_spans:
                self.spans += [(named["service.name"], span) for span in scope.spans]

    def names(self, service: str) -> list[str]:
        return [span.name for name, span in self.spans if name == service]

    def span(self, name: str):
        (found,) = (span for _, span in self.spans if span.name == name)
        return found


@pytest.fixture
def collector():
    collector = Collector()
    yield collector
    collector.server.shutdown()
    collector.server.server_close()


@pytest.fixture
def settings(tmp_path, collector, monkeypatch):
    """A home with an administrator and listings, whose registry is a file."""
    # MLflow keeps the files of such a registry where its process stands.
    monkeypatch.chdir(tmp_path)
    settings = Settings(
        home=tmp_path,
        mlflow_url=f"sqlite:///{tmp_path / 'mlflow.db'}",
        otlp_endpoint=collector.url,
        shadow_share=0,
    )
    engine = open_database(settings.database)
    migrate(engine)
    Users(engine, tmp_path).add("admin", "admin", "admin-password")
    Catalog(engine).write(synthesize(50, seed=1), kind="synthetic", source="test", author="test")
    engine.dispose()
    return settings


@pytest.fixture
def api(settings):
    traces.start("rakuten-mlops-api", settings.otlp_endpoint)
    with TestClient(create_app(settings)) as client:
        client.auth = ("admin", "admin-password")
        yield client
    traces.stop()


def attributes(span) -> dict[str, object]:
    return {
        each.key: getattr(each.value, each.value.WhichOneof("value")) for each in span.attributes
    }


def test_a_request_is_a_span_of_its_callers_trace(api, collector):
    api.get("/me", headers=PARENT | {"X-Request-ID": "from-a-test"})
    traces.stop()

    span = collector.span("GET /me")
    assert (span.trace_id.hex(), span.parent_span_id.hex()) == (TRACE, CALLER)
    assert attributes(span) == {
        "http.request.method": "GET",
        "http.route": "/me",
        "http.response.status_code": 200,
        "request.id": "from-a-test",
    }


def test_a_prediction_is_a_span_within_its_request(api, collector):
    api.post("/predict", json={"designation": "Piscine"})
    traces.stop()

    request = collector.span("POST /predict")
    # The fast lane found no champion, and the route met that again.
    predictions = [span for _, span in collector.spans if span.name == "predict"]
    assert attributes(request)["http.response.status_code"] == 503
    assert {span.parent_span_id for span in predictions} == {request.span_id}


def test_a_training_goes_on_with_the_trace_of_the_request_that_asked_for_it(api, collector):
    job = api.post("/training", json={}, headers=PARENT).json()
    services = api.app.inner.state.services
    for thread in threading.enumerate():
        if thread.name == f"training {job['id']}":
            thread.join()
    traces.stop()

    training, request = collector.span("training"), collector.span("POST /training")
    assert services.jobs.get(job["id"]).request_id == job["request_id"]
    assert training.trace_id.hex() == request.trace_id.hex() == TRACE
    assert training.parent_span_id == request.span_id
    steps = {"read", "vectorise", "fit", "register", "judge"}
    assert steps <= set(collector.names("rakuten-mlops-training"))
    assert collector.span("read").parent_span_id == training.span_id
    assert attributes(training)["request.id"] == job["request_id"]


def test_steps_become_spans_that_follow_each_other(collector):
    own, noted = Traces(), []
    own.start("a test", collector.url)

    with own.steps(lambda *said: noted.append(said)) as progress:
        for said in (("fit", 0.1), ("fit", 0.5), ("register", 0.7)):
            progress(*said)
    own.stop()

    assert noted == [("fit", 0.1), ("fit", 0.5), ("register", 0.7)]
    assert collector.names("a test") == ["fit", "register"]


def test_where_nobody_collects_nothing_is_imported_and_nothing_is_said():
    script = """
import sys
from rakuten_mlops.traces import traces
traces.start("a test", None)
with traces.span("predict"), traces.job("training"), traces.steps(print) as progress:
    assert progress is print
assert traces.environment() == {}
print(any(name.startswith("opentelemetry") for name in sys.modules))
"""
    environment = {name: value for name, value in os.environ.items() if "OTEL" not in name}
    ran = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )

    assert ran.stdout == "False\n"


def test_a_collector_without_what_sends_to_it_is_refused_with_a_remedy(monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)

    with pytest.raises(TracesNotInstalled, match=r"install rakuten-mlops\[traces\]"):
        Traces().start("a test", "http://127.0.0.1:9")
