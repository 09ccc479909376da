"""Finding matters."""

import grpc

from services.matters.search.catalogue import Catalogue
from yimen.matters.v1 import search_pb2


class Searching:
    """Words to matters."""

    catalogue: Catalogue

    def SearchMatters(
        self, request: search_pb2.SearchMattersRequest, _: grpc.ServicerContext
    ) -> search_pb2.SearchMattersResponse:
        return self.catalogue.search(request)

    def SuggestMatters(
        self, request: search_pb2.SuggestMattersRequest, _: grpc.ServicerContext
    ) -> search_pb2.SuggestMattersResponse:
        return self.catalogue.suggest(request)
