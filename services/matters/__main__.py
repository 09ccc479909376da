"""Wiring of matters: `python -m services.matters` serves; `… import` and `… export` are a client's commands."""

import sys

from services.chassis import run
from services.chassis.clients import Clients
from services.chassis.server import Beside, Service
from services.chassis.settings import Settings


def service(clients: Clients, settings: Settings) -> Service:
    """The matters service; it asks no other service."""
    from services.matters.board import Board
    from services.matters.documents import Matter, Unit
    from services.matters.exchange import store
    from services.matters.exchange.documents import Import
    from services.matters.milestones import Milestones
    from services.matters.offers import Offer
    from services.matters.search import thesaurus
    from services.matters.search.catalogue import Catalogue
    from services.matters.search.following import Following
    from services.matters.search.index import Index
    from services.matters.servicer import Matters
    from services.matters.streamlining.documents import ChangeSet
    from services.matters.streamlining.recovering import Recovering
    from services.matters.turning import Turning
    from yimen.matters.v1 import matters_pb2, matters_pb2_grpc

    descriptor = matters_pb2.DESCRIPTOR.services_by_name["MattersService"]
    add = matters_pb2_grpc.add_MattersServiceServicer_to_server
    index = Index(thesaurus.kept())
    board = Board(Unit.directory)
    milestones = Milestones()
    matters = Matters(Catalogue(index, Unit.directory, board.withdrawn), board, milestones)
    beside: list[Beside] = [Turning(), Recovering(), Following([index, board, milestones], Matter._get_collection)]
    documents = [Matter, Unit, Offer, ChangeSet, Import]
    return Service("matters", descriptor, add, matters, documents=documents, prepare=store.prepare, beside=beside)


def exchange(arguments: list[str]) -> int:
    """Sends a file of matters to a running service, or writes the list to one."""
    from services.matters.exchange.command import main

    return main(arguments)


if __name__ == "__main__":
    if {"import", "export", "--help"} & set(sys.argv[1:]):
        sys.exit(exchange(sys.argv[1:]))
    run.main("matters")
