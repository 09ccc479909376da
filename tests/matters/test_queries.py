"""Each query of the list as the store answers it: by an index, never by reading the collection."""

from collections.abc import Callable
from typing import Any

import pytest
from mongoengine import QuerySet

from services.chassis.context import Scope, acting_in
from services.matters.documents import Listed, Matter, Unit
from services.matters.rules import State
from tests.matters.conftest import Office

HALL = "440307"
ALLOWANCE_CODE = "11440307PL000005X94440590033000"
QUERIES = {
    "get": lambda: Matter.objects(hall=HALL, slug="catering"),
    "list": lambda: Listed.on().filter(code__gte="1").order_by("code"),
    "list of a unit": lambda: Listed.on(unit="units/440307-civil-affairs").filter(code__gte="1").order_by("code"),
    "list of a type": lambda: Listed.on(matter_type=5).order_by("code"),
    "list of a unit's type": lambda: Listed.on(unit="units/440307-civil-affairs", matter_type=5).order_by("code"),
    "unit": lambda: Unit.objects(id="440307-audit"),
    "units under": lambda: Unit.under(HALL).filter(credit_code__gte="1").order_by("credit_code"),
}
EDITORS_QUERIES = {
    "list of a state": lambda: Listed.on(state=State.PUBLISHED).filter(code__gte="1").order_by("code"),
    "live with a code": lambda: Listed.on(state=State.PUBLISHED).filter(code=ALLOWANCE_CODE),
}
PUBLIC_QUERIES = {"search": lambda: Listed.objects(grams__in=["津贴", "老人"])}
FORMS = [
    *((name, query, public) for name, query in QUERIES.items() for public in (False, True)),
    *((name, query, False) for name, query in EDITORS_QUERIES.items()),
    *((name, query, True) for name, query in PUBLIC_QUERIES.items()),
]


@pytest.mark.parametrize(
    ("query", "public"), [form[1:] for form in FORMS], ids=[f"{name}, {'anyone' if p else 'editor'}" for name, _, p in FORMS]
)
@pytest.mark.usefixtures("office")
def test_no_query_scans(query: Callable[[], QuerySet], public: bool) -> None:
    with acting_in(Scope(hall=HALL, public=public)):
        found = query()
        assert found.first() is not None
        stages = _stages(found.explain())
    assert "COLLSCAN" not in stages
    assert stages & {"IXSCAN", "IDHACK", "EXPRESS_IXSCAN", "EXPRESS_CLUSTERED_IXSCAN"}, stages


def test_the_store_answers_as_plain_python_does(office: Office) -> None:
    office.load()
    with acting_in(Scope(hall=HALL)):
        everything = list(Matter.objects())
    published = [m for m in everything if m.state == State.PUBLISHED]
    with acting_in(Scope(hall=HALL, public=True)):
        for asked in (["津贴"], ["老人", "执照"], ["ktv"], ["nothing"]):
            expected = {m.slug for m in published if set(asked) & set(m.grams)}
            assert {m.slug for m in Listed.objects(grams__in=asked)} == expected
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
