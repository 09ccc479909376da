"""A server is healthy while its store answers, tells what it serves, and drains before it ends."""

import threading
import time
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from services.chassis.caller import Post
from services.chassis.server import Server
from tests.chassis.conftest import Desk
from tests.chassis.paper import paper_service
from tests.serving import As, Issuer, settings_for
from yimen.intake.v1 import applying_pb2, cases_pb2, intake_pb2_grpc, listing_pb2

SERVING = health_pb2.HealthCheckResponse.SERVING


@pytest.fixture
def server(store: str, tmp_path: Path) -> Server:
    """A server that the test itself stops."""
    return Server([paper_service()], settings_for(store, tmp_path), Issuer().verifier()).start()


def health_of(port: int, service: str = "") -> int:
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        request = health_pb2.HealthCheckRequest(service=service)
        health: Any = health_pb2_grpc.HealthStub(channel)
        return int(health.Check(request, timeout=5).status)


def test_health_is_told_for_the_process_and_for_each_service(server: Server) -> None:
    try:
        assert health_of(server.port) == SERVING
        assert health_of(server.port, "yimen.intake.v1.IntakeService") == SERVING
    finally:
        server.stop()


def test_reflection_tells_what_is_served(server: Server) -> None:
    try:
        with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
            ask: Any = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo
            request = reflection_pb2.ServerReflectionRequest(list_services="*")
            (reply,) = ask(iter([request]), timeout=5)
    finally:
        server.stop()
    names = {service.name for service in reply.list_services_response.service}
    assert {"yimen.intake.v1.IntakeService", "grpc.health.v1.Health"} <= names


def test_a_draining_server_says_so_first_and_loses_no_call(store: str, tmp_path: Path) -> None:
    issuer = Issuer()
    server = Server([paper_service()], settings_for(store, tmp_path), issuer.verifier()).start()
    failures: list[grpc.RpcError] = []
    answered = 0

    def call_until_turned_away() -> None:
        nonlocal answered
        with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
            papers = As(intake_pb2_grpc.IntakeServiceStub(channel), issuer.token("people/a", Post("CLERK", "440307")))
            health: Any = health_pb2_grpc.HealthStub(channel)
            while health.Check(health_pb2.HealthCheckRequest(), timeout=5).status == SERVING:
                try:
                    papers.ListCases(listing_pb2.ListCasesRequest(parent="halls/440307"))
                    answered += 1
                except grpc.RpcError as error:
                    failures.append(error)

    callers = [threading.Thread(target=call_until_turned_away) for _ in range(4)]
    for caller in callers:
        caller.start()
    time.sleep(0.3)
    server.stop(drain_seconds=0.5)
    for caller in callers:
        caller.join(10)
    assert answered
    assert not failures


def test_a_message_past_the_limit_is_refused(desk: Desk) -> None:
    case = cases_pb2.Case(matter="halls/440307/matters/a")
    case.form.update({"essay": "x" * (10 * 1024 * 1024)})
    with pytest.raises(grpc.RpcError) as refused:
        desk.by("filer").CreateCase(applying_pb2.CreateCaseRequest(parent="halls/440307", case=case))
    assert refused.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
