"""The services as the pages call them; the visitor's own token goes with every call."""

import grpc
from grpc_health.v1 import health_pb2_grpc

from gateway.portal.timing import Timed
from services.chassis.clients import Clients
from yimen.halls.v1 import halls_pb2_grpc
from yimen.identity.v1 import identity_pb2_grpc
from yimen.intake.v1 import intake_pb2_grpc
from yimen.matters.v1 import matters_pb2_grpc
from yimen.notification.v1 import notification_pb2_grpc

NAMES = ("identity", "matters", "intake", "notification", "halls")


class Services:
    """A stub for each service."""

    def __init__(self, clients: Clients) -> None:
        def channel(service: str) -> grpc.Channel:
            return grpc.intercept_channel(clients.channel(service), Timed())

        self.health = {name: health_pb2_grpc.HealthStub(channel(name)) for name in NAMES}
        self.halls = halls_pb2_grpc.HallsServiceStub(channel("halls"))
        self.identity = identity_pb2_grpc.IdentityServiceStub(channel("identity"))
        self.intake = intake_pb2_grpc.IntakeServiceStub(channel("intake"))
        self.matters = matters_pb2_grpc.MattersServiceStub(channel("matters"))
        self.notification = notification_pb2_grpc.NotificationServiceStub(channel("notification"))
