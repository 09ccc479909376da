"""What halls offer of the district's list."""

import grpc

from services.chassis.documents import ResourceExists
from services.chassis.errors import ChangedMeanwhile
from services.chassis.pages import page_within
from services.matters.board import Board, Offered
from services.matters.offers import Offer, message
from yimen.matters.v1 import events_pb2, offers_pb2, search_pb2


class Offering:
    """What can be done where."""

    board: Board

    def GetOffer(self, request: offers_pb2.GetOfferRequest, _: grpc.ServicerContext) -> offers_pb2.Offer:
        return Offer.at(request.name).to_proto()

    def ListOffers(self, request: offers_pb2.ListOffersRequest, _: grpc.ServicerContext) -> offers_pb2.ListOffersResponse:
        hall = request.parent.removeprefix("halls/")
        offered = self.board.at(hall, subtree=request.subtree)
        given, more = page_within(offered, request, key=lambda one: one[0].code)
        offers = [self._message(hall, one) for one in given]
        return offers_pb2.ListOffersResponse(offers=offers, next_page_token=more, total_size=len(offered))

    def UpdateOffer(self, request: offers_pb2.UpdateOfferRequest, _: grpc.ServicerContext) -> offers_pb2.Offer:
        wanted = request.offer
        offer = Offer.at(wanted.name, wanted.etag)
        offer.say(handles=wanted.handles, accepts=wanted.accepts, counters=wanted.counters)
        try:
            offer.save_with(events_pb2.OfferChanged(offer=offer.name, matter=offer.matter))
        except ResourceExists:
            raise ChangedMeanwhile(name=offer.name) from None
        self.board.listen_again()
        return offer.to_proto()

    def _message(self, hall: str, offered: Offered) -> offers_pb2.Offer:
        entry, standing = offered
        name = f"halls/{hall}/offers/{entry.name.rpartition('/')[2]}"
        return message(
            name, standing, search_pb2.MatterSummary.FromString(entry.summarised), self.board.etag_of(hall, entry.name)
        )
