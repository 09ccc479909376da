"""Envoy's configuration: one port for gRPC, JSON and pages. `python -m gateway.envoy FOLDER` writes it from the environment."""

import base64
import ipaddress
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from gateway import replies
from gateway.contract import Contract, Rpc

ISSUER = "yimen"
_TYPE = "type.googleapis.com/envoy."
_MEBIBYTE = 1024 * 1024
JWKS_PATH = "/.well-known/jwks.json"


@dataclass(frozen=True)
class Limits:
    """What one caller, and one call, may take."""

    # Calls a second, and how many may come at once after a pause. An address may be a whole office.
    address_per_second: int = 500
    person_per_second: int = 50
    burst: int = 4
    # Of one message. A streamed upload is any number of messages, and its service limits the sum.
    message_bytes: int = 4 * _MEBIBYTE
    call_seconds: int = 30
    stream_seconds: int = 120


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
    portal: str,
    telemetry: str = "",
    limits: Limits | None = None,
    tls: Tls | None = None,
    contract: Contract | None = None,
) -> dict[str, Any]:
    """The whole configuration, as JSON-ready data; it names no file but those of `tls`.

    Addresses are "host:port"; a service has one address a process, or one name that resolves to all of them. `telemetry` takes
    OTLP over HTTP; empty: no traces. KeyError where a service of the contract has no address.
    """
    limits = limits or Limits()
    contract = contract or Contract.read()
    owners = sorted({rpc.owner for rpc in contract.rpcs})
    clusters = [_grpc_cluster(owner, services[owner]) for owner in owners]
    clusters += [_cluster("portal", [portal]), _internal_cluster()]
    if telemetry:
        clusters.append(_cluster("telemetry", [telemetry]))
    return {
        "node": {"id": "gateway", "cluster": "yimen"},
        "admin": {"address": _address(admin)},
        "bootstrap_extensions": [
            _typed("envoy.bootstrap.internal_listener", "extensions.bootstrap.internal_listener.v3.InternalListener")
        ],
        "overload_manager": _connections(10_000),
        "static_resources": {
            "listeners": [_public(listen, contract, limits, tls, telemetry), _for_keys(contract)],
            "clusters": clusters,
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
            "initial_stream_window_size": _MEBIBYTE,
            "initial_connection_window_size": 4 * _MEBIBYTE,
            "connection_keepalive": {"interval": "30s", "timeout": "10s"},
        },
        "early_header_mutation_extensions": [_without_spoofed_headers()],
        "local_reply_config": replies.local_reply_config(),
        "access_log": [_access_log()],
        "http_filters": [
            _rate_limit("address", limits.address_per_second, limits.burst, {"remote_address": {}}),
            _transcoder(contract, limits),
            _jwt(contract),
            _rate_limit("person", limits.person_per_second, limits.burst, _CLAIMED_PERSON),
            _buffer(limits),
            _router(),
        ],
    }
    if telemetry:
        manager["tracing"] = _tracing(telemetry)
    chain: dict[str, Any] = {"filters": [_http(manager)]}
    if tls:
        chain["transport_socket"] = _terminate(tls)
    return {
        "name": "public",
        "address": _address(listen),
        "per_connection_buffer_limit_bytes": _MEBIBYTE,
        "filter_chains": [chain],
    }


def _for_keys(contract: Contract) -> dict[str, Any]:
    """Where the gateway itself asks for the public keys: inside the process, past limits and tokens."""
    [keys] = [rpc for rpc in contract.rpcs if rpc.method == "GetKeys" and rpc.owner == "identity"]
    routes = [{"match": {"path": keys.path}, "route": {"cluster": keys.owner, "timeout": "2s"}}]
    manager = _manager("keys", contract, routes)
    manager["http_filters"] = [_transcoder(contract, Limits()), _router()]
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
            "name": "pages",
            "match": {"prefix": "/"},
            "route": {"cluster": "portal", "timeout": "15s"},
            "decorator": _decorator("pages"),
        },
    ]


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
        route["typed_per_filter_config"] = {
            "buffer": {"@type": f"{_TYPE}extensions.filters.http.buffer.v3.BufferPerRoute", "disabled": True}
        }
    return route


def _decorator(operation: str) -> dict[str, Any]:
    return {"operation": operation, "propagate": False}


def _transcoder(contract: Contract, limits: Limits) -> dict[str, Any]:
    return _typed(
        "transcoder",
        "extensions.filters.http.grpc_json_transcoder.v3.GrpcJsonTranscoder",
        proto_descriptor_bin=base64.b64encode(contract.descriptors).decode(),
        services=contract.services,
        convert_grpc_status=True,
        max_request_body_size=limits.message_bytes,
        # A download's message is base64 while it is taken apart.
        max_response_body_size=4 * limits.message_bytes,
        request_validation_options={"reject_unknown_query_parameters": True},
        print_options={"stream_newline_delimited": True},
    )


def _jwt(contract: Contract) -> dict[str, Any]:
    """A token that is there has to be good; where it may be missing the contract says so."""
    provider = {
        "issuer": ISSUER,
        "audiences": [ISSUER],
        "forward": True,
        "from_headers": [{"name": "authorization", "value_prefix": "Bearer "}],
        "payload_in_metadata": "payload",
        "jwt_cache_config": {"jwt_cache_size": 1000},
        "remote_jwks": {
            "http_uri": {"uri": f"http://keys{JWKS_PATH}", "cluster": "keys", "timeout": "2s"},
            "cache_duration": "60s",
            "async_fetch": {"fast_listener": True, "failed_refetch_duration": "1s"},
            "retry_policy": {"num_retries": 3},
        },
    }
    must = {"provider_name": ISSUER}
    may = {"requires_any": {"requirements": [must, {"allow_missing": {}}]}}
    return _typed(
        "jwt",
        "extensions.filters.http.jwt_authn.v3.JwtAuthentication",
        providers={ISSUER: provider},
        rules=[{"match": {"path": rpc.path}, "requires": may if rpc.anyone else must} for rpc in contract.rpcs],
    )


_CLAIMED_PERSON = {
    "metadata": {
        "descriptor_key": "person",
        "metadata_key": {"key": "envoy.filters.http.jwt_authn", "path": [{"key": "payload"}, {"key": "sub"}]},
        "skip_if_absent": True,
    }
}


def _rate_limit(name: str, per_second: int, burst: int, action: dict[str, Any]) -> dict[str, Any]:
    """A token bucket of its own for each value that the action yields."""
    bucket = {"max_tokens": per_second * burst, "tokens_per_fill": per_second, "fill_interval": "1s"}
    unlimited = {"max_tokens": 4_000_000_000, "tokens_per_fill": 4_000_000_000, "fill_interval": "1s"}
    enabled = {"default_value": {"numerator": 100, "denominator": "HUNDRED"}}
    key = "remote_address" if "remote_address" in action else "person"
    return _typed(
        f"rate-{name}",
        "extensions.filters.http.local_ratelimit.v3.LocalRateLimit",
        stat_prefix=f"rate_{name}",
        token_bucket=unlimited,
        filter_enabled=enabled,
        filter_enforced=enabled,
        rate_limited_as_resource_exhausted=True,
        max_dynamic_descriptors=20_000,
        rate_limits=[{"actions": [action]}],
        # No value: every value has its own bucket.
        descriptors=[{"entries": [{"key": key}], "token_bucket": bucket}],
    )


def _buffer(limits: Limits) -> dict[str, Any]:
    """Holds a call until its message is whole, so that one that is too large is refused in words, by no service."""
    # gRPC puts five bytes before a message.
    return _typed("buffer", "extensions.filters.http.buffer.v3.Buffer", max_request_bytes=limits.message_bytes + 5)


def _router() -> dict[str, Any]:
    return _typed("router", "extensions.filters.http.router.v3.Router", suppress_envoy_headers=True)


def _http(manager: dict[str, Any]) -> dict[str, Any]:
    kind = "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
    return _typed("http", kind, **manager)


_REMOVED = [{"remove_on_match": {"key_matcher": {"prefix": prefix}}} for prefix in ("x-envoy-", "x-yimen-", "x-forwarded-")]


def _without_spoofed_headers() -> dict[str, Any]:
    """Removes what only the platform itself may say."""
    return _typed(
        "spoofed",
        "extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation",
        mutations=_REMOVED,
    )


def _access_log() -> dict[str, Any]:
    """One line of JSON a call, without address, query, token or any other thing that tells of a person."""
    line = {
        "time": "%START_TIME%",
        "call": "%ROUTE_NAME%",
        "method": "%REQ(:METHOD)%",
        "protocol": "%PROTOCOL%",
        "status": "%RESPONSE_CODE%",
        "grpc_status": "%GRPC_STATUS%",
        "cause": "%RESPONSE_CODE_DETAILS%",
        "flags": "%RESPONSE_FLAGS%",
        "received_bytes": "%BYTES_RECEIVED%",
        "sent_bytes": "%BYTES_SENT%",
        "milliseconds": "%DURATION%",
        "service": "%UPSTREAM_CLUSTER%",
        "trace_id": "%TRACE_ID%",
    }
    return {
        **_typed("stdout", "extensions.access_loggers.stream.v3.StdoutAccessLog", log_format={"json_format": line}),
        "filter": {"not_health_check_filter": {}},
    }


def _tracing(telemetry: str) -> dict[str, Any]:
    return {
        "provider": _typed(
            "opentelemetry",
            "config.trace.v3.OpenTelemetryConfig",
            service_name="gateway",
            http_service={
                "http_uri": {"uri": f"http://{telemetry}/v1/traces", "cluster": "telemetry", "timeout": "2s"},
            },
        ),
        "random_sampling": {"value": 100},
    }


def _terminate(tls: Tls) -> dict[str, Any]:
    files = {"certificate_chain": {"filename": tls.certificates}, "private_key": {"filename": tls.key}}
    return _typed(
        "tls",
        "extensions.transport_sockets.tls.v3.DownstreamTlsContext",
        common_tls_context={
            "alpn_protocols": ["h2", "http/1.1"],
            "tls_params": {"tls_minimum_protocol_version": "TLSv1_2"},
            "tls_certificates": [files],
        },
    )


def _grpc_cluster(name: str, addresses: Sequence[str]) -> dict[str, Any]:
    return {
        **_cluster(name, addresses),
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": f"{_TYPE}extensions.upstreams.http.v3.HttpProtocolOptions",
                "explicit_http_config": {
                    "http2_protocol_options": {"connection_keepalive": {"interval": "30s", "timeout": "5s"}}
                },
            }
        },
        "health_checks": [
            {
                "grpc_health_check": {},
                "timeout": "2s",
                "interval": "1s",
                # Without calls too, or a service that came back would be found only by the first that fails.
                "no_traffic_interval": "1s",
                "no_traffic_healthy_interval": "2s",
                "unhealthy_threshold": 2,
                "healthy_threshold": 1,
            }
        ],
        # No call is sent where the health check says that nobody serves.
        "common_lb_config": {"healthy_panic_threshold": {"value": 0}},
        "lb_policy": "LEAST_REQUEST",
    }


def _cluster(name: str, addresses: Sequence[str]) -> dict[str, Any]:
    endpoints = [{"endpoint": {"address": _address(address)}} for address in addresses]
    named = not all(_is_ip(address) for address in addresses)
    return {
        "name": name,
        "type": "STRICT_DNS" if named else "STATIC",
        **({"dns_lookup_family": "V4_PREFERRED", "dns_refresh_rate": "5s"} if named else {}),
        "connect_timeout": "1s",
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": endpoints}]},
    }


def _internal_cluster() -> dict[str, Any]:
    keys = {"envoy_internal_address": {"server_listener_name": "keys"}}
    return {
        "name": "keys",
        "type": "STATIC",
        "load_assignment": {"cluster_name": "keys", "endpoints": [{"lb_endpoints": [{"endpoint": {"address": keys}}]}]},
    }


def _connections(most: int) -> dict[str, Any]:
    kind = "extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig"
    name = "envoy.resource_monitors.global_downstream_max_connections"
    return {"resource_monitors": [_typed(name, kind, max_active_downstream_connections=most)]}


def _typed(_name: str, _kind: str, **fields: Any) -> dict[str, Any]:
    return {"name": _name, "typed_config": {"@type": _TYPE + _kind, **fields}}


def _address(text: str) -> dict[str, Any]:
    """host:port, also in gRPC's form dns:///host:port."""
    host, _, port = text.removeprefix("dns:///").rpartition(":")
    return {"socket_address": {"address": host.strip("[]"), "port_value": int(port)}}


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text.removeprefix("dns:///").rpartition(":")[0].strip("[]"))
    except ValueError:
        return False
    return True


class Surroundings(BaseSettings):
    """What the gateway is told by its environment."""

    model_config = SettingsConfigDict(env_prefix="YIMEN_", populate_by_name=True, extra="ignore")

    listen: str = "0.0.0.0:8080"  # the public port
    admin: str = "127.0.0.1:9901"
    addresses: dict[str, str]
    portal: str
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
        portal=told.portal,
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
