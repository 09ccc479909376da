"""The spans of the last traces, kept in SQLite so that they outlive a restart of the sink."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as SpanProto
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from stack.telemetry.attributes import Value, plain


@dataclass(frozen=True)
class Span:
    """One step of a trace, times in nanoseconds since 1970 (UTC)."""

    trace_id: str
    span_id: str
    parent_id: str
    service: str
    name: str
    kind: str
    start: int
    end: int
    failed: bool = False
    attributes: dict[str, Value] = field(default_factory=dict)

    @property
    def milliseconds(self) -> float:
        """How long the step took."""
        return (self.end - self.start) / 1e6


def spans_in(request: ExportTraceServiceRequest) -> Iterator[Span]:
    """The spans of an export, in its order."""
    for resource in request.resource_spans:
        service = str(plain(resource.resource.attributes).get("service.name", "unknown"))
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield Span(
                    trace_id=span.trace_id.hex(),
                    span_id=span.span_id.hex(),
                    parent_id=span.parent_span_id.hex(),
                    service=service,
                    name=span.name,
                    kind=SpanProto.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").lower(),
                    start=span.start_time_unix_nano,
                    end=span.end_time_unix_nano,
                    failed=span.status.code == Status.STATUS_CODE_ERROR,
                    attributes=plain(span.attributes),
                )


class Spans:
    """The traces that had a span most recently; older ones are forgotten as new ones come."""

    def __init__(self, file: Path | str, keep: int = 2_000) -> None:
        self._keep = keep
        self._db = sqlite3.connect(file)
        self._db.executescript(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;"
            "CREATE TABLE IF NOT EXISTS traces (id TEXT PRIMARY KEY, touched INTEGER NOT NULL);"
            "CREATE INDEX IF NOT EXISTS newest ON traces (touched);"
            "CREATE TABLE IF NOT EXISTS spans (trace TEXT NOT NULL, span TEXT NOT NULL, body TEXT NOT NULL,"
            " PRIMARY KEY (trace, span)) WITHOUT ROWID;"
        )

    def add(self, spans: Iterable[Span]) -> None:
        """Keeps spans; a span that comes twice, as exporters' retries bring it, is kept once."""
        rows = [(span.trace_id, span.span_id, json.dumps(asdict(span)), span.end) for span in spans]
        with self._db:
            self._db.executemany("INSERT OR REPLACE INTO spans VALUES (?, ?, ?)", (row[:3] for row in rows))
            self._db.executemany(
                "INSERT INTO traces VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET touched = max(touched, excluded.touched)",
                ((row[0], row[3]) for row in rows),
            )
            old = self._db.execute("SELECT id FROM traces ORDER BY touched DESC LIMIT -1 OFFSET ?", (self._keep,)).fetchall()
            self._db.executemany("DELETE FROM spans WHERE trace = ?", old)
            self._db.executemany("DELETE FROM traces WHERE id = ?", old)

    def of(self, trace_id: str) -> list[Span]:
        """The spans of one trace in the order of their start; none where it is unknown or forgotten."""
        rows = self._db.execute("SELECT body FROM spans WHERE trace = ?", (trace_id,))
        return sorted((Span(**json.loads(body)) for (body,) in rows), key=lambda span: (span.start, span.end))

    def latest(self, limit: int = 50) -> list[list[Span]]:
        """The spans of the traces touched last, newest trace first."""
        rows = self._db.execute("SELECT id FROM traces ORDER BY touched DESC LIMIT ?", (limit,)).fetchall()
        return [self.of(trace_id) for (trace_id,) in rows]
