"""One application on the pages alone: resident, clerk and who decides, each in a browser and with a U-key of their own."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from stack.journey import HALL
from tests.portal.conftest import DESKTOP, PHONE, Look, Visitor, check
from tests.portal.office import Office, path_of, work
from tests.portal.printing import printed, sheets
from tests.portal.residents import ALLOWANCE, case_of, fill_allowance, go_on, put_files, through_the_window
from yimen.api.v1 import access_pb2
from yimen.intake.v1 import cases_pb2

MATERIALS = ("application-form", "identity-card", "household-register")


def signed_in_by_the_window(visitor: Visitor, look: Look, label: str, path: str) -> Page:
    """A page of somebody who came to it through the sign-in and the agent's own window."""
    page = visitor(look)
    page.goto(path)
    through_the_window(page, label)
    expect(page.locator("form[action='/sign-out']")).to_have_count(1, timeout=15_000)
    return page


def press(page: Page, act: str) -> None:
    """Takes a step that asks for nothing."""
    page.locator(f"form[action$='/{act}'] button").click()
    page.wait_for_url(f"**?said={act}*")


def confirm(page: Page, act: str) -> None:
    """Confirms a step on its own page."""
    page.locator(f"form[action$='/{act}'] button:not([name])").last.click()
    page.wait_for_url(f"**?said={act}*")


@pytest.mark.parametrize(("look", "decides"), [(DESKTOP, "approver"), (PHONE, "chief-representative")], ids=str)
def test_a_case_goes_from_its_form_to_its_delivery_on_the_pages(
    visitor: Visitor, office: Office, look: Look, decides: str
) -> None:
    resident = signed_in_by_the_window(visitor, look, "resident", ALLOWANCE)
    resident.select_option("[name=hall]", HALL)
    resident.locator("main form button.button-large").last.click()
    resident.wait_for_url("**/form")
    name = case_of(resident)
    fill_allowance(resident)
    go_on(resident)
    resident.wait_for_url("**/materials")
    put_files(resident, *MATERIALS)
    resident.goto(path_of(office.read(name), "check"))
    through_the_window(resident, "resident")
    resident.wait_for_url("**/receipt**")
    case = office.read(name)

    clerk = signed_in_by_the_window(visitor, look, "clerk", "/work")
    clerk.goto(work(case))
    press(clerk, "accept")
    resident.goto(path_of(case, "materials"))
    put_files(resident, "bank-account")

    unit = signed_in_by_the_window(visitor, look, decides, "/work")
    unit.goto(work(case))
    press(unit, "start")
    unit.locator("a[href$='/decide']").click()
    unit.check("input[name=outcome][value='1']")
    confirm(unit, "decide")
    unit.locator("a[href$='/complete']").click()
    unit.fill("[name=result_number]", "深龙民〔2026〕000009号")
    confirm(unit, "complete")

    resident.goto(path_of(case))
    expect(resident.locator("main")).to_contain_text("深龙民〔2026〕000009号")
    clerk.goto(work(case, "deliver"))
    clerk.fill("[name=receiver]", "居民甲")
    confirm(clerk, "deliver")
    check(clerk, "journey-staff-delivered", look)
    resident.reload()
    expect(resident.locator(".tags").first).to_contain_text(re.compile("已送达|Delivered"))
    [decided] = [entry for entry in office.history(name) if entry.action == "decide"]
    assert access_pb2.Role.Name(decided.role) == f"ROLE_{decides.upper().replace('-', '_')}"


@pytest.mark.parametrize("label", ["clerk", "chief-representative"])
def test_a_case_is_terminated_on_its_page_with_a_notice(signed_in: Callable[..., Page], office: Office, label: str) -> None:
    case, page = office.reviewed(), signed_in(label)
    page.goto(work(case))
    page.locator("a[href$='/terminate']").click()
    page.fill("[name=reason]", "申请人死亡，申请事项不再需要办理。")
    confirm(page, "terminate")
    assert office.read(case.name).state == cases_pb2.CASE_STATE_TERMINATED
    page.locator("[data-focus] a[href*='/notices/']").click()
    expect(page.locator(".paper")).to_contain_text("终止办理通知书")
    expect(page.locator(".paper-number")).to_contain_text(f"{case.number}-ZZ01")
    expect(page.locator(".paper")).to_contain_text("行政复议")
    assert sheets(printed(page, f"notice-terminated-{label}")) == 1


@pytest.mark.parametrize("label", ["approver", "chief-representative"])
def test_a_case_is_refused_with_reasons_by_whoever_decides(signed_in: Callable[..., Page], office: Office, label: str) -> None:
    case, page = office.reviewed(), signed_in(label)
    page.goto(work(case, "decide"))
    page.check("input[name=outcome][value='2']")
    page.fill("[name=reasons]", "年龄不足")
    confirm(page, "decide")
    assert (office.read(case.name).outcome, list(office.read(case.name).reasons)) == (cases_pb2.OUTCOME_REFUSED, ["年龄不足"])
