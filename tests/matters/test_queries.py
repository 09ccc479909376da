"""Whatever a call asks the store is answered by an index, never by reading the collection; and answered rightly."""

from typing import Any

import mongoengine

from services.chassis.context import Scope, acting_in
from services.matters.documents import Listed, Matter
from services.matters.rules import State
from tests.matters.builders import a_code, a_matter
from tests.matters.conftest import DISTRICT, Office
from tests.serving import As
from yimen.matters.v1 import elements_pb2, guide_pb2, matter_pb2, search_pb2, units_pb2, versions_pb2

HALL = "440307"
CIVIL_AFFAIRS = "units/440307-civil-affairs"
ALLOWANCE = f"{DISTRICT}/matters/old-age-allowance"


def test_no_call_scans(office: Office) -> None:
    with office.asked.hearing() as asked:
        for caller in (office.anyone, office.editor):
            _read_everything(caller)
        _change_everything(office.editor)
    assert len(asked) > 30
    store = mongoengine.get_db("matters")
    for collection, filter_ in asked:
        # The embedded store explains `_id` with anything beside it as a scan, and reads one document all the same.
        if next(iter(filter_)) != "_id":
            plan = store.command("explain", {"find": collection, "filter": filter_})
            assert _stages(plan) >= {"IXSCAN"}, (collection, filter_)


def _read_everything(caller: As) -> None:
    caller.GetMatter(matter_pb2.GetMatterRequest(name=ALLOWANCE))
    caller.GetVersion(versions_pb2.GetVersionRequest(name=f"{ALLOWANCE}/versions/1"))
    caller.ListVersions(versions_pb2.ListVersionsRequest(parent=ALLOWANCE))
    caller.CompareVersions(versions_pb2.CompareVersionsRequest(name=f"{ALLOWANCE}/versions/1", base=1))
    caller.GetGuide(guide_pb2.GetGuideRequest(name=f"{ALLOWANCE}/guide"))
    caller.GetForm(guide_pb2.GetFormRequest(name=f"{ALLOWANCE}/form"))
    caller.GetUnit(units_pb2.GetUnitRequest(name=CIVIL_AFFAIRS))
    caller.SearchMatters(search_pb2.SearchMattersRequest(parent=DISTRICT, query="老人津贴"))
    units = units_pb2.ListUnitsRequest(parent=DISTRICT, page_size=20)
    units.page_token = caller.ListUnits(units).next_page_token
    caller.ListUnits(units)
    for state in (matter_pb2.MATTER_STATE_UNSPECIFIED, matter_pb2.MATTER_STATE_PUBLISHED):
        for unit in ("", CIVIL_AFFAIRS):
            for matter_type in (elements_pb2.MATTER_TYPE_UNSPECIFIED, elements_pb2.MATTER_TYPE_BENEFIT):
                page = matter_pb2.ListMattersRequest(
                    parent=DISTRICT, state=state, unit=unit, matter_type=matter_type, page_size=1
                )
                page.page_token = caller.ListMatters(page).next_page_token
                caller.ListMatters(page)


def _change_everything(editor: As) -> None:
    request = matter_pb2.CreateMatterRequest(parent=DISTRICT, matter_id="asked", matter=a_matter(**a_code(4999)))
    matter = editor.CreateMatter(request)
    matter = editor.UpdateMatter(matter_pb2.UpdateMatterRequest(matter=matter))
    matter = editor.SubmitMatter(versions_pb2.SubmitMatterRequest(name=matter.name, etag=matter.etag))
    editor.ReturnMatter(versions_pb2.ReturnMatterRequest(name=matter.name, reason="再议"))
    editor.SubmitMatter(versions_pb2.SubmitMatterRequest(name=matter.name))
    editor.PublishMatter(matter_pb2.PublishMatterRequest(name=matter.name))
    revised = versions_pb2.ReviseMatterRequest(name=matter.name, elements=matter.elements, reason="修订")
    revised.elements.visits = 2
    editor.ReviseMatter(revised)
    editor.CancelMatter(matter_pb2.CancelMatterRequest(name=matter.name, reason="并入其他事项"))


def test_the_store_answers_as_plain_python_does(office: Office) -> None:
    office.load()
    with acting_in(Scope(hall=HALL)):
        everything = list(Matter.objects())
    published = [m for m in everything if m.state == State.PUBLISHED]
    with acting_in(Scope(hall=HALL, public=True)):
        benefits = sorted((m for m in published if m.elements.matter_type == 5), key=lambda m: m.code)
        assert [m.slug for m in Listed.on(matter_type=5).order_by("code")] == [m.slug for m in benefits]
        later = [m.slug for m in benefits if m.code >= benefits[1].code]
        assert [m.slug for m in Listed.on(matter_type=5).filter(code__gte=benefits[1].code).order_by("code")] == later


def _stages(plan: Any) -> set[str]:
    """The names of all stages of an explained plan."""
    if isinstance(plan, dict):
        inner = set[str]().union(*(_stages(value) for value in plan.values()))
        return inner | ({plan["stage"]} if "stage" in plan else set())
    return set[str]().union(*map(_stages, plan)) if isinstance(plan, list) else set()
