"""Starts a process: a service, several services, or a service's worker.

Imports next to nothing by itself: a worker's process has to be patched by eventlet before anything else is loaded.
"""

import importlib
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.chassis.settings import Settings


def main(service: str) -> None:
    """`python -m services.<service> [worker]`."""
    match sys.argv[1:]:
        case []:
            serve([service])
        case ["worker"]:
            work(service)
        case _:
            sys.exit(f"usage: python -m services.{service} [worker]")


def serve(names: Sequence[str]) -> None:
    """Serves the named services in this process, until it is told to end."""
    from services.chassis import server
    from services.chassis.clients import Clients

    settings = _settings("+".join(names))
    clients = Clients(settings)
    wirings = [importlib.import_module(f"services.{name}.__main__") for name in names]
    server.serve([wiring.service(clients, settings) for wiring in wirings], settings, clients)


def work(name: str) -> None:
    """Runs the worker of a service. gRPC must not be in the process: eventlet and gRPC's core block each other."""
    import eventlet

    eventlet.monkey_patch()

    from services.chassis import workers

    settings = _settings(f"{name}-worker")
    workers.run(name, importlib.import_module(f"services.{name}.__main__").worker(), settings)


def _settings(process: str) -> "Settings":
    from services.chassis import clock, telemetry
    from services.chassis.settings import Settings

    settings = Settings()
    clock.shift(settings.clock_shift)
    telemetry.start(process, settings)
    return settings
