"""The generated matters: the list's totals, each complete and publishable, each marked for what it is."""

import hashlib
from collections import Counter
from itertools import islice

import pytest

from services.matters import data, rules
from services.matters.data.generated.planning import is_online
from services.matters.documents import form_of
from services.matters.rules import codes
from yimen.matters.v1 import elements_pb2 as pb
from yimen.matters.v1 import matter_pb2

Request = matter_pb2.CreateMatterRequest
UNITS = {f"units/{request.unit_id}": request.unit for request in data.units()}


@pytest.fixture(scope="module")
def whole() -> list[Request]:
    return list(data.everything())


@pytest.fixture(scope="module")
def generated(whole: list[Request]) -> list[Request]:
    kept = {request.matter_id for request in [*data.matters(), *data.urban_renewal()]}
    return [request for request in whole if request.matter_id not in kept]


def test_the_totals_are_those_of_the_reference_deployment(whole: list[Request]) -> None:
    types = Counter(request.matter.elements.matter_type for request in whole)
    online = [request for request in whole if is_online(request.matter.elements)]
    assert (len(whole), len(types), types[pb.MATTER_TYPE_LICENCE]) == (12_934, 10, 266)
    assert {request.matter.elements.unit for request in whole} == UNITS.keys()
    assert (len(online), len({request.matter.elements.unit for request in online})) == (350, 25)


def test_no_two_matters_have_one_id_one_name_or_one_code(whole: list[Request]) -> None:
    for of in (
        lambda request: request.matter_id,
        lambda request: request.matter.elements.display_name.zh,
        lambda request: request.matter.elements.display_name.en,
        lambda request: request.matter.elements.implementation_code,
    ):
        assert [one for one, times in Counter(map(of, whole)).items() if times > 1] == []


def test_it_is_the_same_every_time(whole: list[Request]) -> None:
    def digest(requests: list[Request]) -> str:
        return hashlib.sha256(b"".join(r.SerializeToString(deterministic=True) for r in requests)).hexdigest()

    assert digest(list(islice(data.everything(), 3000))) == digest(whole[:3000])


def test_every_generated_matter_may_be_published(generated: list[Request]) -> None:
    for request in generated:
        elements = request.matter.elements
        codes.complete(elements, UNITS[elements.unit].credit_code, "440307")
        candidate = rules.Candidate(elements, form_of(elements), UNITS[elements.unit].credit_code, name=request.matter_id)
        assert rules.violations(candidate) == [], request.matter_id


def test_every_generated_matter_is_complete_by_the_standard(generated: list[Request]) -> None:
    for request in generated:
        e = request.matter.elements
        assert all(
            (
                e.display_name.en.isascii() and e.display_name.en, e.subject_nature, e.conditions, e.materials, e.keywords,
                e.online_depth, e.contacts.address, e.contacts.opening_hours, e.HasField("statutory_limit"), e.visits >= 0,
            )
        ), request.matter_id  # fmt: skip
        assert all(material.display_name.en for material in e.materials)
        assert all(step.display_name.en for step in e.steps)


def test_every_generated_matter_says_that_it_is(generated: list[Request]) -> None:
    for request in generated:
        kinds = {row.field_path: row.kind for row in request.matter.provenance}
        assert (kinds["*"], kinds["elements.legal_basis"]) == (pb.PROVENANCE_KIND_GENERATED, pb.PROVENANCE_KIND_GENERATED)
        for path in ("elements.basic_code", "elements.implementation_code", "elements.contacts"):
            assert kinds[path] == pb.PROVENANCE_KIND_PLACEHOLDER
        # No main item below 90000 and no article: neither is known.
        assert request.matter.elements.basic_code[4] == "9"
        assert not any(basis.article for basis in request.matter.elements.legal_basis)


def test_what_comes_before_a_generated_matter_is_on_the_list(whole: list[Request], generated: list[Request]) -> None:
    names = {f"{request.parent}/matters/{request.matter_id}" for request in whole}
    for request in generated:
        assert {one.matter for one in request.matter.elements.prerequisites} <= names


def test_units_without_the_power_to_punish_have_no_penalties(generated: list[Request]) -> None:
    enforced = {pb.MATTER_TYPE_PENALTY, pb.MATTER_TYPE_COERCION}
    units = {r.matter.elements.unit for r in generated if r.matter.elements.matter_type in enforced}
    assert not units & {"units/440307-trade-union", "units/440307-service-hall", "units/440307-women-federation"}


def test_every_form_says_in_which_order_its_questions_are_asked(whole: list[Request]) -> None:
    schemas = [schema for request in whole if (schema := form_of(request.matter.elements))]
    assert schemas
    assert all(set(schema["x-order"]) == set(schema["properties"]) for schema in schemas)
    (allowance,) = (form_of(request.matter.elements) for request in whole if request.matter_id == "old-age-allowance")
    assert allowance["x-order"][-5:] == ["payee", "agent", "agent_name", "relation", "declaration"]
