"""Wiring of halls: `python -m services.halls` serves."""

from services.chassis import run
from services.chassis.clients import Clients
from services.chassis.server import Service
from services.chassis.settings import Settings


def service(clients: Clients, settings: Settings) -> Service:
    """The halls service; it asks no other service and keeps no documents."""
    from services.halls.servicer import Halls
    from yimen.halls.v1 import halls_pb2, halls_pb2_grpc

    descriptor = halls_pb2.DESCRIPTOR.services_by_name["HallsService"]
    return Service("halls", descriptor, halls_pb2_grpc.add_HallsServiceServicer_to_server, Halls())


if __name__ == "__main__":
    run.main("halls")
