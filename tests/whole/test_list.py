"""The reference deployment's counts come out of the service by query, once its list is loaded."""

import json
import time
from collections import Counter

from gateway.portal import themes
from services.matters.exchange.sending import Sender
from services.matters.search.entries import EX_OFFICIO
from tests.matters.conftest import DISTRICT
from tests.whole.conftest import Whole
from yimen.matters.v1 import elements_pb2 as pb
from yimen.matters.v1 import exchange_pb2, matters_pb2, search_pb2

ONLINE = [depth for depth in pb.OnlineDepth.values() if depth >= pb.ONLINE_DEPTH_RECEIPT]


def facets(whole: Whole, **narrowed: int) -> tuple[int, dict[str, dict[str, int]]]:
    """How many matters there are, and how many of each kind."""
    request = search_pb2.SearchMattersRequest(parent=DISTRICT, page_size=1, **narrowed)  # type: ignore[arg-type]
    reply = whole.office.anyone.SearchMatters(request)
    return reply.total_size, {facet.field: {one.value: one.count for one in facet.values} for facet in reply.facets}


def test_the_load_tells_how_far_it_is(whole: Whole) -> None:
    done, of = zip(*whole.progress, strict=True)
    assert (whole.loaded.units, whole.loaded.matters, whole.loaded.left) == (53, 12_934, ())
    assert list(done) == sorted(done)
    assert set(of) == {2 * 12_934}
    assert done[-1] == of[-1]
    assert len(done) > 50


def test_a_repeated_load_is_over_at_once(whole: Whole) -> None:
    began = time.monotonic()
    assert whole.load() == whole.loaded
    assert time.monotonic() - began < 10


def test_the_search_follows_an_import(whole: Whole) -> None:
    until = time.monotonic() + 20
    while facets(whole)[0] < 12_934 and time.monotonic() < until:
        time.sleep(0.2)
    assert facets(whole)[0] == 12_934


def test_the_list_has_53_units_and_12934_matters_in_10_types_of_which_266_are_licences(whole: Whole) -> None:
    units = whole.office.anyone.ListUnits(matters_pb2.ListUnitsRequest(parent=DISTRICT, page_size=200)).units
    total, found = facets(whole)
    assert (len(units), total) == (53, 12_934)
    assert len(found["matter_type"]) == 10
    assert found["matter_type"]["MATTER_TYPE_LICENCE"] == 266
    assert sum(found["matter_type"].values()) == 12_934
    assert len(found["unit"]) == 53


def test_350_matters_are_online_across_the_25_units_that_approve(whole: Whole) -> None:
    online = [facets(whole, online_depth=depth) for depth in ONLINE]
    assert sum(total for total, _ in online) == 350
    units = set[str]().union(*(found["unit"] for total, found in online if total))
    licensing = facets(whole, matter_type=pb.MATTER_TYPE_LICENCE)[1]["unit"]
    assert len(units) == 25
    assert units == licensing.keys()


def test_all_of_it_goes_out_in_the_order_of_codes(whole: Whole) -> None:
    types, codes, size = Counter[str](), list[str](), 0
    rest = b""
    for part in Sender(whole.channel).export(DISTRICT, exchange_pb2.LIST_FORMAT_JSON_LINES):
        assert len(part) < 1024 * 1024
        size += len(part)
        *lines, rest = (rest + part).split(b"\n")
        for line in lines:
            elements = json.loads(line)["elements"]
            types[elements["matter_type"]] += 1
            codes.append(elements["implementation_code"])
    assert (rest, len(codes), len(set(codes))) == (b"", 12_934, 12_934)
    assert codes == sorted(codes)
    assert (types["MATTER_TYPE_LICENCE"], len(types)) == (266, 10)
    assert size > 30_000_000


def test_what_people_apply_for_can_be_told_from_what_is_done_to_them(whole: Whole) -> None:
    asked = search_pb2.SearchMattersRequest(parent=DISTRICT, page_size=50)
    everything = whole.office.anyone.SearchMatters(asked)
    asked.on_application = True
    applied_for = whole.office.anyone.SearchMatters(asked)
    by_type = {
        value.value: value.count for facet in everything.facets if facet.field == "matter_type" for value in facet.values
    }
    ex_officio = sum(by_type.get(name, 0) for name in EX_OFFICIO)
    assert ex_officio > 0
    assert applied_for.total_size == everything.total_size - ex_officio
    assert not {pb.MATTER_TYPE_PENALTY, pb.MATTER_TYPE_INSPECTION} & {one.matter_type for one in applied_for.results}
    suggested = search_pb2.SuggestMattersRequest(parent=DISTRICT, prefix="罚", on_application=True, page_size=20)
    for one in whole.office.anyone.SuggestMatters(suggested).suggestions:
        matter = whole.office.anyone.GetMatter(matters_pb2.GetMatterRequest(name=one.matter))
        assert pb.MatterType.Name(matter.elements.matter_type) not in EX_OFFICIO


def test_every_way_of_a_theme_finds_what_people_apply_for(whole: Whole) -> None:
    for group in themes.groups():
        for way in (way for theme in group.themes for way in theme.ways):
            asked = search_pb2.SearchMattersRequest(
                parent=DISTRICT,
                query=way.words or way.zh,
                service_object=pb.ServiceObject.Value(group.object),
                on_application=True,
            )
            assert whole.office.anyone.SearchMatters(asked).total_size, way.zh
