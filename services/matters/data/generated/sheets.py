"""What an information sheet says of a planned matter: every element that the standard asks for."""

import zlib
from collections.abc import Sequence
from functools import cached_property
from typing import Any, TypeVar

from google.protobuf import json_format, struct_pb2

from services.matters.data.forms import ordered
from services.matters.data.generated.planning import Planned
from services.matters.data.generated.terms import read
from yimen.api.v1.text_pb2 import Text
from yimen.halls.v1 import halls_pb2
from yimen.matters.v1 import elements_pb2 as pb
from yimen.matters.v1 import matter_pb2, units_pb2

_REGION = "44"
_ORGANISATIONS = ("licence", "filing")
_HOURS = "周一至周五 9:00-12:00、14:00-18:00（法定节假日除外）"
_DEEP = (pb.ONLINE_DEPTH_RECEIPT, pb.ONLINE_DEPTH_PRE_REVIEW, pb.ONLINE_DEPTH_ACCEPTANCE, pb.ONLINE_DEPTH_HANDLING)
_SHALLOW = (pb.ONLINE_DEPTH_NONE, pb.ONLINE_DEPTH_NONE, pb.ONLINE_DEPTH_CONSULTATION)
_PROVENANCE = (
    ("elements.basic_code", pb.PROVENANCE_KIND_PLACEHOLDER, "广东区域码 44、事项类型码和 9 开头的生成主项号，非真实编码"),
    ("elements.implementation_code", pb.PROVENANCE_KIND_PLACEHOLDER, "单位的统一社会信用代码为占位代码"),
    ("elements.contacts", pb.PROVENANCE_KIND_PLACEHOLDER, "电话为占位号码（0755-0 开头，不可拨打），地址和时间待核实"),
    (
        "elements.legal_basis",
        pb.PROVENANCE_KIND_GENERATED,
        "the main law of the unit's field; which article applies is not known",
    ),
    (
        "*",
        pb.PROVENANCE_KIND_GENERATED,
        "made by services/matters/data/generated from the terms of the unit's work: no entry of the official list",
    ),
)

_Choice = TypeVar("_Choice")


class Sheets:
    """Fills the elements of planned matters of these units."""

    def __init__(self, units: Sequence[units_pb2.CreateUnitRequest]) -> None:
        self._units = {request.unit_id.partition("-")[2]: (request.unit_id, request.unit) for request in units}
        self._provenance = [pb.Provenance(field_path=path, kind=kind, source=why) for path, kind, why in _PROVENANCE]

    @cached_property
    def _sheets(self) -> dict[str, Any]:
        sheets: dict[str, Any] = read("sheets.yaml")
        return sheets

    @cached_property
    def _forms(self) -> dict[str, struct_pb2.Struct]:
        return {name: json_format.ParseDict(ordered(form), struct_pb2.Struct()) for name, form in read("forms.yaml").items()}

    def matter(self, planned: Planned) -> matter_pb2.Matter:
        """The matter with all its elements and where they come from."""
        sheet = self._sheets[planned.act["sheet"]]
        said = planned.term.called() | {"name": planned.act["zh"].format(**planned.term.called())}
        e = pb.Elements(
            display_name=Text(zh=planned.name[0], en=planned.name[1]),
            matter_type=pb.MatterType.ValueType(planned.matter_type),
            case_type=sheet["case_type"],
            service_objects=sheet["service_objects"],
            conditions=[condition.format(**said) for condition in sheet["conditions"]],
            materials=[_material(row, said) for row in sheet["materials"]],
            form_schema=self._forms[sheet["form"]],
            results=[_result(row, said) for row in sheet["results"]],
            keywords=list(dict.fromkeys([*planned.term.words, *planned.act.get("words", ())])),
        )
        if not e.keywords:
            e.keywords.append(planned.term.zh)
        self._answered_by(e, planned)
        _lasts(e, sheet, planned)
        _costs(e, planned)
        _goes_online(e, sheet, planned)
        _needs_before(e, planned)
        return matter_pb2.Matter(elements=e, provenance=self._provenance)

    def _answered_by(self, e: pb.Elements, planned: Planned) -> None:
        """Unit, codes, law, where it is handled and whom to ask."""
        unit_id, unit = self._units[planned.slug]
        is_street = unit.kind == units_pb2.UNIT_KIND_STREET_OFFICE
        is_vertical = unit.kind == units_pb2.UNIT_KIND_VERTICAL
        is_organ = unit.kind != units_pb2.UNIT_KIND_MASS_ORGANISATION
        e.unit = f"units/{unit_id}"
        e.exercise_level = (
            pb.EXERCISE_LEVEL_TOWN if is_street else pb.EXERCISE_LEVEL_CITY if is_vertical else pb.EXERCISE_LEVEL_COUNTY
        )
        e.subject_nature = pb.SUBJECT_NATURE_STATUTORY_ORGAN if is_organ else pb.SUBJECT_NATURE_AUTHORISED
        e.basic_code = f"{_REGION}{planned.matter_type:02d}{planned.term.number}{planned.number:03d}"
        e.implementation_code = f"{unit.credit_code}{int(e.exercise_level)}{e.basic_code}"
        for title, rank in planned.laws[:2]:
            e.legal_basis.add(title=title, rank=pb.LegalRank.Value(f"LEGAL_RANK_{rank}"))
        own = halls_pb2.TIER_STREET if is_street else halls_pb2.TIER_DISTRICT
        e.handled_at.append(own)
        more = _chosen(planned, "accepted", self._sheets[planned.act["sheet"]]["accepted"])
        e.accepted_at.extend(dict.fromkeys([own, *(halls_pb2.Tier.Value(tier) for tier in more)]))
        e.contacts.CopyFrom(
            pb.Contacts(
                consultation_telephone=unit.telephone,
                complaint_telephone=unit.telephone.replace("0755-00001", "0755-00002"),
                address=f"{planned.street[0]}政务服务大厅" if is_street else "龙岗区行政服务大厅",
                opening_hours=_HOURS,
                placeholder=True,
            )
        )


def _material(row: dict[str, Any], said: dict[str, str]) -> pb.Material:
    return pb.Material(
        id=row["id"],
        display_name=Text(zh=row["zh"].format(**said), en=row["en"]),
        material_class=pb.MaterialClass.Value(f"MATERIAL_CLASS_{row['class']}"),
        required=not row.get("optional", False),
        originals=row.get("originals", 0),
        copies=row.get("copies", 0),
        issued_by=row["issued_by"],
    )


def _result(row: Sequence[str], said: dict[str, str]) -> pb.Result:
    name, kind, validity = row[0].format(**said), row[1], row[2]
    # What ends in a written approval is no licence with a term.
    if kind == "RESULT_TYPE_LICENCE" and not name.endswith("证"):
        kind, validity = "RESULT_TYPE_DOCUMENT", ""
    return pb.Result(display_name=name, type=pb.ResultType.Value(kind), validity=validity)


def _lasts(e: pb.Elements, sheet: dict[str, Any], planned: Planned) -> None:
    """Limits and steps."""
    statutory, promised = _chosen(planned, "limits", sheet["limits"])
    e.statutory_limit.CopyFrom(pb.Limit(value=statutory, unit=pb.TIME_UNIT_WORKING_DAY))
    e.promised_limit.CopyFrom(pb.Limit(value=promised, unit=pb.TIME_UNIT_WORKING_DAY))
    for zh, en, who, days in sheet["steps"]:
        e.steps.add(display_name={"zh": zh, "en": en}, who=who, working_days=days)
    if planned.act["sheet"] == "licence" and _chosen(planned, "review", range(4)) == 0:
        _reviewed_by_experts(e)
    elif planned.act["sheet"] in ("licence", "benefit") and _chosen(planned, "side by side", range(4)) == 0:
        for step in e.steps[1:3]:
            step.parallel_group = 1


def _reviewed_by_experts(e: pb.Elements) -> None:
    """A licence of every fourth term asks experts, whose time does not count."""
    steps = [pb.Step.FromString(step.SerializeToString()) for step in e.steps]
    experts = pb.Step(
        display_name=Text(zh="专家评审", en="Expert review"),
        who="评审专家",
        special_procedure=pb.SPECIAL_PROCEDURE_EXPERT_REVIEW,
    )
    del e.steps[:]
    e.steps.extend([*steps[:2], experts, *steps[2:]])
    e.special_procedures.append(pb.SPECIAL_PROCEDURE_EXPERT_REVIEW)


def _costs(e: pb.Elements, planned: Planned) -> None:
    """A charge for the paper itself, of every fifth licence and confirmation."""
    is_paper = planned.act["sheet"] in ("licence", "licence-change", "licence-renewal", "confirmation", "confirmation-copy")
    if is_paper and _chosen(planned, "fee", range(5)) == 0:
        basis = "广东省行政事业性收费项目目录（生成数据，待核）"
        e.fees.add(item="证照工本费", standard="10 元/件", basis=basis, amount_fen=1000)


def _goes_online(e: pb.Elements, sheet: dict[str, Any], planned: Planned) -> None:
    """How far one gets on the net, and how often one has to come."""
    visits, why = sheet["visits"]
    e.channels.append(pb.CHANNEL_COUNTER)
    if not planned.online:
        e.online_depth = _chosen(planned, "depth", _SHALLOW)
        e.visits, e.visits_reason = visits, why
        return
    e.channels.append(pb.CHANNEL_WEB)
    is_whole = _chosen(planned, "whole", range(4)) == 0
    e.online_depth = pb.ONLINE_DEPTH_WHOLE if is_whole else _chosen(planned, "depth", _DEEP)
    e.visits = 0 if is_whole else min(visits, 1)
    e.visits_reason = why if e.visits else ""


def _needs_before(e: pb.Elements, planned: Planned) -> None:
    """What changes or ends something needs it to be there; an organisation's licence needs the organisation."""
    sheet = planned.act["sheet"]
    if planned.after and sheet.startswith(("licence-", "confirmation-", "benefit-")):
        e.prerequisites.add(matter=f"{Planned.PARENT}/matters/{planned.after}", display_name=_first_name(planned))
    elif sheet in _ORGANISATIONS and _chosen(planned, "before", range(4)) == 0:
        e.prerequisites.add(
            matter=f"{Planned.PARENT}/matters/business-registration", display_name="商事主体设立登记（四证合一）"
        )


def _first_name(planned: Planned) -> str:
    called = planned.term.called()
    return {"licence": called["licence"], "confirmation": called["register"], "benefit": f"{called['zh']}申请"}[
        planned.act["sheet"].partition("-")[0]
    ]


def _chosen(planned: Planned, what: str, choices: Sequence[_Choice]) -> _Choice:
    """One of the choices, always the same for the same matter."""
    return choices[zlib.crc32(f"{planned.matter_id} {what}".encode()) % len(choices)]
