"""Envoy's clusters: where the services, the pages and the keys are, and how their health is asked."""

import ipaddress
from collections.abc import Sequence
from typing import Any

from gateway import filters

# After so many seconds without a request the gateway closes a connection to a portal. A portal waits longer than that: where it
# closed first, it would close while the gateway sends the next request, and a form that has been sent may not be sent again.
PAGES_IDLE_SECONDS = 5
# How often a name is asked for its addresses.
DNS_SECONDS = 5


def grpc(name: str, addresses: Sequence[str]) -> dict[str, Any]:
    """A service's processes, each asked for its health and used only while it says that it serves."""
    keepalive = {"interval": "30s", "timeout": "5s"}
    return {
        **plain(name, addresses),
        **_speaks(explicit_http_config={"http2_protocol_options": {"connection_keepalive": keepalive}}),
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


def pages(name: str, addresses: Sequence[str]) -> dict[str, Any]:
    """The processes that serve pages. A route names the cookie by which all of a visitor's requests go to one of them: it knows
    what two tabs ask at the same moment."""
    return {
        **plain(name, addresses),
        **_speaks(
            explicit_http_config={"http_protocol_options": {}},
            common_http_protocol_options={"idle_timeout": f"{PAGES_IDLE_SECONDS}s"},
        ),
        "health_checks": [
            {
                "http_health_check": {"path": "/healthz"},
                "timeout": "2s",
                "interval": "1s",
                "no_traffic_interval": "1s",
                "unhealthy_threshold": 2,
                "healthy_threshold": 1,
            }
        ],
        # A portal whose name no longer leads to it is about to end: it says that it is well until then, and ends at once.
        "ignore_health_on_host_removal": True,
        "lb_policy": "RING_HASH",
    }


def plain(name: str, addresses: Sequence[str]) -> dict[str, Any]:
    """Addresses "host:port"; a host that is a name is resolved again and again."""
    endpoints = [{"endpoint": {"address": address(text)}} for text in addresses]
    named = not all(_is_ip(text) for text in addresses)
    return {
        "name": name,
        "type": "STRICT_DNS" if named else "STATIC",
        **({"dns_lookup_family": "V4_PREFERRED", "dns_refresh_rate": f"{DNS_SECONDS}s"} if named else {}),
        "connect_timeout": "1s",
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": endpoints}]},
    }


def keys() -> dict[str, Any]:
    """The listener inside the process that asks identity for the public keys."""
    listener = {"envoy_internal_address": {"server_listener_name": "keys"}}
    return {
        "name": "keys",
        "type": "STATIC",
        "load_assignment": {"cluster_name": "keys", "endpoints": [{"lb_endpoints": [{"endpoint": {"address": listener}}]}]},
    }


def address(text: str) -> dict[str, Any]:
    """host:port, also in gRPC's form dns:///host:port."""
    host, _, port = text.removeprefix("dns:///").rpartition(":")
    return {"socket_address": {"address": host.strip("[]"), "port_value": int(port)}}


def _speaks(**options: Any) -> dict[str, Any]:
    """How the processes of a cluster are spoken to."""
    kind = "extensions.upstreams.http.v3.HttpProtocolOptions"
    return {"typed_extension_protocol_options": {f"envoy.{kind}": {"@type": filters.TYPE + kind, **options}}}


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text.removeprefix("dns:///").rpartition(":")[0].strip("[]"))
    except ValueError:
        return False
    return True
