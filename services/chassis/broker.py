"""How a gRPC process or a command reaches the broker: with pika, and never waiting for long."""

import pika

from services.chassis.settings import Settings


def brokers(settings: Settings, name: str) -> list[pika.URLParameters]:
    """The brokers to try in turn; `name` is what they call the connection."""
    return [_parameters(uri, name) for uri in settings.amqp_uri.split(";")]


def _parameters(uri: str, name: str) -> pika.URLParameters:
    parameters = pika.URLParameters(uri)
    parameters.client_properties = {"connection_name": name}
    parameters.heartbeat = 60
    parameters.socket_timeout = parameters.stack_timeout = 5.0
    # A broker that is short of memory or disk stops publishers: better to reconnect elsewhere than to hang.
    parameters.blocked_connection_timeout = 30.0
    return parameters
