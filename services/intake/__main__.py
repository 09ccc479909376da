"""Wiring of intake: `python -m services.intake` serves."""

from services.chassis import run
from services.chassis.clients import Clients
from services.chassis.server import Service
from services.chassis.settings import Settings


def service(clients: Clients, settings: Settings) -> Service:
    """The intake service; it asks matters and identity."""
    from services.intake import contents
    from services.intake.documents import Case
    from services.intake.servicer import Intake
    from yimen.identity.v1.identity_pb2_grpc import IdentityServiceStub
    from yimen.intake.v1 import intake_pb2, intake_pb2_grpc
    from yimen.matters.v1.matters_pb2_grpc import MattersServiceStub

    intake = Intake(clients.stub("matters", MattersServiceStub), clients.stub("identity", IdentityServiceStub))
    descriptor = intake_pb2.DESCRIPTOR.services_by_name["IntakeService"]
    add = intake_pb2_grpc.add_IntakeServiceServicer_to_server
    return Service("intake", descriptor, add, intake, documents=[Case], prepare=contents.prepare)


if __name__ == "__main__":
    run.main("intake")
