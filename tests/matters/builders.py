"""Matters for the tests: valid unless a test says what is wrong with them."""

from collections.abc import Sequence
from typing import Any

from google.protobuf import json_format

from services.matters.rules import Candidate
from tests.serving import As
from yimen.matters.v1 import elements_pb2, matter_pb2, versions_pb2

UNIT = "units/440307-education"
UNIT_CODE = "11440307PL0000041H"
BASIC = "440190001000"

_VALID: dict[str, Any] = {
    "display_name": {"zh": "办学许可", "en": "School licence"},
    "basic_code": BASIC,
    "implementation_code": f"{UNIT_CODE}4{BASIC}",
    "matter_type": "MATTER_TYPE_LICENCE",
    "legal_basis": [{"title": "民办教育促进法", "article": "第十二条", "rank": "LEGAL_RANK_LAW"}],
    "unit": UNIT,
    "exercise_level": "EXERCISE_LEVEL_COUNTY",
    "service_objects": ["SERVICE_OBJECT_NATURAL_PERSON"],
    "case_type": "CASE_TYPE_PROMISED",
    "conditions": ["有符合标准的办学场所"],
    "materials": [
        {
            "id": "application-form",
            "display_name": {"zh": "申请表"},
            "material_class": "MATERIAL_CLASS_A",
            "required": True,
            "originals": 1,
            "issued_by": "申请人自备",
        }
    ],
    "form_schema": {
        "type": "object",
        "required": ["school"],
        "properties": {"school": {"title": "学校名称"}},
    },
    "steps": [
        {"display_name": {"zh": "受理"}, "who": "窗口人员", "working_days": 1},
        {"display_name": {"zh": "决定"}, "who": "首席代表", "working_days": 9},
    ],
    "statutory_limit": {"value": 20, "unit": "TIME_UNIT_WORKING_DAY"},
    "promised_limit": {"value": 10, "unit": "TIME_UNIT_WORKING_DAY"},
    "visits": 1,
    "visits_reason": "核验原件",
    "results": [{"display_name": "办学许可证", "type": "RESULT_TYPE_LICENCE"}],
    "channels": ["CHANNEL_COUNTER"],
    "online_depth": "ONLINE_DEPTH_PRE_REVIEW",
    "contacts": {"consultation_telephone": "0755-00000001", "complaint_telephone": "0755-00000002"},
    "handled_at": ["TIER_DISTRICT"],
    "accepted_at": ["TIER_DISTRICT", "TIER_STREET"],
    "keywords": ["培训机构"],
}


def some_elements(**changes: Any) -> elements_pb2.Elements:
    """Elements that may be published, but for the changes."""
    return json_format.ParseDict(_VALID | changes, elements_pb2.Elements())


def a_matter(name: str = "", **changes: Any) -> matter_pb2.Matter:
    """A matter with such elements."""
    return matter_pb2.Matter(name=name, elements=some_elements(**changes))


def a_candidate(*, unit_code: str | None = UNIT_CODE, strangers: Sequence[str] = (), **known_and_changes: Any) -> Candidate:
    """A candidate with such elements; live, former and name as of the candidate, all else changes the elements."""
    known = {key: known_and_changes.pop(key, "") for key in ("live", "former", "name")}
    elements = some_elements(**known_and_changes)
    form = json_format.MessageToDict(elements.form_schema)
    return Candidate(elements, form, unit_code, strangers=strangers, **known)


def a_code(serial: int) -> dict[str, str]:
    """The two codes of another matter of the same unit."""
    basic = f"44019{serial:04d}000"
    return {"basic_code": basic, "implementation_code": f"{UNIT_CODE}4{basic}"}


def published(editor: As, parent: str, matter_id: str, matter: matter_pb2.Matter) -> matter_pb2.Matter:
    """Drafts, submits and publishes a matter at once."""
    draft = editor.CreateMatter(matter_pb2.CreateMatterRequest(parent=parent, matter_id=matter_id, matter=matter))
    editor.SubmitMatter(versions_pb2.SubmitMatterRequest(name=draft.name))
    stored: matter_pb2.Matter = editor.PublishMatter(matter_pb2.PublishMatterRequest(name=draft.name))
    return stored
