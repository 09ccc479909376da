"""The halls: choosing one by tier, and one hall with its sign, its hours and what can be done there."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import grpc
from markupsafe import Markup
from starlette.responses import Response

from gateway.portal.pages.public.lists import rows
from gateway.portal.problems import away
from gateway.portal.routing import form, page
from gateway.portal.texts import language
from gateway.portal.visit import Visit
from yimen.halls.v1 import halls_pb2
from yimen.matters.v1 import offers_pb2

_OFFERS = 20


def choose(visit: Visit) -> Response:
    """The tree of halls, or those whose name holds what was typed."""
    words = visit.asked("q", 30)
    found = [hall for hall in visit.halls.halls if _named(hall, words)] if words else []
    return visit.render("public/halls.html", halls=visit.halls, words=words, found=found, fragment="found")


def _named(hall: halls_pb2.Hall, words: str) -> bool:
    said = _plain(f"{hall.display_name.zh} {hall.display_name.en}")
    return all(word in said for word in _plain(words).split())


def _plain(said: str) -> str:
    """A name without what people spell in several ways: Liang'antian, Liang’antian, liangantian."""
    return said.casefold().replace("'", "").replace("’", "")


def show(visit: Visit) -> Response:
    """One hall."""
    code = visit.where["hall"]
    hall = visit.halls.get(f"halls/{code}")
    asked = offers_pb2.ListOffersRequest(parent=hall.name, page_size=_OFFERS, page_token=visit.asked("page", 500))
    try:
        offers = visit.services.matters.ListOffers(asked)
    except grpc.RpcError as error:
        if not away(error):
            raise
        # Where it is and when it is open can be told all the same.
        offers = None
    return visit.render(
        "public/hall.html",
        hall=hall,
        code=code,
        about=_about(visit, hall),
        offers=offers,
        rows=rows(visit, (offer.summary for offer in offers.offers), code) if offers else [],
        next=f"/{hall.name}?{urlencode({'page': offers.next_page_token})}" if offers and offers.next_page_token else "",
        first=f"/{hall.name}" if asked.page_token else "",
    )


def _about(visit: Visit, hall: halls_pb2.Hall) -> Mapping[str, Markup]:
    """What is the same for every visitor of a hall: rendered once for a language and a reading of the tree."""
    halls, key = visit.halls, ("about", hall.name, language())
    if key not in halls.kept:
        parts: Any = visit.house.templates.get_template("public/parts.html").module
        halls.kept[key] = {
            "sign": parts.sign(hall, halls.above(hall)),
            "facts": parts.facts(hall),
            "below": parts.below(halls.under(hall.name)),
        }
    made: Mapping[str, Markup] = halls.kept[key]
    return made


def keep(visit: Visit) -> Response:
    """Remembers a hall as the visitor's own."""
    hall = visit.halls.get(f"halls/{visit.where['hall']}")
    response = visit.goto(f"/{hall.name}")
    visit.keep_hall(response, hall.name.removeprefix("halls/"))
    return response


PLACES = (page("/halls", choose), page("/halls/{hall}", show), form("/halls/{hall}/choose", keep, signed_in=False))
