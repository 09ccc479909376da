"""The whole list is read page by page, and a page of it costs little more than a page."""

import pytest

from tests.matters.asked import eventually
from tests.matters.conftest import DISTRICT
from tests.whole.conftest import Whole
from tests.whole.test_list import facets
from yimen.matters.v1 import elements_pb2, matters_pb2


def walked(whole: Whole, request: matters_pb2.ListMattersRequest, pages: int) -> list[str]:
    """The codes of the first pages."""
    codes: list[str] = []
    for _ in range(pages):
        reply = whole.office.anyone.ListMatters(request)
        codes += [matter.elements.implementation_code for matter in reply.matters]
        request.page_token = reply.next_page_token
        if not request.page_token:
            break
    return codes


@pytest.fixture(autouse=True)
def followed(whole: Whole) -> None:
    """The process knows the whole list."""
    eventually(lambda: facets(whole)[0] == 12_934, seconds=30)


def test_a_page_of_the_whole_list_asks_the_store_for_a_stretch_of_it(whole: Whole) -> None:
    with whole.office.asked.hearing() as asked:
        codes = walked(whole, matters_pb2.ListMattersRequest(parent=DISTRICT, page_size=50), pages=8)
    assert len(codes) == 400
    assert codes == sorted(codes)
    stretches = [filter_["code"] for collection, filter_ in asked if collection == "matters" and "shelves" in filter_]
    assert len(stretches) >= 8
    assert all("$lt" in code for code in stretches)


def test_the_licences_are_listed_to_the_last(whole: Whole) -> None:
    request = matters_pb2.ListMattersRequest(parent=DISTRICT, matter_type=elements_pb2.MATTER_TYPE_LICENCE, page_size=50)
    codes = walked(whole, request, pages=100)
    assert (len(codes), len(set(codes))) == (266, 266)
    assert codes == sorted(codes)
