import gzip
from collections.abc import Iterator

import httpx
import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans
from opentelemetry.proto.trace.v1.trace_pb2 import Span as SpanProto
from rich.console import Console

from stack import Stack
from stack.telemetry.spans import Span, Spans, spans_in
from stack.telemetry.tree import tree

MS = 1_000_000


def an_export(service: str, *spans: SpanProto) -> ExportTraceServiceRequest:
    resource = Resource(attributes=[KeyValue(key="service.name", value=AnyValue(string_value=service))])
    return ExportTraceServiceRequest(resource_spans=[ResourceSpans(resource=resource, scope_spans=[ScopeSpans(spans=spans)])])


def a_span(trace: int, span: int, *, name: str = "step", parent: int = 0, start: int = 0, end: int = 1) -> SpanProto:
    return SpanProto(
        trace_id=trace.to_bytes(16),
        span_id=span.to_bytes(8),
        parent_span_id=parent.to_bytes(8) if parent else b"",
        name=name,
        kind=SpanProto.SPAN_KIND_SERVER,
        start_time_unix_nano=start * MS,
        end_time_unix_nano=end * MS,
        attributes=[KeyValue(key="db.collection.name", value=AnyValue(string_value="cases"))],
    )


@pytest.fixture(scope="module")
def sink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    stack = Stack(tmp_path_factory.mktemp("telemetry"), only=["telemetry"])
    try:
        stack.start()
        with httpx.Client(base_url=stack.env["OTEL_EXPORTER_OTLP_ENDPOINT"], trust_env=False) as client:
            yield client
    finally:
        stack.stop()


def trace_id(number: int) -> str:
    return number.to_bytes(16).hex()


def test_a_trace_is_read_back_across_services_in_the_order_of_its_steps(sink: httpx.Client) -> None:
    sink.post("/v1/traces", content=an_export("intake", a_span(1, 2, parent=1, start=5, end=8)).SerializeToString())
    sink.post("/v1/traces", content=an_export("gateway", a_span(1, 1, start=1, end=9)).SerializeToString())

    spans = sink.get(f"/traces/{trace_id(1)}").json()

    assert [(span["service"], span["kind"]) for span in spans] == [("gateway", "server"), ("intake", "server")]
    assert spans[1]["parent_id"] == spans[0]["span_id"]
    assert spans[1]["attributes"] == {"db.collection.name": "cases"}


def test_an_export_may_be_gzipped(sink: httpx.Client) -> None:
    body = gzip.compress(an_export("intake", a_span(2, 1)).SerializeToString())

    reply = sink.post("/v1/traces", content=body, headers={"content-encoding": "gzip"})

    assert reply.status_code == 200
    assert len(sink.get(f"/traces/{trace_id(2)}").json()) == 1


def test_a_repeated_export_keeps_a_span_once(sink: httpx.Client) -> None:
    for _ in range(2):
        sink.post("/v1/traces", content=an_export("intake", a_span(3, 1)).SerializeToString())

    assert len(sink.get(f"/traces/{trace_id(3)}").json()) == 1


def test_the_oldest_traces_are_forgotten() -> None:
    spans = Spans(":memory:", keep=3)
    for number in range(1, 6):
        spans.add(spans_in(an_export("intake", a_span(number, 1, end=number))))

    assert [trace[0].trace_id for trace in spans.latest()] == [trace_id(5), trace_id(4), trace_id(3)]
    assert spans.of(trace_id(1)) == []


def test_a_trace_that_is_not_kept_is_not_found(sink: httpx.Client) -> None:
    assert sink.get(f"/traces/{trace_id(99)}").status_code == 404


@pytest.mark.parametrize("headers", [{}, {"content-encoding": "gzip"}])
def test_what_is_no_export_is_refused(sink: httpx.Client, headers: dict[str, str]) -> None:
    assert sink.post("/v1/traces", content=b"\xff\xff nonsense", headers=headers).status_code == 400


def test_the_last_reading_of_a_series_is_kept(sink: httpx.Client) -> None:
    for value in (3, 4):
        export = ExportMetricsServiceRequest()
        metric = export.resource_metrics.add().scope_metrics.add().metrics.add(name="calls", unit="1")
        metric.sum.data_points.add(as_int=value)
        sink.post("/v1/metrics", content=export.SerializeToString())

    assert [(reading["name"], reading["value"]) for reading in sink.get("/metrics").json()] == [("calls", 4.0)]


def test_the_tree_puts_every_step_under_its_caller() -> None:
    spans = [
        Span("t" * 32, "a", "", "gateway", "POST /v1/cases", "server", 0, 10 * MS),
        Span("t" * 32, "b", "a", "intake", "CreateCase", "server", 2 * MS, 9 * MS),
        Span("t" * 32, "c", "b", "intake", "insert", "client", 3 * MS, 4 * MS, attributes={"db.collection.name": "cases"}),
        Span("t" * 32, "d", "b", "matters", "GetMatter", "server", 5 * MS, 6 * MS, failed=True),
    ]
    console = Console(width=120, record=True, file=open("/dev/null", "w"))  # noqa: SIM115

    console.print(tree(spans), soft_wrap=True)

    lines = [line.rstrip() for line in console.export_text().splitlines()]
    assert "4 spans in 3 services, 10.0 ms" in lines[0]
    assert [line.split(" ms  ", 1)[1] for line in lines[1:]] == [
        "gateway POST /v1/cases",
        "└─ intake CreateCase",
        "   ├─ intake insert cases",
        "   └─ matters GetMatter failed",
    ]


def test_a_step_whose_caller_is_unknown_is_still_shown() -> None:
    console = Console(width=120, record=True, file=open("/dev/null", "w"))  # noqa: SIM115

    console.print(tree([Span("t" * 32, "b", "lost", "intake", "CreateCase", "server", 0, MS)]))

    assert "intake CreateCase" in console.export_text()
