"""Envoy's configuration: one port for gRPC, JSON and pages. `python -m gateway.envoy FOLDER` writes it from the environment."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from gateway import clusters, filters, replies
from gateway.contract import Contract, Rpc
from gateway.filters import MEBIBYTE, Limits
from gateway.portal.guard import Cookies

_PAGE_SECONDS = 15
# As the portal calls its visitors' cookie, over plain HTTP and over TLS.
_SESSION_COOKIES = (Cookies(secure=False).session, Cookies(secure=True).session)


@dataclass(frozen=True)
class Tls:
    """Files in PEM."""

    certificates: str
    key: str


def configuration(
    *,
    listen: str,
    admin: str,
    services: Mapping[str, Sequence[str]],
    portals: Sequence[str],
    telemetry: str = "",
    limits: Limits | None = None,
    tls: Tls | None = None,
    contract: Contract | None = None,
) -> dict[str, Any]:
    """The whole configuration, as JSON-ready data; it names no file but those of `tls`.

    Addresses are "host:port"; a service and the portal have one a process, or one name that resolves to all of them.
    `telemetry` takes OTLP over HTTP; empty: no traces. KeyError where a service of the contract has no address.
    """
    limits = limits or Limits()
    contract = contract or Contract.read()
    owners = sorted({rpc.owner for rpc in contract.rpcs})
    upstream = [clusters.grpc(owner, services[owner]) for owner in owners]
    upstream += [clusters.pages("portal", portals), clusters.keys()]
    if telemetry:
        upstream.append(clusters.plain("telemetry", [telemetry]))
    return {
        "node": {"id": "gateway", "cluster": "yimen"},
        "admin": {"address": clusters.address(admin)},
        "bootstrap_extensions": [
            filters.typed("envoy.bootstrap.internal_listener", "extensions.bootstrap.internal_listener.v3.InternalListener")
        ],
        "overload_manager": _connections(10_000),
        "static_resources": {
            "listeners": [_public(listen, contract, limits, tls, telemetry), _for_keys(contract)],
            "clusters": upstream,
        },
    }


def _public(listen: str, contract: Contract, limits: Limits, tls: Tls | None, telemetry: str) -> dict[str, Any]:
    manager = {
        **_manager("public", contract, _routes(contract, limits)),
        "use_remote_address": True,
        "normalize_path": True,
        "merge_slashes": True,
        "path_with_escaped_slashes_action": "REJECT_REQUEST",
        "server_name": "yimen",
        "max_request_headers_kb": 32,
        "request_headers_timeout": "10s",
        "stream_idle_timeout": f"{limits.stream_seconds}s",
        "common_http_protocol_options": {
            "idle_timeout": "300s",
            "max_headers_count": 100,
            "headers_with_underscores_action": "REJECT_REQUEST",
        },
        "http2_protocol_options": {
            "max_concurrent_streams": 100,
            "initial_stream_window_size": MEBIBYTE,
            "initial_connection_window_size": 4 * MEBIBYTE,
            "connection_keepalive": {"interval": "30s", "timeout": "10s"},
        },
        "early_header_mutation_extensions": [filters.without_spoofed_headers()],
        "local_reply_config": replies.local_reply_config(),
        "access_log": [filters.access_log()],
        "http_filters": [
            filters.compressor(),
            filters.address_rate(limits),
            filters.transcoder(contract, limits),
            filters.jwt(contract),
            filters.person_rate(limits),
            filters.buffer(limits),
            filters.router(),
        ],
    }
    if telemetry:
        manager["tracing"] = filters.tracing(telemetry)
    chain: dict[str, Any] = {"filters": [_http(manager)]}
    if tls:
        chain["transport_socket"] = _terminate(tls)
    return {
        "name": "public",
        "address": clusters.address(listen),
        "per_connection_buffer_limit_bytes": MEBIBYTE,
        "filter_chains": [chain],
    }


def _for_keys(contract: Contract) -> dict[str, Any]:
    """Where the gateway itself asks for the public keys: inside the process, past limits and tokens."""
    [keys] = [rpc for rpc in contract.rpcs if rpc.method == "GetKeys" and rpc.owner == "identity"]
    routes = [{"match": {"path": keys.path}, "route": {"cluster": keys.owner, "timeout": "2s"}}]
    manager = _manager("keys", contract, routes)
    manager["http_filters"] = [filters.transcoder(contract, Limits()), filters.router()]
    return {"name": "keys", "internal_listener": {}, "filter_chains": [{"filters": [_http(manager)]}]}


def _manager(name: str, contract: Contract, routes: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "stat_prefix": name,
        "route_config": {
            "name": name,
            "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes}],
        },
    }


def _routes(contract: Contract, limits: Limits) -> list[dict[str, Any]]:
    """A route an RPC; what looks like the API but is none is refused; everything else is the portal's."""
    unknown = {"direct_response": {"status": 404}}
    return [
        {
            "match": {"path": "/healthz"},
            "direct_response": {"status": 200, "body": {"inline_string": "ok\n"}},
            "tracing": {"overall_sampling": {"numerator": 0}},
        },
        *(_route(rpc, limits) for rpc in contract.rpcs),
        {"match": {"prefix": "/", "grpc": {}}, **unknown},
        {"match": {"prefix": "/yimen."}, **unknown},
        {"match": {"prefix": "/v1/"}, **unknown},
        {"match": {"prefix": "/.well-known/"}, **unknown},
        {
            # Files that a form carries: streamed to the portal, which limits their size.
            "name": "uploads",
            "match": {"prefix": "/uploads/"},
            "route": _to_portal(limits.stream_seconds),
            "decorator": _decorator("uploads"),
            "typed_per_filter_config": {"buffer": _unbuffered()},
        },
        {
            # Files that the portal passes on from a service's stream.
            "name": "downloads",
            "match": {"prefix": "/downloads/"},
            "route": _to_portal(limits.stream_seconds),
            "decorator": _decorator("downloads"),
        },
        {
            "name": "pages",
            "match": {"prefix": "/"},
            "route": _to_portal(_PAGE_SECONDS),
            "decorator": _decorator("pages"),
        },
    ]


def _to_portal(seconds: float) -> dict[str, Any]:
    """To the process that this visitor's cookie leads to; to any, for who has none."""
    return {
        "cluster": "portal",
        "timeout": f"{seconds}s",
        "hash_policy": [{"cookie": {"name": name}} for name in _SESSION_COOKIES],
        # Before the portal has seen a request it may always be sent again.
        "retry_policy": {"retry_on": "connect-failure,refused-stream,reset-before-request", "num_retries": 2},
    }


def _route(rpc: Rpc, limits: Limits) -> dict[str, Any]:
    longest = f"{limits.stream_seconds if rpc.streams else limits.call_seconds}s"
    # Before a service has seen a call it may always be sent again; a read may be repeated later too.
    retry_on = "connect-failure,refused-stream" + (",reset,unavailable" if rpc.reads and not rpc.streams else "")
    route: dict[str, Any] = {
        "name": rpc.path.removeprefix("/"),
        "match": {"path": rpc.path},
        "decorator": _decorator(rpc.path.removeprefix("/")),
        "route": {
            "cluster": rpc.owner,
            # A client's grpc-timeout holds as far as it is shorter.
            "max_stream_duration": {"max_stream_duration": longest, "grpc_timeout_header_max": longest},
            "retry_policy": {
                "retry_on": retry_on,
                "num_retries": 2,
                "retry_back_off": {"base_interval": "0.05s", "max_interval": "0.5s"},
            },
        },
    }
    if rpc.client_streams:
        route["typed_per_filter_config"] = {"buffer": _unbuffered()}
    return route


def _unbuffered() -> dict[str, Any]:
    return {"@type": f"{filters.TYPE}extensions.filters.http.buffer.v3.BufferPerRoute", "disabled": True}


def _decorator(operation: str) -> dict[str, Any]:
    return {"operation": operation, "propagate": False}


def _terminate(tls: Tls) -> dict[str, Any]:
    files = {"certificate_chain": {"filename": tls.certificates}, "private_key": {"filename": tls.key}}
    return filters.typed(
        "tls",
        "extensions.transport_sockets.tls.v3.DownstreamTlsContext",
        common_tls_context={
            "alpn_protocols": ["h2", "http/1.1"],
            "tls_params": {"tls_minimum_protocol_version": "TLSv1_2"},
            "tls_certificates": [files],
        },
    )


def _http(manager: dict[str, Any]) -> dict[str, Any]:
    kind = "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
    return filters.typed("http", kind, **manager)


def _connections(most: int) -> dict[str, Any]:
    kind = "extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig"
    name = "envoy.resource_monitors.global_downstream_max_connections"
    return {"resource_monitors": [filters.typed(name, kind, max_active_downstream_connections=most)]}


class Surroundings(BaseSettings):
    """What the gateway is told by its environment."""

    model_config = SettingsConfigDict(env_prefix="YIMEN_", populate_by_name=True, extra="ignore")

    listen: str = "0.0.0.0:8080"  # the public port
    admin: str = "127.0.0.1:9901"
    addresses: dict[str, str]
    portal: str
    limits: Limits = Limits()
    telemetry: str = Field("", alias="OTEL_EXPORTER_OTLP_ENDPOINT")
    tls_certificates: str = Field("", description="PEM file; with tls_key, the public port speaks TLS.")
    tls_key: str = ""


def main(folder: Path) -> None:
    """Writes envoy.json into a folder."""
    told = Surroundings()
    written = configuration(
        listen=told.listen,
        admin=told.admin,
        services={service: [address] for service, address in told.addresses.items()},
        portals=[told.portal],
        limits=told.limits,
        telemetry=told.telemetry.removeprefix("http://").rstrip("/"),
        tls=Tls(told.tls_certificates, told.tls_key) if told.tls_certificates else None,
    )
    (folder / "envoy.json").write_text(json.dumps(written, indent=1))


if __name__ == "__main__":
    match sys.argv[1:]:
        case [folder]:
            main(Path(folder))
        case _:
            sys.exit("usage: python -m gateway.envoy FOLDER")
