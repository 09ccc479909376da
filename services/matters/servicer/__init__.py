"""matters over gRPC: one file per subject. What each method promises is said at its RPC, in matters.proto."""

from services.matters.servicer.editing import Editing
from services.matters.servicer.listing import Listing
from services.matters.servicer.searching import Searching
from yimen.matters.v1 import matters_pb2_grpc


class Matters(Listing, Editing, Searching, matters_pb2_grpc.MattersServiceServicer):
    """The whole service."""
