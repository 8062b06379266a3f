"""OpenTelemetry traces, for whoever collects them; where nobody does, nothing of it is imported.

Spans go to a collector that speaks OTLP over HTTP, in batches and from a thread of their own: a
collector that is away costs spans, never an answer.
"""

import os
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from rakuten_mlops import request_ids
from rakuten_mlops.errors import TracesNotInstalled

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
# By which a process is told to which trace it belongs, as OpenTelemetry proposes for environments.
PARENT = "traceparent"
VARIABLE = "TRACEPARENT"
# The attribute that leads from a span to the lines of the log.
REQUEST = "request.id"

Progress = Callable[[str, float], None]


class Traces:
    """The traces of one process: off until `start`."""

    def __init__(self) -> None:
        self._provider: Any = None
        self._tracer: Any = None

    @property
    def on(self) -> bool:
        """Whether spans are made."""
        return self._tracer is not None

    def start(self, service: str, endpoint: str | None) -> None:
        """Begin to send spans, if there is somewhere to send them: an address, or OTEL_… of it.

        Raises TracesNotInstalled.
        """
        if not endpoint and not os.environ.get(ENDPOINT):
            return
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
        except ImportError as error:
            raise TracesNotInstalled(
                f"Traces are asked for, but {error.name} is not installed; install "
                "rakuten-mlops[traces], or unset RAKUTEN_OTLP_ENDPOINT and " + ENDPOINT
            ) from error
        address = f"{endpoint.rstrip('/')}/v1/traces" if endpoint else None
        # Not the process's global one: MLflow has spans of its own there.
        self._provider = TracerProvider(
            resource=Resource.create({"service.name": os.environ.get("OTEL_SERVICE_NAME", service)})
        )
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(address)))
        self._tracer = self._provider.get_tracer("rakuten_mlops")

    def stop(self) -> None:
        """Send what waits, and make no more."""
        provider, self._provider, self._tracer = self._provider, None, None
        if provider is not None:
            provider.shutdown()

    def span(self, name: str, **attributes: Any) -> AbstractContextManager[Any]:
        """A span around what is done in it, within the one that surrounds it."""
        if self._tracer is None:
            return nullcontext()
        return self._tracer.start_as_current_span(name, attributes=attributes)

    @contextmanager
    def entered(self, name: str, carrier: Mapping[str, str], kind: str) -> Generator[Any]:
        """The first span of this process in a trace that may have begun elsewhere; traces are on.

        `kind` is OpenTelemetry's: SERVER for a request, CONSUMER for work that was asked for.
        """
        from opentelemetry.trace import SpanKind
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        parent = TraceContextTextMapPropagator().extract(carrier)
        with self._tracer.start_as_current_span(name, context=parent, kind=SpanKind[kind]) as span:
            yield span

    def environment(self) -> dict[str, str]:
        """What tells a process to which span it owes its start."""
        if not self.on:
            return {}
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        carrier: dict[str, str] = {}
        TraceContextTextMapPropagator().inject(carrier)
        return {VARIABLE: carrier[PARENT]} if PARENT in carrier else {}

    @contextmanager
    def job(self, name: str) -> Generator[None]:
        """A span around the work for which this process was started; nothing where they are off."""
        if not self.on:
            yield
            return
        carrier = {PARENT: os.environ.get(VARIABLE, "")}
        with self.entered(name, carrier, "CONSUMER") as span:
            span.set_attribute(REQUEST, request_ids.current())
            yield

    @contextmanager
    def steps(self, note: Progress) -> Generator[Progress]:
        """A progress that makes a span of each step, from its first note to that of the next."""
        if not self.on:
            yield note
            return
        current: dict[str, Any] = {}

        def traced(step: str, done: float) -> None:
            if step not in current:
                end()
                current[step] = self._tracer.start_span(step)
            note(step, done)

        def end() -> None:
            for span in current.values():
                span.end()
            current.clear()

        try:
            yield traced
        finally:
            end()


# Of this process, as its logging is.
traces = Traces()
