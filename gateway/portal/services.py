"""The services as the pages call them; the visitor's own token goes with every call."""

from services.chassis.clients import Clients
from yimen.halls.v1 import halls_pb2_grpc
from yimen.identity.v1 import identity_pb2_grpc
from yimen.intake.v1 import intake_pb2_grpc
from yimen.matters.v1 import matters_pb2_grpc
from yimen.notification.v1 import notification_pb2_grpc


class Services:
    """A stub for each service."""

    def __init__(self, clients: Clients) -> None:
        self.halls = clients.stub("halls", halls_pb2_grpc.HallsServiceStub)
        self.identity = clients.stub("identity", identity_pb2_grpc.IdentityServiceStub)
        self.intake = clients.stub("intake", intake_pb2_grpc.IntakeServiceStub)
        self.matters = clients.stub("matters", matters_pb2_grpc.MattersServiceStub)
        self.notification = clients.stub("notification", notification_pb2_grpc.NotificationServiceStub)
