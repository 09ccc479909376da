"""What an operator sees: halls with their check, the list, the services."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from stack import Stack
from tests.portal.conftest import LOOKS, Look, Visitor, check, sign_in

STREET = "streets"


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_an_operator_sees_halls_list_and_services(visitor: Visitor, platform: Stack, look: Look) -> None:
    page = visitor(look)
    sign_in(page, platform, "operator")
    page.goto("/operator")
    assert page.locator("table.checked tbody tr").count() == 118
    assert page.locator(".tag-bad").count() == 0
    page.locator("summary").first.click()
    check(page, "operator-halls", look)
    page.goto("/operator/matters")
    check(page, "operator-matters", look)
    page.goto("/operator/health")
    assert page.locator(".tag-good").count() == 5
    check(page, "operator-health", look)


def test_a_hall_that_departs_from_its_standard_is_named_with_file_and_line(visitor: Visitor, platform: Stack) -> None:
    page = visitor()
    sign_in(page, platform, "operator")
    file = sorted(Path(platform.env["YIMEN_TENANTS"], STREET).glob("*.yaml"))[0]
    good = file.read_text(encoding="utf-8")
    code = next(line for line in good.splitlines() if line.startswith('"44')).strip('":')
    head, _, rest = good.partition(f'"{code}":\n')
    try:
        file.write_text(f'{head}"{code}":\n  sign: {{colour: "#00ff00"}}\n{rest}', encoding="utf-8")
        page.goto("/operator/halls")
        expect(page.get_by_role("alert")).to_contain_text("1 个大厅不符合标准")
        row = page.locator("tr", has_text=code).first
        expect(row).to_be_visible()
        expect(row.locator(".tag-bad")).to_have_count(1)
        expect(row).to_contain_text(f"{file.name}:")
    finally:
        file.write_text(good, encoding="utf-8")
    page.goto("/operator/halls")
    assert page.locator(".tag-bad").count() == 0


def test_a_service_that_is_down_is_said_to_be_and_the_page_answers(visitor: Visitor, platform: Stack) -> None:
    page = visitor()
    sign_in(page, platform, "operator")
    with platform.without("notification"):
        page.goto("/operator/health")
        expect(page.locator("tr", has_text="notification").locator(".tag-bad")).to_contain_text("没有应答")


@pytest.mark.parametrize("label", ["resident", "clerk", "editor"])
@pytest.mark.parametrize("path", ["/operator/halls", "/operator/matters", "/operator/health"])
def test_the_pages_are_closed_to_everybody_else(visitor: Visitor, platform: Stack, label: str, path: str) -> None:
    page = visitor()
    sign_in(page, platform, label)
    assert page.context.request.get(path).status == 403
