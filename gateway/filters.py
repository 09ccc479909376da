"""Envoy's parts that a call passes through: limits, transcoding, tokens; what is removed, logged and traced."""

import base64
from dataclasses import dataclass
from typing import Any

from gateway.contract import Contract

JWKS_PATH = "/.well-known/jwks.json"
ISSUER = "yimen"
TYPE = "type.googleapis.com/envoy."
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """What one caller, and one call, may take."""

    # Calls a second, and how many may come at once after a pause. An address may be a whole office.
    address_per_second: int = 500
    person_per_second: int = 50
    burst: int = 4
    # Of one message. A streamed upload is any number of messages, and its service limits the sum.
    message_bytes: int = 4 * MEBIBYTE
    call_seconds: int = 30
    stream_seconds: int = 120


def typed(_name: str, _kind: str, **fields: Any) -> dict[str, Any]:
    """An extension of Envoy's by its name and the kind of its configuration."""
    return {"name": _name, "typed_config": {"@type": TYPE + _kind, **fields}}


def compressor() -> dict[str, Any]:
    """Pages and JSON go out compressed; gRPC has its own way. No length tells a page's CSRF token, which differs each time."""
    return typed(
        "compressor",
        "extensions.filters.http.compressor.v3.Compressor",
        response_direction_config={"common_config": {"min_content_length": 500}},
        compressor_library=typed("gzip", "extensions.compression.gzip.compressor.v3.Gzip"),
    )


def transcoder(contract: Contract, limits: Limits) -> dict[str, Any]:
    """JSON by the contract's HTTP rules; what the contract does not know is refused."""
    return typed(
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


def jwt(contract: Contract) -> dict[str, Any]:
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
    return typed(
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


def address_rate(limits: Limits) -> dict[str, Any]:
    """How often an address may call."""
    return _rate_limit("address", limits.address_per_second, limits.burst, {"remote_address": {}})


def person_rate(limits: Limits) -> dict[str, Any]:
    """How often a person may call, from wherever; it stands behind `jwt`."""
    return _rate_limit("person", limits.person_per_second, limits.burst, _CLAIMED_PERSON)


def _rate_limit(name: str, per_second: int, burst: int, action: dict[str, Any]) -> dict[str, Any]:
    """A token bucket of its own for each value that the action yields."""
    bucket = {"max_tokens": per_second * burst, "tokens_per_fill": per_second, "fill_interval": "1s"}
    unlimited = {"max_tokens": 4_000_000_000, "tokens_per_fill": 4_000_000_000, "fill_interval": "1s"}
    enabled = {"default_value": {"numerator": 100, "denominator": "HUNDRED"}}
    key = "remote_address" if "remote_address" in action else "person"
    return typed(
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


def buffer(limits: Limits) -> dict[str, Any]:
    """Holds a call until its message is whole, so that one that is too large is refused in words, by no service."""
    # gRPC puts five bytes before a message.
    return typed("buffer", "extensions.filters.http.buffer.v3.Buffer", max_request_bytes=limits.message_bytes + 5)


def router() -> dict[str, Any]:
    """The last filter: sends the call on."""
    return typed("router", "extensions.filters.http.router.v3.Router", suppress_envoy_headers=True)


_REMOVED = [{"remove_on_match": {"key_matcher": {"prefix": prefix}}} for prefix in ("x-envoy-", "x-yimen-", "x-forwarded-")]


def without_spoofed_headers() -> dict[str, Any]:
    """Removes what only the platform itself may say."""
    return typed(
        "spoofed",
        "extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation",
        mutations=_REMOVED,
    )


def access_log() -> dict[str, Any]:
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
        **typed("stdout", "extensions.access_loggers.stream.v3.StdoutAccessLog", log_format={"json_format": line}),
        "filter": {"not_health_check_filter": {}},
    }


def tracing(telemetry: str) -> dict[str, Any]:
    """A span for every call, sent by OTLP over HTTP to "host:port"."""
    return {
        "provider": typed(
            "opentelemetry",
            "config.trace.v3.OpenTelemetryConfig",
            service_name="gateway",
            http_service={
                "http_uri": {"uri": f"http://{telemetry}/v1/traces", "cluster": "telemetry", "timeout": "2s"},
            },
        ),
        "random_sampling": {"value": 100},
    }
