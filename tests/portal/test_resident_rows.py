"""A form that asks for any number of things of one kind."""

from collections.abc import Callable

from google.protobuf import json_format
from playwright.sync_api import Page, expect

from tests.portal.conftest import PHONE, check
from tests.portal.office import Office, path_of
from tests.portal.residents import go_on

FORM = {
    "type": "object",
    "properties": {
        "staff": {
            "type": "array",
            "title": "从业人员",
            "x-title-en": "Staff",
            "items": {
                "type": "object",
                "properties": {"name": {"type": "string", "title": "姓名", "x-title-en": "Name"}},
                "required": ["name"],
            },
        }
    },
    "required": ["staff"],
}


def test_one_more_is_asked_for_and_what_was_typed_stays(signed_in: Callable[..., Page], office: Office) -> None:
    page = signed_in("resident", PHONE)
    draft = office.draft(matter=office.matter(form=FORM).name, form={})
    page.goto(path_of(draft, "form"))
    page.fill("[name='staff.0.name']", "甲")
    page.get_by_role("button", name="Add another").click()
    expect(page.locator("[name='staff.1.name']")).to_be_visible()
    expect(page.locator("[name='staff.0.name']")).to_have_value("甲")
    # Who goes on by keyboard comes to the new one, not to the head of the page.
    assert page.evaluate("location.hash") == "#last-staff"
    page.keyboard.press("Tab")
    expect(page.locator("[name='staff.1.name']")).to_be_focused()
    page.keyboard.type("乙")
    check(page, "form-rows", PHONE)
    go_on(page)
    page.wait_for_url("**/materials")
    assert json_format.MessageToDict(office.read(draft.name).form) == {"staff": [{"name": "甲"}, {"name": "乙"}]}
