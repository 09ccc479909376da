"""Traces, metrics and logs of a process, sent by OTLP over HTTP where OTEL_EXPORTER_OTLP_ENDPOINT says so."""

import json
import logging
import sys
from datetime import UTC, datetime

from opentelemetry import metrics, trace
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.pymongo import PymongoInstrumentor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind

from services.chassis.settings import Settings

_STANDARD_ATTRIBUTES = frozenset(vars(logging.makeLogRecord({})))


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """One JSON object a line, with the trace that it belongs to."""
        span = trace.get_current_span().get_span_context()
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **{key: value for key, value in vars(record).items() if key not in _STANDARD_ATTRIBUTES},
        }
        if span.is_valid:
            line["trace_id"] = f"{span.trace_id:032x}"
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class _WithinCalls(BatchSpanProcessor):
    """Leaves out the store's spans that belong to no call: outbox polling and health checks would drown the rest."""

    def on_end(self, span: ReadableSpan) -> None:
        if span.kind == SpanKind.CLIENT and span.parent is None:
            return
        super().on_end(span)


def start(process: str, settings: Settings) -> None:
    """Logs as JSON lines to standard error; traces and metrics under the name of the process where there is a collector."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("opentelemetry.instrumentation").setLevel(logging.WARNING)
    # Six errors and a traceback for each attempt to connect; the relay tells of it in one line.
    logging.getLogger("pika").setLevel(logging.CRITICAL)
    if not settings.otlp_endpoint:
        return
    resource = Resource.create({"service.name": process, "service.namespace": "yimen"})
    endpoint = settings.otlp_endpoint.rstrip("/")
    traces = TracerProvider(resource=resource)
    traces.add_span_processor(_WithinCalls(OTLPSpanExporter(f"{endpoint}/v1/traces"), schedule_delay_millis=500))
    trace.set_tracer_provider(traces)
    reader = PeriodicExportingMetricReader(OTLPMetricExporter(f"{endpoint}/v1/metrics"), export_interval_millis=10_000)
    metrics.set_meter_provider(MeterProvider([reader], resource=resource))
    PymongoInstrumentor().instrument()
