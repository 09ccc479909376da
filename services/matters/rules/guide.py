"""What an applicant reads: elements, fees, visits, telephones, materials, results, the form."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator, SchemaError

from services.matters.rules import limits
from services.matters.rules.rule import Candidate, Facts, rule
from services.matters.rules.shape import Channel, MaterialClass, OnlineDepth, ResultType

# What a page can name a field by.
_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_FORMS_KEPT = 256
_LICENCE_WORDS = ("证", "证书", "执照")


def _missing(**elements: object) -> Iterator[Facts]:
    """The names of the elements that are empty."""
    return ({"element": name} for name, value in elements.items() if not value)


@rule("GB/T 39046-2020 表 4", "{element}", "缺少必填要素 {element}", "the element {element} is missing")
def elements_complete(c: Candidate) -> Iterable[Facts]:
    """Whoever applies must be able to read what, for whom, by what law, how, where and with what result."""
    e = c.elements
    return _missing(
        matter_type=e.matter_type,
        legal_basis=e.legal_basis,
        exercise_level=e.exercise_level,
        service_objects=e.service_objects,
        case_type=e.case_type,
        steps=e.steps,
        promised_limit=limits.is_kept(e.promised_limit),
        results=e.results,
        channels=e.channels,
        handled_at=e.handled_at,
        accepted_at=e.accepted_at,
    )


@rule(
    "行政许可法第五十八条、第五十九条",
    "fees[{index}]",
    "收费项目“{item}”缺少{gap_zh}",
    "the fee “{item}” has no {gap_en}",
)
def fees_have_basis(c: Candidate) -> Iterable[Facts]:
    """Nothing is charged without a published basis and standard."""
    for i, fee in enumerate(c.elements.fees):
        if not fee.item:
            yield {"index": i, "item": fee.item, "gap_zh": "项目名称", "gap_en": "item"}
        if not fee.basis:
            yield {"index": i, "item": fee.item, "gap_zh": "收费依据", "gap_en": "basis"}
        if not fee.standard:
            yield {"index": i, "item": fee.item, "gap_zh": "收费标准", "gap_en": "standard"}


@rule(
    "C0109.2 limit_scene_explain",
    "visits_reason",
    "须到现场 {visits} 次，应说明必须现场办理的原因",
    "{visits} visits are asked for: say why",
)
def visits_have_reasons(c: Candidate) -> Iterable[Facts]:
    """A person is sent to the hall only for a stated reason."""
    if c.elements.visits and not c.elements.visits_reason:
        yield {"visits": c.elements.visits}


@rule(
    "C0109.2 online_handle_depth",
    "channels",
    "全程网办的事项应提供电脑端或移动端办理",
    "a matter handled wholly online needs a web or a mobile channel",
)
def online_has_a_channel(c: Candidate) -> Iterable[Facts]:
    """全程网办 needs a net."""
    on_the_net = {Channel.WEB, Channel.MOBILE} & set(c.elements.channels)
    if c.elements.online_depth == OnlineDepth.WHOLE and not on_the_net:
        yield {}


@rule("GB/T 39046-2020 表 4-53、4-54", "contacts", "缺少{gap_zh}电话", "the {gap_en} telephone is missing")
def telephones_given(c: Candidate) -> Iterable[Facts]:
    """One number to ask, one to complain."""
    if not c.elements.contacts.consultation_telephone:
        yield {"gap_zh": "咨询", "gap_en": "consultation"}
    if not c.elements.contacts.complaint_telephone:
        yield {"gap_zh": "监督投诉", "gap_en": "complaint"}


@rule(
    "GB/T 39046-2020 表 4-53、4-54",
    "contacts.complaint_telephone",
    "监督投诉电话与咨询电话同为 {telephone}",
    "the complaint telephone is the consultation telephone, {telephone}",
)
def complaint_goes_elsewhere(c: Candidate) -> Iterable[Facts]:
    """A complaint is not taken by those whom it is about."""
    contacts = c.elements.contacts
    if contacts.complaint_telephone and contacts.complaint_telephone == contacts.consultation_telephone:
        yield {"telephone": contacts.complaint_telephone}


@rule(
    "GB/T 39046-2020 表 4-57",
    "materials[{index}].issued_by",
    "材料“{material}”未写明出具机构",
    "the material “{material}” does not say who issues it",
)
def materials_name_issuer(c: Candidate) -> Iterable[Facts]:
    """An applicant must know whom to ask for it."""
    for i, material in enumerate(c.elements.materials):
        if not material.issued_by:
            yield {"index": i, "material": material.display_name.zh}


@rule(
    "GB/T 39046-2020 表 4-62 至 4-64",
    "materials[{index}]",
    "材料“{material}”{fault_zh}",
    "the material “{material}” {fault_en}",
)
def materials_definite(c: Candidate) -> Iterable[Facts]:
    """What is asked for, how strictly and how many, is beyond doubt."""
    seen: set[str] = set()
    for i, material in enumerate(c.elements.materials):
        for is_wrong, zh, en in (
            (material.id in seen, "的标识与前面的材料重复", "has the id of one before it"),
            (not material.material_class, "未分级（A 至 D）", "has no class (A to D)"),
            (not material.originals + material.copies, "未写明份数", "asks for neither original nor copy"),
            (
                material.required and material.material_class == MaterialClass.D,
                "产生于办理过程，不能在申请时必交",
                "arises during the handling: it cannot be required at application",
            ),
        ):
            if is_wrong:
                yield {"index": i, "material": material.display_name.zh, "fault_zh": zh, "fault_en": en}
        seen.add(material.id)


@rule(
    "C0109.2 result_type",
    "results[{index}].type",
    "结果“{result}”是证照，应为出证办结",
    "the result “{result}” is a licence and must be issued as one",
)
def certificate_is_issued_as_licence(c: Candidate) -> Iterable[Facts]:
    """What is called …证 is an electronic licence from its first day."""
    for i, result in enumerate(c.elements.results):
        if result.display_name.endswith(_LICENCE_WORDS) and result.type != ResultType.LICENCE:
            yield {"index": i, "result": result.display_name}


@rule(
    "JSON Schema 2020-12",
    "form_schema",
    "申请表单不是有效的 JSON Schema：{fault}",
    "the form is no valid JSON Schema: {fault}",
)
def form_is_json_schema(c: Candidate) -> Iterable[Facts]:
    """A form can be shown, filled and checked: an object of titled fields, complete in itself."""
    return ({"fault": fault} for fault in _faults(json.dumps(c.form)))


@lru_cache(_FORMS_KEPT)
def _faults(written: str) -> tuple[str, ...]:
    """What is wrong with a form. Many matters share one, and to check it takes ten times as long as all other rules."""
    form: Mapping[str, Any] = json.loads(written)
    try:
        Draft202012Validator.check_schema(form)
    except SchemaError as error:
        return (f"{error.json_path}: {error.message}",)
    properties: Mapping[str, Any] = form.get("properties", {})
    if form.get("type") != "object" or not properties:
        return ("$: an object with properties is needed",)
    if unread := [f"{path}: true and false are no question" for path in _truths(form, "$")]:
        return tuple(unread)
    faults = [f"$.properties.{name}: no title" for name, schema in properties.items() if not schema.get("title")]
    faults += [f"$.properties.{name}: letters, digits and _ alone" for name in properties if not _FIELD.fullmatch(name)]
    faults += [f"$.required: {name} is no property" for name in form.get("required", ()) if name not in properties]
    return (*faults, "$ref: a form refers to nothing outside itself") if "$ref" in written else tuple(faults)


def _truths(schema: Any, path: str) -> Iterator[str]:
    """Where the schema of a question is a bare true or false: valid JSON Schema, and nothing that could be asked."""
    if isinstance(schema, bool):
        yield path
        return
    for name, part in schema.get("properties", {}).items():
        yield from _truths(part, f"{path}.properties.{name}")
    if "items" in schema:
        yield from _truths(schema["items"], f"{path}.items")
    for key in ("oneOf", "anyOf", "allOf"):
        for number, part in enumerate(schema.get(key, ())):
            yield from _truths(part, f"{path}.{key}[{number}]")
