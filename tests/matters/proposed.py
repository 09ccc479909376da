"""Matters that a test may streamline, and the people who decide on it."""

import secrets
from typing import Any

from google.protobuf import json_format

from services.chassis.caller import Post
from tests.matters.builders import UNIT, UNIT_CODE, a_matter
from tests.matters.conftest import DISTRICT, Office
from tests.serving import As
from yimen.matters.v1 import matter_pb2, streamlining_pb2, versions_pb2

CIVIL_AFFAIRS = "units/440307-civil-affairs"
_CODES = {UNIT: UNIT_CODE, CIVIL_AFFAIRS: "11440307PL000005X9"}
_serials = iter(range(2000, 3000))

MUCH: dict[str, Any] = {
    "conditions": ["有场地", "有资金", "有章程"],
    "materials": [
        {
            "id": id_,
            "display_name": {"zh": zh},
            "material_class": "MATERIAL_CLASS_A",
            "required": True,
            "originals": 1,
            "issued_by": "申请人自备",
        }
        for id_, zh in (("form", "申请表"), ("map", "平面图"), ("lease", "租赁合同"))
    ],
    "steps": [
        {"display_name": {"zh": zh}, "who": "审批人员", "working_days": days}
        for zh, days in (("受理", 1), ("初审", 4), ("复核", 3), ("决定", 2))
    ],
    "prerequisites": [{"display_name": "消防验收"}],
}
# What keeps every rule of publication: five days less, one step less, two of the rest.
LESS: dict[str, Any] = {
    "drop_materials": ["map"],
    "drop_conditions": ["有章程"],
    "drop_prerequisites": ["消防验收"],
    "drop_steps": ["复核"],
    "shorten_steps": [{"step": "初审", "working_days": 2}],
    "promised_limit": {"value": 5, "unit": "TIME_UNIT_WORKING_DAY"},
}


def on_the_list(office: Office, unit: str = UNIT, **changes: Any) -> matter_pb2.Matter:
    """A published matter of a unit with much to drop."""
    basic = f"44019{next(_serials):04d}000"
    codes = {"basic_code": basic, "implementation_code": f"{_CODES[unit]}4{basic}", "unit": unit}
    request = matter_pb2.CreateMatterRequest(
        parent=DISTRICT, matter_id=f"s-{secrets.token_hex(4)}", matter=a_matter(**(MUCH | codes | changes))
    )
    return publish(office, office.editor.CreateMatter(request))


def publish(office: Office, matter: matter_pb2.Matter) -> matter_pb2.Matter:
    """Publishes what is drafted of a matter."""
    office.editor.SubmitMatter(versions_pb2.SubmitMatterRequest(name=matter.name))
    live: matter_pb2.Matter = office.editor.PublishMatter(matter_pb2.PublishMatterRequest(name=matter.name))
    return live


def revise(office: Office, matter: matter_pb2.Matter, name: str) -> matter_pb2.Matter:
    """Drafts a next version of another name."""
    request = versions_pb2.ReviseMatterRequest(name=matter.name, elements=matter.elements, reason="更名")
    request.elements.display_name.zh = name
    revised: matter_pb2.Matter = office.editor.ReviseMatter(request)
    return revised


def get(office: Office, matter: matter_pb2.Matter) -> matter_pb2.Matter:
    """The matter as anyone reads it now."""
    found: matter_pb2.Matter = office.anyone.GetMatter(matter_pb2.GetMatterRequest(name=matter.name))
    return found


def a_proposal(matter: matter_pb2.Matter, **parts: Any) -> streamlining_pb2.Proposal:
    """A proposal for a matter."""
    return json_format.ParseDict({"matter": matter.name, "reason": "法规已不要求", **parts}, streamlining_pb2.Proposal())


def propose(
    office: Office, *proposals: streamlining_pb2.Proposal, programme: str = "", request_id: str = ""
) -> streamlining_pb2.ChangeSet:
    """A draft of these proposals."""
    request = streamlining_pb2.CreateChangeSetRequest(parent=DISTRICT, request_id=request_id)
    request.change_set.display_name.zh, request.change_set.programme = "第一批精简方案", programme
    request.change_set.proposals.extend(proposals)
    made: streamlining_pb2.ChangeSet = office.editor.CreateChangeSet(request)
    return made


def submit(office: Office, change_set: streamlining_pb2.ChangeSet) -> streamlining_pb2.ChangeSet:
    """Hands a set in."""
    submitted: streamlining_pb2.ChangeSet = office.editor.SubmitChangeSet(
        streamlining_pb2.SubmitChangeSetRequest(name=change_set.name)
    )
    return submitted


def head(office: Office, unit: str) -> As:
    """The head of a unit."""
    return office.by(f"head-of-{unit.removeprefix('units/')}", Post("HEAD", "440307", unit, covers_subtree=True))


def legal(office: Office) -> As:
    """The legal office."""
    return office.by("legal", Post("LEGAL", "440307", covers_subtree=True))


def review(by: As, change_set: streamlining_pb2.ChangeSet, approved: bool = True) -> streamlining_pb2.ChangeSet:
    """A verdict."""
    request = streamlining_pb2.ReviewChangeSetRequest(name=change_set.name, approved=approved, reason="依法审查")
    judged: streamlining_pb2.ChangeSet = by.ReviewChangeSet(request)
    return judged


def approved(office: Office, *proposals: streamlining_pb2.Proposal, programme: str = "") -> streamlining_pb2.ChangeSet:
    """A set that everybody asked has approved."""
    change_set = submit(office, propose(office, *proposals, programme=programme))
    for unit in change_set.units:
        review(head(office, unit), change_set)
    return review(legal(office), change_set)


def adopt(office: Office, change_set: streamlining_pb2.ChangeSet, **more: Any) -> streamlining_pb2.ChangeSet:
    """Adopts a set."""
    adopted: streamlining_pb2.ChangeSet = office.editor.AdoptChangeSet(
        streamlining_pb2.AdoptChangeSetRequest(name=change_set.name, **more)
    )
    return adopted
