"""The published list as it is looked through: requests to the index, and what it found to replies."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from services.chassis import pages, tenancy
from services.matters.guide import words
from services.matters.search.index import Found, Index, Narrowing
from yimen.api.v1 import text_pb2
from yimen.halls.v1 import halls_pb2
from yimen.matters.v1 import elements_pb2, search_pb2

_PAGE = 10
_SUGGESTIONS = 8
_DISTRICT_DIGITS = 6

_CODE_SETS: Mapping[str, Any] = {
    "matter_type": elements_pb2.MatterType,
    "tier": halls_pb2.Tier,
    "service_object": elements_pb2.ServiceObject,
    "online_depth": elements_pb2.OnlineDepth,
}


# A unit's display name, and the code of its division.
Directory = Mapping[str, tuple[str, str]]


class Catalogue:
    """Looks matters up by words.

    `directory`: a district → its units by name. `withdrawn`: a hall's code → the names of the matters that it has said it does
    nothing with.
    """

    def __init__(self, index: Index, directory: Callable[[str], Directory], withdrawn: Callable[[str], frozenset[str]]) -> None:
        self._index = index
        self._directory = directory
        self._withdrawn = withdrawn
        # No unit is ever renamed or moved: read once, and again where one is met that is not known.
        self._units: dict[str, Directory] = {}

    def search(self, request: search_pb2.SearchMattersRequest) -> search_pb2.SearchMattersResponse:
        """The page that is asked for, with facets."""
        narrowing = self._narrowing(request.parent, _values(request), on_application=request.on_application)
        offset, limit, _ = pages.ranked(request, 0, size=_PAGE)
        found = self._index.search(request.query, narrowing, offset=offset, limit=limit)
        _, _, more = pages.ranked(request, found.total, size=_PAGE)
        reply = search_pb2.SearchMattersResponse(total_size=found.total, next_page_token=more)
        for result in found.results:
            result.unit_display_name = self._name_of(result.unit)
            reply.results.append(result)
        reply.facets.extend(self._facets(found))
        return reply

    def suggest(self, request: search_pb2.SuggestMattersRequest) -> search_pb2.SuggestMattersResponse:
        """Matters that begin like what was typed; where there are too few, also those that it would find."""
        narrowing = self._narrowing(request.parent, {}, on_application=request.on_application)
        wanted = request.page_size or _SUGGESTIONS
        suggested = self._index.suggest(request.prefix, narrowing, wanted)
        if len(suggested) < wanted:
            known = {one.matter for one in suggested}
            found = self._index.search(request.prefix, narrowing, offset=0, limit=wanted, counted=False).results
            suggested += [one for one in found if one.matter not in known]
        reply = search_pb2.SuggestMattersResponse()
        for one in suggested[:wanted]:
            reply.suggestions.add(text=one.display_name, matter=one.matter)
        return reply

    def _narrowing(self, parent: str, values: Mapping[str, str], *, on_application: bool) -> Narrowing:
        """A district's list; for another hall what it takes of it by its tier, its standard, its place and its own word."""
        code = parent.removeprefix("halls/")
        district = code[:_DISTRICT_DIGITS]
        if code == district:
            return Narrowing(district, values, on_application=on_application)
        hall = tenancy.hall(code)
        units = self._units_of(district)
        return Narrowing(
            district,
            values,
            open_at=_tier(hall.tier),
            handled_at=frozenset(map(_tier, hall.functions.accepts)),
            # What a street office answers for is done in its own street.
            elsewhere=frozenset(unit for unit, (_, division) in units.items() if not code.startswith(division)),
            withdrawn=self._withdrawn(code),
            on_application=on_application,
        )

    def _facets(self, found: Found) -> Iterator[search_pb2.Facet]:
        for field, counts in found.facets.items():
            facet = search_pb2.Facet(field=field)
            for value, count in counts.items():
                facet.values.add(value=value, label=self._label(field, value), count=count)
            yield facet

    def _label(self, field: str, value: str) -> text_pb2.Text:
        code_set = _CODE_SETS.get(field)
        return words.code(code_set, code_set.Value(value)) if code_set else text_pb2.Text(zh=self._name_of(value))

    def _name_of(self, unit: str) -> str:
        district = unit.removeprefix("units/")[:_DISTRICT_DIGITS]
        if unit not in self._units_of(district):
            self._units.pop(district, None)
        return self._units_of(district).get(unit, ("", ""))[0]

    def _units_of(self, district: str) -> Directory:
        if district not in self._units:
            self._units[district] = self._directory(district)
        return self._units[district]


def _tier(tier: str) -> str:
    return halls_pb2.Tier.Name(halls_pb2.Tier.Value(f"TIER_{tier.upper()}"))


def _values(request: search_pb2.SearchMattersRequest) -> dict[str, str]:
    """What a request is narrowed by, as the index keeps it."""
    numbers = {field: getattr(request, field) for field in _CODE_SETS}
    values = {field: _CODE_SETS[field].Name(number) for field, number in numbers.items() if number}
    return values | ({"unit": request.unit} if request.unit else {})
