"""GetGuide over real gRPC on the real store."""

from itertools import count
from typing import Any

import grpc
from google.protobuf import json_format

from tests.matters.builders import a_code, a_matter
from tests.matters.conftest import DISTRICT, Office
from tests.serving import refusal
from yimen.matters.v1 import guide_pb2, matter_pb2, versions_pb2

ALLOWANCE = f"{DISTRICT}/matters/old-age-allowance"
_serials = count(4600)


def guide(office: Office, matter: str, hall: str = "") -> guide_pb2.Guide:
    found: guide_pb2.Guide = office.anyone.GetGuide(guide_pb2.GetGuideRequest(name=f"{matter}/guide", hall=hall))
    return found


def drafted(office: Office, **changes: Any) -> matter_pb2.Matter:
    """A draft with a code of its own."""
    number = next(_serials)
    created: matter_pb2.Matter = office.editor.CreateMatter(
        matter_pb2.CreateMatterRequest(
            parent=DISTRICT, matter_id=f"guide-{number}", matter=a_matter(**(a_code(number) | changes))
        )
    )
    return created


def published(office: Office, matter: matter_pb2.Matter) -> matter_pb2.Matter:
    office.editor.SubmitMatter(versions_pb2.SubmitMatterRequest(name=matter.name))
    live: matter_pb2.Matter = office.editor.PublishMatter(matter_pb2.PublishMatterRequest(name=matter.name))
    return live


def test_a_resident_reads_the_whole_guide_without_signing_in(office: Office) -> None:
    found = guide(office, ALLOWANCE, "halls/440307015004")
    assert (found.name, found.matter_version) == (f"{ALLOWANCE}/guide", 1)
    assert (found.display_name.zh, found.display_name.en) == ("高龄老人津贴申请", "Old-age allowance")
    ids = "basics limits conditions form steps channels fees results basis contacts codes sources"
    assert [section.id for section in found.sections] == ids.split()
    unit = next(row for row in found.sections[0].rows if row.resource)
    assert (unit.value.zh, unit.resource) == ("深圳市龙岗区民政局", "units/440307-civil-affairs")
    assert len(found.materials) == 4
    assert len(found.questions) == 2
    assert found.flow_chart.working_days == 15
    assert found.flow_chart.svg_zh.startswith("<svg ")
    assert [place.hall for place in found.places][:3] == ["halls/440307015004", "halls/440307015", "halls/440307"]
    assert found.place_count == 118


def test_without_a_hall_the_places_are_those_near_the_districts(office: Office) -> None:
    assert guide(office, ALLOWANCE).places[0].hall == DISTRICT


def test_a_guide_survives_json(office: Office) -> None:
    found = guide(office, ALLOWANCE)
    assert json_format.Parse(json_format.MessageToJson(found), guide_pb2.Guide()) == found


def test_a_reader_of_a_hall_that_is_not_there_is_told_so(office: Office) -> None:
    refused = refusal(lambda: guide(office, ALLOWANCE, "halls/440307999"))
    assert (refused.code, refused.reason) == (grpc.StatusCode.NOT_FOUND, "HALL_UNKNOWN")


def test_a_draft_has_no_guide(office: Office) -> None:
    refused = refusal(lambda: guide(office, drafted(office).name))
    assert refused.code == grpc.StatusCode.NOT_FOUND


def test_the_guide_of_a_cancelled_matter_says_since_when_and_why(office: Office) -> None:
    matter = published(office, drafted(office))
    assert guide(office, matter.name).matter_version == 1
    office.editor.CancelMatter(matter_pb2.CancelMatterRequest(name=matter.name, reason="并入其他事项"))
    refused = refusal(lambda: guide(office, matter.name))
    assert (refused.code, refused.reason) == (grpc.StatusCode.NOT_FOUND, "GUIDE_WITHDRAWN")
    assert refused.facts["why"] == "并入其他事项"
    assert refused.zh.startswith("“办学许可”已于 ")
    assert refused.en.startswith("“School licence” was taken off the list on ")


def test_a_new_version_has_a_new_guide_at_once(office: Office) -> None:
    matter = published(office, drafted(office))
    before = guide(office, matter.name)
    elements = matter.elements
    elements.steps[1].working_days = 4
    elements.steps[1].display_name.zh = "审核决定"
    office.editor.ReviseMatter(versions_pb2.ReviseMatterRequest(name=matter.name, elements=elements, reason="提速"))
    assert guide(office, matter.name) == before
    published(office, matter)
    after = guide(office, matter.name)
    assert before.effective_time.ToDatetime() < after.effective_time.ToDatetime()
    assert (before.flow_chart.working_days, after.flow_chart.working_days) == (10, 5)
    assert after.matter_version == 2
    assert "审核决定" in after.flow_chart.svg_zh


def test_the_form_on_paper_is_an_svg_in_the_readers_language(office: Office) -> None:
    for language, title in (("", "高龄老人津贴申请表（样表）"), ("en", "Application form (sample): Old-age allowance")):
        sheet = office.anyone.GetForm(guide_pb2.GetFormRequest(name=f"{ALLOWANCE}/form", language=language))
        assert sheet.content_type == "image/svg+xml"
        assert title in sheet.data.decode()
    assert guide(office, ALLOWANCE).materials[0].sample == f"/v1/{ALLOWANCE}/form"
