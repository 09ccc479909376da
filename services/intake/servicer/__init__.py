"""intake over gRPC: one file per subject."""

from services.intake.servicer.accepting import Accepting
from services.intake.servicer.applying import Applying
from services.intake.servicer.delivering import Delivering
from services.intake.servicer.listing import Listing
from services.intake.servicer.materials import Materials
from services.intake.servicer.progress import Progress
from services.intake.servicer.reviewing import Reviewing
from yimen.identity.v1 import identity_pb2_grpc
from yimen.intake.v1 import intake_pb2_grpc
from yimen.matters.v1 import matters_pb2_grpc


class Intake(Applying, Materials, Accepting, Reviewing, Delivering, Listing, Progress, intake_pb2_grpc.IntakeServiceServicer):
    """The whole service."""

    def __init__(self, matters: matters_pb2_grpc.MattersServiceStub, identity: identity_pb2_grpc.IdentityServiceStub) -> None:
        Applying.__init__(self, matters, identity)
        Progress.__init__(self)
