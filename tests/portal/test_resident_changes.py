"""A draft whose matter changes, or leaves the list, while it is being filled in."""

from playwright.sync_api import expect

from stack import Stack
from tests.portal.conftest import Look, Visitor, check, sign_in
from tests.portal.office import Office, path_of
from tests.portal.residents import through_the_window
from yimen.intake.v1 import cases_pb2
from yimen.matters.v1 import matter_pb2, versions_pb2


def test_a_draft_goes_on_under_the_new_terms_and_ends_with_the_matter(
    visitor: Visitor, platform: Stack, office: Office
) -> None:
    matter = office.matter()
    first, second = office.draft(matter=matter.name), office.draft(matter=matter.name)
    revised = versions_pb2.ReviseMatterRequest(name=matter.name, elements=matter.elements, reason="减少材料")
    del revised.elements.materials[1:]
    office.publish(office.person("editor").matters.ReviseMatter(revised))

    page = visitor()
    sign_in(page, platform, "resident")
    for part in ("check", "form", ""):
        page.goto(path_of(first, part))
        expect(page.get_by_text("事项内容已更新")).to_be_visible()
    check(page, "case-matter-changed", Look("zh", "desktop"))
    page.get_by_role("button", name="按新的要求继续").click()
    page.wait_for_url("**/form")
    expect(page.locator("[name=photo_receipt]")).to_have_value("R-0001")
    page.goto(path_of(first, "materials"))
    expect(page.locator(".material")).to_have_count(1)
    page.goto(path_of(first, "check"))
    through_the_window(page, "resident")
    page.wait_for_url("**/receipt**")
    assert office.read(first.name).matter_version == 2

    cancel = matter_pb2.CancelMatterRequest(name=matter.name, reason="取消")
    office.person("editor").matters.CancelMatter(cancel)
    page.goto(path_of(second, "form"))
    expect(page.get_by_text("这个事项不能再申请了")).to_be_visible()
    check(page, "form-matter-cancelled", Look("zh", "desktop"))
    page.get_by_role("link", name="放弃这份草稿").click()
    with page.expect_navigation():
        page.get_by_role("button", name="确认放弃").click()
    assert office.read(second.name).state == cases_pb2.CASE_STATE_WITHDRAWN
    # What was handed in is finished under its terms.
    page.goto(path_of(first))
    expect(page.get_by_text("等待受理")).to_be_visible()
