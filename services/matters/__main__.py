"""Wiring of matters: `python -m services.matters` serves."""

from services.chassis import run
from services.chassis.clients import Clients
from services.chassis.server import Service
from services.chassis.settings import Settings


def service(clients: Clients, settings: Settings) -> Service:
    """The matters service; it asks no other service."""
    from services.matters.documents import Matter, Unit
    from services.matters.servicer import Matters
    from yimen.matters.v1 import matters_pb2, matters_pb2_grpc

    descriptor = matters_pb2.DESCRIPTOR.services_by_name["MattersService"]
    add = matters_pb2_grpc.add_MattersServiceServicer_to_server
    return Service("matters", descriptor, add, Matters(), documents=[Matter, Unit])


if __name__ == "__main__":
    run.main("matters")
