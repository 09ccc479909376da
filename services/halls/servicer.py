"""halls over gRPC. That a hall in a request exists, the pipeline has seen to before a method is called."""

import grpc

import tenants
from services.chassis import tenancy
from services.chassis.pages import page_of
from tenants import Tier
from yimen.api.v1 import text_pb2
from yimen.halls.v1 import halls_pb2, halls_pb2_grpc

_TIERS = {
    Tier.DISTRICT: halls_pb2.TIER_DISTRICT,
    Tier.STREET: halls_pb2.TIER_STREET,
    Tier.COMMUNITY: halls_pb2.TIER_COMMUNITY,
}


class Halls(halls_pb2_grpc.HallsServiceServicer):
    """The compiled halls, as they are configured now."""

    def GetHall(self, request: halls_pb2.GetHallRequest, _: grpc.ServicerContext) -> halls_pb2.Hall:
        return to_proto(tenancy.hall(_code(request.name)))

    def ListHalls(self, request: halls_pb2.ListHallsRequest, _: grpc.ServicerContext) -> halls_pb2.ListHallsResponse:
        under = tenancy.halls().children(_code(request.parent)) if request.parent else tenancy.halls()
        asked = [hall for hall in under if request.tier in (halls_pb2.TIER_UNSPECIFIED, _TIERS[hall.tier])]
        halls, more = page_of(asked, request, key=lambda hall: hall.code, size=50)
        return halls_pb2.ListHallsResponse(halls=map(to_proto, halls), next_page_token=more)


def to_proto(hall: tenants.Hall) -> halls_pb2.Hall:
    """What the API says of a hall; the counters stand in the order of the data."""
    return halls_pb2.Hall(
        name=f"halls/{hall.code}",
        display_name=_text(hall.display_name),
        division=hall.name.zh,
        tier=_TIERS[hall.tier],
        parent=f"halls/{hall.parent}" if hall.parent else "",
        opening_hours=[
            halls_pb2.OpeningHours(weekdays=hours.weekdays, opens=hours.opens, closes=hours.closes)
            for hours in hall.opening_hours
        ],
        address=halls_pb2.Address(text=hall.address, placeholder=hall.address_is_placeholder),
        counters=[
            halls_pb2.Counter(id=id_, display_name=_text(counter.name), function=counter.function)
            for id_, counter in hall.counters.items()
        ],
        handles=[_TIERS[tier] for tier in hall.functions.handles],
        accepts=[_TIERS[tier] for tier in hall.functions.accepts],
        telephone=hall.telephone,
    )


def _text(text: tenants.Text) -> text_pb2.Text:
    return text_pb2.Text(zh=text.zh, en=text.en)


def _code(name: str) -> str:
    return name.removeprefix("halls/")
