"""The OTLP/HTTP sink: `python -m stack.telemetry.sink FILE` listens on YIMEN_LISTEN.

POST /v1/traces and /v1/metrics take protobuf (gzip or not), as OTLP 1.x says; GET /traces/{id}, /traces and /metrics give JSON.
"""

import gzip
import os
import sys
import zlib
from dataclasses import asdict
from typing import TypeVar

import uvicorn
from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest, ExportTraceServiceResponse
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from stack.telemetry.metrics import Metrics
from stack.telemetry.spans import Spans, spans_in

M = TypeVar("M", bound=Message)


def application(spans: Spans, metrics: Metrics) -> Starlette:
    """The sink over what it keeps. Its handlers wait for nothing but the body, so SQLite is used by one thread."""

    async def take_traces(request: Request) -> Response:
        spans.add(spans_in(await _export(request, ExportTraceServiceRequest())))
        return _protobuf(ExportTraceServiceResponse())

    async def take_metrics(request: Request) -> Response:
        metrics.add(await _export(request, ExportMetricsServiceRequest()))
        return _protobuf(ExportMetricsServiceResponse())

    async def one(request: Request) -> Response:
        found = spans.of(request.path_params["id"].lower())
        if not found:
            raise HTTPException(404, "no such trace is kept")
        return JSONResponse([asdict(span) for span in found])

    async def latest(request: Request) -> Response:
        limit = request.query_params.get("limit", "50")
        if not limit.isdecimal():
            raise HTTPException(400, "limit is a number of traces")
        return JSONResponse([[asdict(span) for span in trace] for trace in spans.latest(min(int(limit), 500))])

    async def last(_: Request) -> Response:
        return JSONResponse([asdict(reading) for reading in metrics.last()])

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok")

    return Starlette(
        routes=[
            Route("/v1/traces", take_traces, methods=["POST"]),
            Route("/v1/metrics", take_metrics, methods=["POST"]),
            Route("/traces", latest),
            Route("/traces/{id}", one),
            Route("/metrics", last),
            Route("/healthz", healthz),
        ]
    )


async def _export(request: Request, message: M) -> M:
    body = await request.body()
    try:
        if request.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        message.ParseFromString(body)
    except (DecodeError, OSError, EOFError, zlib.error) as error:
        raise HTTPException(400, f"not an OTLP export in protobuf: {error}") from error
    return message


def _protobuf(message: Message) -> Response:
    return Response(message.SerializeToString(), media_type="application/x-protobuf")


if __name__ == "__main__":
    sink = application(Spans(sys.argv[1]), Metrics())
    host, _, port = os.environ["YIMEN_LISTEN"].rpartition(":")
    uvicorn.run(sink, host=host, port=int(port), log_level="warning", access_log=False, timeout_graceful_shutdown=1)
