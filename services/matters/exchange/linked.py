"""The list as linked data, in the terms of CPSV-AP 3.2 (SEMIC, releases/3.2.0 of github.com/SEMICeu/CPSV-AP).

An `@id` is the path of the API's resource, so that it resolves against the address that the document came from. CPSV-AP has no
working days: a processing time is given in calendar days, seven for every five, rounded up; the words beside it are exact.
"""

import json
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from services.matters import data
from services.matters.documents import Unit
from services.matters.rules import limits
from yimen.api.v1 import text_pb2
from yimen.matters.v1 import elements_pb2, matter_pb2

_EU = "http://publications.europa.eu/resource/authority"
CONTEXT = {
    "adms": "http://www.w3.org/ns/adms#",
    "cpsv": "http://purl.org/vocab/cpsv#",
    "cv": "http://data.europa.eu/m8g/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "eli": "http://data.europa.eu/eli/ontology#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
Node = dict[str, Any]


def as_json_ld(matters: Iterable[matter_pb2.Matter]) -> Iterator[bytes]:
    """One document: a context and a graph of public services and of the organisations that answer for them."""
    yield b'{"@context":' + _json(CONTEXT) + b',"@graph":['
    told: dict[str, str] = {}
    separator = b""
    for matter in matters:
        unit = matter.elements.unit
        if unit not in told:
            told[unit] = Unit.display_name_of(unit)
            yield separator + _json(_organisation(unit, told[unit], matter.name.split("/")[1]))
            separator = b","
        yield separator + _json(service(matter, told[unit]))
    yield b"]}"


def service(matter: matter_pb2.Matter, unit_name: str) -> Node:
    """A matter as cpsv:PublicService."""
    e, iri = matter.elements, f"/v1/{matter.name}"
    node: Node = {
        "@id": iri,
        "@type": "cpsv:PublicService",
        "dct:identifier": e.implementation_code,
        "dct:title": _text(e.display_name),
        "dct:description": _zh(_description(e, unit_name)),
        "dct:language": [{"@id": f"{_EU}/language/ZHO"}, {"@id": f"{_EU}/language/ENG"}],
        "dcat:keyword": [_zh(word) for word in e.keywords],
        "cv:isClassifiedBy": _concept("matter_type", e.matter_type),
        "dct:audience": [_concept("service_object", one) for one in e.service_objects],
        "cv:hasCompetentAuthority": {"@id": f"/v1/{e.unit}"},
        "cv:hasLegalResource": [_law(basis) for basis in e.legal_basis],
        "cv:holdsRequirement": [
            {"@type": "cv:Requirement", "dct:identifier": f"{n}", "dct:title": _zh(condition)}
            for n, condition in enumerate(e.conditions, start=1)
        ],
        "cpsv:hasInput": [_evidence(material) for material in e.materials],
        "cpsv:produces": [_output(result) for result in e.results],
        "cv:hasCost": [_cost(fee, n) for n, fee in enumerate(e.fees, start=1)],
        "cv:hasChannel": [_channel(e, channel) for channel in e.channels],
        "cv:contactPoint": _contact(e.contacts),
        "dct:requires": [{"@id": f"/v1/{one.matter}"} for one in e.prerequisites if one.matter],
        "dct:provenance": [_provenance(row) for row in matter.provenance],
        "dct:modified": {"@type": "xsd:dateTime", "@value": matter.effective_time.ToJsonString()},
    }
    if limits.is_kept(e.promised_limit):
        node["cv:processingTime"] = {"@type": "xsd:duration", "@value": f"P{_calendar_days(e.promised_limit)}D"}
    return {name: value for name, value in node.items() if value not in ([], None)}


def _organisation(unit: str, name: str, division: str) -> Node:
    return {
        "@id": f"/v1/{unit}",
        "@type": "cv:PublicOrganisation",
        "dct:identifier": unit,
        "skos:prefLabel": _zh(name),
        "dct:spatial": {"@type": "dct:Location", "dct:identifier": division},
    }


def _description(e: elements_pb2.Elements, unit_name: str) -> str:
    said = f"{unit_name}负责实施的{_title('matter_type', e.matter_type)}事项：{e.display_name.zh}。"
    if limits.is_kept(e.promised_limit):
        said += f"承诺时限 {limits.in_words(e.promised_limit)['zh']}。"
    return said + (f"受理条件：{'；'.join(e.conditions)}。" if e.conditions else "")


def _law(basis: elements_pb2.LegalBasis) -> Node:
    cited = " ".join(part for part in (basis.title, basis.number, basis.article) if part)
    return {"@type": "eli:LegalResource", "dct:title": _zh(cited)}


def _evidence(material: elements_pb2.Material) -> Node:
    node: Node = {"@type": "cv:Evidence", "dct:identifier": material.id, "dct:title": _text(material.display_name)}
    said = f"{'必交' if material.required else '可选'}；出具：{material.issued_by}"
    return node | {"dct:description": _zh(said)}


def _output(result: elements_pb2.Result) -> Node:
    return {
        "@type": "cv:Output",
        "dct:identifier": result.display_name,
        "dct:title": _zh(result.display_name),
        "dct:type": _concept("result_type", result.type),
    }


def _cost(fee: elements_pb2.Fee, number: int) -> Node:
    node: Node = {
        "@type": "cv:Cost",
        "dct:identifier": f"{number}",
        "dct:description": _zh(f"{fee.item}：{fee.standard}（{fee.basis}）"),
    }
    if fee.amount_fen:
        value = {"@type": "xsd:double", "@value": f"{fee.amount_fen / 100:.2f}"}
        node |= {"cv:hasValue": value, "cv:currency": {"@id": f"{_EU}/currency/CNY"}}
    return node


def _channel(e: elements_pb2.Elements, channel: int) -> Node:
    node: Node = {
        "@type": "cv:Channel",
        "dct:identifier": elements_pb2.Channel.Name(elements_pb2.Channel.ValueType(channel)),
        "dct:type": _concept("channel", channel),
    }
    if channel == elements_pb2.CHANNEL_COUNTER and e.contacts.address:
        node["dct:description"] = _zh(e.contacts.address)
    return node


def _contact(contacts: elements_pb2.Contacts) -> Node:
    telephones = [number for number in (contacts.consultation_telephone, contacts.complaint_telephone) if number]
    node: Node = {"@type": "cv:ContactPoint", "cv:telephone": telephones}
    if contacts.opening_hours:
        node["cv:openingHours"] = {"@type": "cv:TemporalEntity", "dct:description": _zh(contacts.opening_hours)}
    return node


def _provenance(row: elements_pb2.Provenance) -> Node:
    kind = elements_pb2.ProvenanceKind.Name(row.kind).removeprefix("PROVENANCE_KIND_")
    return {"@type": "dct:ProvenanceStatement", "rdfs:label": f"{row.field_path}: {kind}: {row.source}"}


def _concept(code_set: str, number: int) -> Node | None:
    """A value of a code set, with its code in the standard where it has one."""
    code = _codes(code_set).get(number)
    if code is None:
        return None
    node: Node = {"@type": "skos:Concept", "skos:prefLabel": _zh(code["title"])}
    return node | ({"skos:notation": code["code"]} if "code" in code else {})


def _title(code_set: str, number: int) -> str:
    return str(_codes(code_set).get(number, {}).get("title", ""))


@cache
def _codes(code_set: str) -> dict[int, dict[str, str]]:
    enum = elements_pb2.DESCRIPTOR.enum_types_by_name["".join(word.title() for word in code_set.split("_"))]
    codes = data.code_sets()[code_set]["codes"]
    return {enum.values_by_name[code["value"]].number: code for code in codes if "value" in code}


def _calendar_days(limit: elements_pb2.Limit) -> int:
    return -int(-limits.working_days(limit) * 7 // 5)


def _text(text: text_pb2.Text) -> list[Node]:
    said = [("zh", text.zh), ("en", text.en)]
    return [{"@language": language, "@value": value} for language, value in said if value]


def _zh(value: str) -> Node:
    return {"@language": "zh", "@value": value}


def _json(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
