"""matters over gRPC: one file per subject. What each method promises is said at its RPC, in matters.proto."""

from services.matters.board import Board
from services.matters.milestones import Milestones
from services.matters.search.catalogue import Catalogue
from services.matters.servicer.chains import Chains
from services.matters.servicer.editing import Editing
from services.matters.servicer.exchange import Exchange
from services.matters.servicer.guide import Guiding
from services.matters.servicer.listing import Listing
from services.matters.servicer.offering import Offering
from services.matters.servicer.publishing import Publishing
from services.matters.servicer.searching import Searching
from services.matters.servicer.streamlining import Streamlining
from services.matters.servicer.versions import Versions
from yimen.matters.v1 import matters_pb2_grpc


class Matters(
    Listing,
    Editing,
    Publishing,
    Versions,
    Searching,
    Guiding,
    Offering,
    Streamlining,
    Chains,
    Exchange,
    matters_pb2_grpc.MattersServiceServicer,
):
    """The whole service."""

    def __init__(self, catalogue: Catalogue, board: Board, milestones: Milestones) -> None:
        self.catalogue = catalogue
        self.board = board
        self.milestones = milestones
