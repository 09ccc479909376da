"""Probes of a stack's programs: each returns an empty text when the program serves, else the reason why not."""

import smtplib
import socket
from collections.abc import Callable

import grpc
import httpx
import pika
import pymongo
from grpc_health.v1 import health_pb2, health_pb2_grpc
from pika.exceptions import AMQPError
from pymongo.errors import PyMongoError

Probe = Callable[[], str]

# Seconds that a healthy program on the same machine never needs to answer.
PATIENCE = 2.0


def listening(address: str) -> Probe:
    """Something accepts connections there."""

    def probe() -> str:
        host, _, port = address.rpartition(":")
        try:
            socket.create_connection((host, int(port)), timeout=PATIENCE).close()
        except OSError as error:
            return str(error)
        return ""

    return probe


def store(uri: str) -> Probe:
    """The store answers a ping."""

    def probe() -> str:
        try:
            with pymongo.MongoClient[dict[str, object]](uri, serverSelectionTimeoutMS=int(PATIENCE * 1000)) as client:
                client.admin.command("ping")
        except PyMongoError as error:
            return _first_line(error)
        return ""

    return probe


def broker(uri: str) -> Probe:
    """The broker lets a client in."""

    def probe() -> str:
        parameters = pika.URLParameters(uri)
        parameters.socket_timeout = parameters.stack_timeout = PATIENCE
        try:
            pika.BlockingConnection(parameters).close()
        except (AMQPError, OSError) as error:
            return f"{type(error).__name__} {_first_line(error)}".strip()
        return ""

    return probe


def mail(address: str) -> Probe:
    """The mail server greets."""

    def probe() -> str:
        host, _, port = address.rpartition(":")
        try:
            with smtplib.SMTP(host, int(port), timeout=PATIENCE) as client:
                client.noop()
        except (OSError, smtplib.SMTPException) as error:
            return _first_line(error)
        return ""

    return probe


def page(url: str) -> Probe:
    """The URL answers with success."""

    def probe() -> str:
        try:
            _get(url)
        except httpx.HTTPError as error:
            return _first_line(error)
        return ""

    return probe


def gateway(admin: str) -> Probe:
    """Envoy is ready, and holds none of the processes that it sends calls to for ill; `admin` is its own host:port."""

    def probe() -> str:
        try:
            _get(f"http://{admin}/ready")
            clusters = _get(f"http://{admin}/clusters?format=json").json()["cluster_statuses"]
        except httpx.HTTPError as error:
            return _first_line(error)
        hosts = ((cluster["name"], host["health_status"]) for cluster in clusters for host in cluster.get("host_statuses", ()))
        ill = sorted({name for name, health in hosts if health.get("failed_active_health_check")})
        return f"sends no calls to {', '.join(ill)}" if ill else ""

    return probe


def serving(address: str) -> Probe:
    """The gRPC server says SERVING (grpc.health.v1)."""

    def probe() -> str:
        with grpc.insecure_channel(address) as channel:
            try:
                check = health_pb2_grpc.HealthStub(channel).Check  # type: ignore[attr-defined]
                reply = check(health_pb2.HealthCheckRequest(), timeout=PATIENCE)
            except grpc.RpcError as error:
                return f"{error.code().name}: {_first_line(error.details())}"
        name: str = health_pb2.HealthCheckResponse.ServingStatus.Name(reply.status)
        return "" if name == "SERVING" else name

    return probe


def _get(url: str) -> httpx.Response:
    reply = httpx.get(url, timeout=PATIENCE, trust_env=False, verify=False)  # noqa: S501 — our own loopback
    return reply.raise_for_status()


def _first_line(error: object) -> str:
    return str(error).splitlines()[0][:200] if str(error) else ""
