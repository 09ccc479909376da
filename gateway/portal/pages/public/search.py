"""Finding a matter: words, filters with their counts, and suggestions while typing."""

from collections.abc import Iterator

from starlette.responses import Response

from gateway.portal.formats import text
from gateway.portal.names import name_of
from gateway.portal.pages.public.lists import FILTERS, Asked, rows, titles
from gateway.portal.routing import page
from gateway.portal.visit import Visit
from yimen.matters.v1 import search_pb2

_RESULTS = 20
_SUGGESTIONS = 8


def show(visit: Visit) -> Response:
    """What fits, best first; with no words, the whole list in the order of codes."""
    asked = Asked.by(visit)
    found = visit.services.matters.SearchMatters(asked.request(_RESULTS))
    district = visit.halls.district
    hall = None if asked.parent == district.name else visit.halls.get(asked.parent)
    code = asked.parent.removeprefix("halls/") if hall else ""
    return visit.render(
        "public/search.html",
        asked=asked,
        hall=hall,
        district=district,
        found=found,
        rows=rows(visit, found.results, code),
        facets=list(_facets(asked, found)),
        next=asked.address(district.name, page=found.next_page_token) if found.next_page_token else "",
        first=asked.address(district.name) if asked.page else "",
        code=code,
        chosen=[(titles()[name], _label(name, value, found), name) for name, value in asked.filters.items()],
        titles=titles(),
    )


def _facets(asked: Asked, found: search_pb2.SearchMattersResponse) -> Iterator[tuple[str, list[tuple[str, str, int]]]]:
    """The filters that are not set yet: name, then value, label and count of each."""
    counted = {facet.field: facet.values for facet in found.facets}
    for name in titles():
        values = counted.get(FILTERS[name][0], ())
        if name not in asked.filters and len(values) > 1:
            yield name, [(one.value, _said(name, one), one.count) for one in values]


def _said(name: str, value: search_pb2.FacetValue) -> str:
    enum = FILTERS[name][1]
    return (enum and name_of(value.value, enum)) or text(value.label) or value.value


def _label(name: str, value: str, found: search_pb2.SearchMattersResponse) -> str:
    enum = FILTERS[name][1]
    if enum:
        return name_of(value, enum)
    units = (one for facet in found.facets if facet.field == FILTERS[name][0] for one in facet.values)
    return next((text(one.label) for one in units if one.value == value), value)


def suggest(visit: Visit) -> Response:
    """What could be meant by what has been typed so far, as the entries of a listbox."""
    typed = visit.asked("q", 50)
    code = visit.asked("hall", 12)
    code = code if visit.halls.knows(f"halls/{code}") else ""
    parent = f"halls/{code}" if code else visit.halls.district.name
    suggestions: list[search_pb2.Suggestion] = []
    if typed:
        asked = search_pb2.SuggestMattersRequest(parent=parent, prefix=typed, page_size=_SUGGESTIONS, on_application=True)
        suggestions = list(visit.services.matters.SuggestMatters(asked).suggestions)
    return visit.render("public/suggestions.html", suggestions=suggestions, code=code)


PLACES = (page("/matters", show), page("/suggestions", suggest))
