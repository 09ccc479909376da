"""What differs between two versions, element by element."""

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor
from google.protobuf.struct_pb2 import Value
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matters import data
from services.matters.difference import between, names
from services.matters.rules.difference import Change, Kind, Name, applied, difference
from tests.matters.builders import some_elements
from yimen.matters.v1 import elements_pb2, versions_pb2

_REFERENCE = [request.matter.elements for request in data.matters()]
_KINDS = {kind.value: kind for kind in Kind}


def told(before: elements_pb2.Elements, after: elements_pb2.Elements) -> dict[str, tuple[Any, Any]]:
    """The difference as path → before and after."""
    said: Callable[[Value], Any] = json_format.MessageToDict
    return {change.path: (said(change.before), said(change.after)) for change in between(before, after)}


def applied_to(before: elements_pb2.Elements, changes: list[versions_pb2.ElementChange]) -> elements_pb2.Elements:
    """What the API says, applied by the rules: nothing but the messages is used."""
    plain = json_format.MessageToDict(before, preserving_proto_field_name=True)
    heard = [
        Change(
            change.path,
            Name(change.label.zh, change.label.en),
            _KINDS[change.kind],
            json_format.MessageToDict(change.before) if change.HasField("before") else None,
            json_format.MessageToDict(change.after) if change.HasField("after") else None,
        )
        for change in changes
    ]
    return json_format.ParseDict(applied(plain, heard), elements_pb2.Elements())


def test_the_same_elements_do_not_differ() -> None:
    assert all(not between(elements, elements) for elements in _REFERENCE)


def test_each_change_is_named_as_people_say_it() -> None:
    before = some_elements(conditions=["甲", "乙"], fees=[{"item": "工本费", "standard": "5 元", "basis": "某文"}])
    after = some_elements(conditions=["乙", "丙"], visits=0, visits_reason="")
    after.materials[0].copies = 2
    after.promised_limit.value = 5
    changes = between(before, after)
    assert [(change.path, change.label.zh, _KINDS[change.kind].name) for change in changes] == [
        ("elements.conditions[甲]", "受理条件〔甲〕", "REMOVED"),
        ("elements.conditions[丙]", "受理条件〔丙〕", "ADDED"),
        ("elements.materials[application-form].copies", "申请材料〔申请表〕的复印件份数", "CHANGED"),
        ("elements.promised_limit.value", "承诺时限的数值", "CHANGED"),
        ("elements.fees[工本费]", "收费〔工本费〕", "REMOVED"),
        ("elements.visits", "到办事现场次数", "CHANGED"),
        ("elements.visits_reason", "必须现场办理原因说明", "REMOVED"),
    ]
    assert changes[2].label.en == "Materials [申请表], copies"
    assert (changes[3].before.number_value, changes[3].after.number_value) == (10, 5)
    assert changes[4].before.struct_value["basis"] == "某文"
    assert not changes[4].HasField("after")


def test_what_changed_is_said_in_words_in_both_languages() -> None:
    before, after = some_elements(), some_elements()
    added = after.materials.add(id="lease", material_class=elements_pb2.MATERIAL_CLASS_A, required=True, copies=2)
    added.display_name.zh, added.display_name.en = "租赁合同", "Lease"
    after.promised_limit.unit = elements_pb2.TIME_UNIT_CALENDAR_DAY
    after.service_objects.append(elements_pb2.SERVICE_OBJECT_ENTERPRISE)
    said = {change.path.removeprefix("elements."): change for change in between(before, after)}
    lease = said["materials[lease]"]
    assert not lease.HasField("before_text")
    assert {"名称：租赁合同", "复印件份数：2"} <= set(lease.after_text.zh.split("\n"))
    assert {"name: Lease", "copies: 2"} <= set(lease.after_text.en.split("\n"))
    assert not any(word in lease.after_text.zh + lease.after_text.en for word in ("MATERIAL_CLASS", "{", "true"))
    unit = said["promised_limit.unit"]
    assert (unit.before_text.zh, unit.after_text.zh, unit.after_text.en) == ("个工作日", "个自然日", "calendar day")


def test_no_word_of_the_contract_is_left_where_the_list_is_read() -> None:
    for elements in _REFERENCE:
        for change in between(elements_pb2.Elements(), elements):
            said = f"{change.label.zh} {change.after_text.zh} {change.label.en} {change.after_text.en}"
            if not change.path.startswith("elements.form_schema"):
                assert not re.search(r"[A-Z]+_[A-Z]+|\b[a-z]+_[a-z]+:", said), said


def test_what_moves_has_not_changed_but_its_order_has() -> None:
    before, after = some_elements(keywords=["a", "b", "c"]), some_elements(keywords=["c", "a", "b"])
    (change,) = between(before, after)
    assert (change.path, change.label.zh) == ("elements.keywords", "常用叫法的顺序")
    assert [item.string_value for item in change.after.list_value.values] == ["c", "a", "b"]


def test_a_form_is_compared_key_by_key_and_its_lists_as_one_value() -> None:
    fields = {"school": {"title": "校名"}, "a.b]": {"type": "integer"}}
    form = {"type": "object", "required": ["school", "a.b]"], "properties": fields}
    assert told(some_elements(), some_elements(form_schema=form)) == {
        "elements.form_schema[properties][a.b\\]]": (None, {"type": "integer"}),
        "elements.form_schema[properties][school][title]": ("学校名称", "校名"),
        "elements.form_schema[required]": (["school"], ["school", "a.b]"]),
    }


def test_true_is_not_one() -> None:
    assert len(between(some_elements(form_schema={"a": 1}), some_elements(form_schema={"a": True}))) == 1


_words = st.text("甲乙丙a.[]\\#12", max_size=3)
_texts = st.builds(lambda zh, en: {"zh": zh, "en": en}, _words, _words)
_json = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | _words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_words, inner, max_size=3),
    max_leaves=8,
)
_elements = st.fixed_dictionaries(
    {},
    optional={
        "display_name": _texts,
        "unit": _words,
        "conditions": st.lists(_words, max_size=4),
        "service_objects": st.lists(st.integers(1, 6), max_size=4),
        "materials": st.lists(
            st.fixed_dictionaries(
                {"id": _words},
                optional={
                    "display_name": _texts,
                    "required": st.booleans(),
                    "copies": st.integers(0, 3),
                    "media_types": st.lists(_words, max_size=3),
                },
            ),
            max_size=4,
        ),
        "steps": st.lists(st.fixed_dictionaries({"display_name": _texts, "working_days": st.integers(0, 9)}), max_size=3),
        "legal_basis": st.lists(st.fixed_dictionaries({"title": _words, "article": _words}), max_size=3),
        "fees": st.lists(st.fixed_dictionaries({"item": _words, "amount_fen": st.integers(0, 10**12)}), max_size=3),
        "questions": st.lists(st.fixed_dictionaries({"question": _words, "answer": _words}), max_size=3),
        "promised_limit": st.fixed_dictionaries({}, optional={"value": st.integers(0, 9), "unit": st.integers(0, 5)}),
        "form_schema": st.dictionaries(_words, _json, max_size=3),
        "visits": st.integers(0, 3),
    },
).map(lambda plain: json_format.ParseDict(plain, elements_pb2.Elements()))


@settings(deadline=None)
@given(_elements, _elements)
def test_the_difference_from_one_to_the_other_applied_to_the_one_is_the_other(
    one: elements_pb2.Elements, other: elements_pb2.Elements
) -> None:
    assert applied_to(one, between(one, other)) == other


def test_it_is_so_of_the_matters_of_the_list() -> None:
    for one, other in pairwise(_REFERENCE):
        assert applied_to(one, between(one, other)) == other


@settings(deadline=None)
@given(_elements, _elements)
def test_what_is_the_same_and_only_that_does_not_differ(one: elements_pb2.Elements, other: elements_pb2.Elements) -> None:
    assert bool(between(one, other)) == (one != other)


def _fields(message: Descriptor, path: str = "") -> list[str]:
    found = []
    for field in message.fields:
        here = f"{path}.{field.name}".lstrip(".")
        found.append(here)
        if field.message_type and not field.message_type.full_name.startswith("google."):
            found += _fields(field.message_type, here)
    return found


def test_every_element_of_the_contract_has_a_name_in_both_languages() -> None:
    assert sorted(names()) == sorted(_fields(elements_pb2.Elements.DESCRIPTOR))
    assert all(name.zh and name.en for name in names().values())


def test_names_that_nobody_gave_are_the_fields_own() -> None:
    assert difference({}, {"new": 1}, {}) == [Change("elements.new", Name("new", "new"), Kind.ADDED, None, 1)]


@pytest.mark.parametrize("change", [Change("elements.a[b]", Name("", ""), Kind.REMOVED)])
def test_a_difference_from_something_else_cannot_be_applied(change: Change) -> None:
    with pytest.raises(KeyError):
        applied({}, [change])
