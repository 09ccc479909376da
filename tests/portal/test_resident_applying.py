"""Filling in, keeping and uploading an application on the pages, and what goes wrong on the way."""

import re
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from stack import Stack
from stack.journey import a_pdf, eventually
from tests.portal.conftest import DESKTOP, PHONE, Look, Visitor, check, picture, sign_in, try_again
from tests.portal.office import Office, path_of
from tests.portal.residents import (
    ALLOWANCE,
    case_of,
    fill_allowance,
    go_on,
    put_file,
    through_the_window,
)

START_APPLICATION = re.compile("^开始申请$|^Begin$")


@pytest.fixture
def resident(visitor: Visitor, platform: Stack) -> Callable[..., Page]:
    """A page of a resident who has signed in."""

    def open_(look: Look = DESKTOP, label: str = "resident") -> Page:
        page = visitor(look)
        sign_in(page, platform, label)
        return page

    return open_


def begun(page: Page) -> str:
    """A new draft for an old-age allowance, with its form open; its name."""
    page.goto(ALLOWANCE)
    page.get_by_role("button", name=START_APPLICATION).click()
    page.wait_for_url("**/form")
    return case_of(page)


@pytest.mark.parametrize("look", [DESKTOP, PHONE], ids=str)
def test_every_wrong_answer_is_said_at_once_beside_its_question(
    resident: Callable[..., Page], office: Office, look: Look
) -> None:
    page = resident(look)
    name = begun(page)
    page.fill("[name=mobile]", "12345")
    page.fill("[name=age]", "八十二")
    go_on(page)
    summary = page.locator("[data-focus]")
    expect(summary).to_be_focused()
    assert summary.locator("li").count() == 8
    expect(page.locator("#f-age-wrong")).to_contain_text("应为数字" if look.language == "zh" else "must be a number")
    expect(page.locator("[name=mobile]")).to_have_value("12345")
    expect(page.locator("[name=age]")).to_have_value("八十二")
    check(page, "form-errors", look)
    # Wrong as it is, the draft is kept; what was typed in groups is understood.
    assert office.read(name).form["mobile"] == "12345"
    fill_allowance(page, mobile="138 0000-0000", age="８２")
    go_on(page)
    page.wait_for_url("**/materials")
    kept = office.read(name).form
    assert (kept["mobile"], kept["age"]) == ("13800000000", 82)


def test_a_double_click_begins_one_draft(resident: Callable[..., Page], office: Office) -> None:
    page = resident()
    before = {case.name for case in office.cases()}
    page.goto(ALLOWANCE)
    page.get_by_role("button", name=START_APPLICATION).dblclick()
    page.wait_for_url("**/form")
    assert len({case.name for case in office.cases()} - before) == 1
    # Whoever comes again is shown the draft first.
    page.goto(ALLOWANCE)
    page.get_by_role("link", name="继续填写这份草稿").click()
    page.wait_for_url("**/form")


def test_a_form_that_was_sent_twice_begins_one_draft(resident: Callable[..., Page], platform: Stack, office: Office) -> None:
    page = resident()
    page.goto(ALLOWANCE)
    fields: dict[str, str | float | bool] = {
        name: page.get_attribute(f"main [name={name}]", "value") or "" for name in ("csrf", "request_id")
    }
    before = {case.name for case in office.cases()}
    for _ in range(2):
        posted = {**fields, "hall": "halls/440307003002"}
        asked = page.context.request.post(ALLOWANCE, form=posted, headers={"origin": platform.public_url})
        assert asked.url.endswith("/form")
    assert len({case.name for case in office.cases()} - before) == 1


def test_a_draft_is_kept_while_it_is_typed(resident: Callable[..., Page], office: Office) -> None:
    page = resident()
    name = begun(page)
    page.fill("[name=bank]", "示例银行")
    expect(page.locator("[data-kept]")).to_contain_text("已自动保存")
    assert office.read(name).form["bank"] == "示例银行"
    page.fill("[name=address]", "龙岗区")
    page.get_by_role("button", name="保存，以后再填").click()
    expect(page.get_by_text("草稿已保存")).to_be_visible()
    page.get_by_role("link", name="继续填写").click()
    expect(page.locator("[name=address]")).to_have_value("龙岗区")


def test_of_two_windows_the_later_one_overwrites_nothing_unasked(resident: Callable[..., Page], office: Office) -> None:
    first = resident()
    name = begun(first)
    second = first.context.new_page()
    second.goto(first.url)
    second.fill("[name=bank]", "第二窗口银行")
    second.get_by_role("button", name="保存，以后再填").click()
    second.wait_for_url("**?kept=1")
    first.fill("[name=bank]", "第一窗口银行")
    go_on(first)
    expect(first.get_by_text("这份申请已在另一个窗口修改过")).to_be_visible()
    expect(first.locator("table")).to_contain_text("第二窗口银行")
    expect(first.locator("[name=bank]")).to_have_value("第一窗口银行")
    check(first, "form-two-windows", DESKTOP)
    assert office.read(name).form["bank"] == "第二窗口银行"
    first.get_by_role("button", name="用此窗口的内容保存").click()
    expect(first.locator("[data-focus]")).to_contain_text("请")
    assert office.read(name).form["bank"] == "第一窗口银行"


def test_files_that_another_window_uploads_do_not_disturb_the_form(resident: Callable[..., Page], office: Office) -> None:
    page = resident()
    draft = office.draft()
    page.goto(path_of(draft, "form"))
    other = page.context.new_page()
    other.goto(path_of(draft, "materials"))
    put_file(other, "photo-receipt")
    expect(other.locator("#m-photo-receipt .files li")).to_have_count(1)
    page.fill("[name=address]", "另一地址")
    go_on(page)
    page.wait_for_url("**/materials")
    assert office.read(draft.name).form["address"] == "另一地址"


def test_a_session_that_ended_while_typing_loses_nothing(resident: Callable[..., Page], office: Office) -> None:
    page = resident()
    name = begun(page)
    fill_allowance(page, address="会话结束前填写的地址")
    page.context.clear_cookies(name="session")
    go_on(page)
    # Nobody knows any more who typed it.
    expect(page.get_by_text("登录后请核对一遍再提交")).to_be_visible()
    through_the_window(page, "resident")
    page.get_by_role("button", name="重新提交").click()
    page.wait_for_url(lambda url: url.endswith("/materials"))
    assert office.read(name).form["address"] == "会话结束前填写的地址"


def test_while_intake_is_down_what_was_typed_can_be_sent_again(resident: Callable[..., Page], platform: Stack) -> None:
    page = resident(PHONE)
    begun(page)
    fill_allowance(page, address="服务停止时填写的地址")
    with platform.without("intake"):
        go_on(page)
        again = page.get_by_role("button", name="Send again")
        expect(again).to_be_visible(timeout=20_000)
        check(page, "service-down", PHONE)
    try_again(again)
    page.get_by_role("link", name="Back to the form").click()
    expect(page.locator("[name=address]")).to_have_value("服务停止时填写的地址")


def test_an_upload_shows_how_far_it_is_and_can_be_tried_again_when_it_breaks_off(
    resident: Callable[..., Page], office: Office
) -> None:
    page = resident()
    draft = office.draft()
    page.goto(path_of(draft, "materials"))
    breaking: Callable[[Route], None] = lambda route: route.abort("connectionreset")  # noqa: E731
    page.route("**/uploads/**", breaking)
    put_file(page, "photo-receipt", a_pdf("x") + b"\n" * 3_000_000)
    row = page.locator("#m-photo-receipt")
    expect(row.get_by_text("上传中断")).to_be_visible()
    check(page, "upload-broken-off", DESKTOP)
    page.unroute("**/uploads/**", breaking)
    row.get_by_role("button", name="重试").click()
    expect(row.get_by_text("已上传")).to_be_visible()
    expect(row.locator(".files li")).to_have_count(1)
    [file] = [file for file in office.read(draft.name).materials if file.material == "photo-receipt"]
    assert file.size > 3_000_000


def test_an_upload_that_broke_off_leaves_nothing(resident: Callable[..., Page], platform: Stack, office: Office) -> None:
    page = resident()
    draft = office.draft()
    page.goto(path_of(draft, "materials"))
    csrf = page.get_attribute("#m-photo-receipt [name=csrf]", "value") or ""
    cookie = "; ".join(f"{one['name']}={one['value']}" for one in page.context.cookies())
    fields = (("csrf", csrf), ("material", "photo-receipt"))
    head = "".join(f'--b\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields)
    head += '--b\r\ncontent-disposition: form-data; name="file"; filename="half.pdf"\r\ncontent-type: application/pdf\r\n\r\n'
    host = platform.address("gateway")
    lines = [
        f"POST /uploads{path_of(draft)} HTTP/1.1", f"host: {host}", f"origin: {platform.public_url}", f"cookie: {cookie}",
        "content-type: multipart/form-data; boundary=b", "content-length: 2000000",
    ]  # fmt: skip
    with socket.create_connection(("127.0.0.1", int(host.rpartition(":")[2]))) as line:
        line.sendall("\r\n".join([*lines, "", ""]).encode() + head.encode() + a_pdf("half") + b"\n" * 500_000)
        line.shutdown(socket.SHUT_WR)
        line.settimeout(20)
        # Until the gateway has given it up.
        while line.recv(65536):
            pass
    page.reload()
    expect(page.locator("#m-photo-receipt .files")).to_have_count(0)
    assert len(office.read(draft.name).materials) == 1


def test_a_file_of_the_wrong_kind_or_size_is_refused_in_words(
    resident: Callable[..., Page], office: Office, tmp_path: Path
) -> None:
    page = resident(PHONE)
    draft = office.draft()
    page.goto(path_of(draft, "materials"))
    row = page.locator("#m-photo-receipt")
    put_file(page, "photo-receipt", b"#!/bin/sh\necho no\n", "photo.pdf")
    expect(row.get_by_role("alert")).to_contain_text("a file of another kind")
    check(page, "upload-refused", PHONE)
    large = tmp_path / "large.pdf"
    large.write_bytes(b"%PDF-1.4" + b"\n" * (20 * 1024 * 1024))
    row.locator("input[type=file]").set_input_files(large)
    expect(row.get_by_text("larger than 20 MB")).to_be_visible()
    assert len(office.read(draft.name).materials) == 1


def test_a_file_goes_up_after_a_session_that_ended(resident: Callable[..., Page], office: Office) -> None:
    page = resident()
    draft = office.draft()
    page.goto(path_of(draft, "materials"))
    page.context.clear_cookies(name="session")
    put_file(page, "photo-receipt")
    row = page.locator("#m-photo-receipt")
    expect(row.get_by_text("登录已过期")).to_be_visible()
    with page.context.expect_page() as opened:
        row.get_by_role("link", name="重新登录").click()
    through_the_window(opened.value, "resident")
    expect(opened.value.locator(".who")).to_be_visible()
    row.get_by_role("button", name="重试").click()
    expect(row.locator(".files li")).to_have_count(1)


def test_files_can_be_uploaded_and_removed_without_scripts(visitor: Visitor, platform: Stack, office: Office) -> None:
    page = visitor(scripts=False)
    sign_in(page, platform, "resident")
    draft = office.draft()
    page.goto(path_of(draft, "materials"))
    put_file(page, "photo-receipt")
    expect(page.locator("#m-photo-receipt .files li")).to_have_count(1)
    page.locator("#m-photo-receipt").get_by_role("button", name="删除").click()
    expect(page.locator("#m-photo-receipt .files li")).to_have_count(0)
    eventually(lambda: len(office.read(draft.name).materials) == 1, "the removal")


def test_somebody_elses_case_is_not_found(resident: Callable[..., Page], office: Office) -> None:
    page = resident(PHONE, "resident-b")
    theirs = office.submitted()
    for part in ("", "form", "materials", "check", "receipt", "withdraw", "rate"):
        asked = page.goto(path_of(theirs, part))
        assert asked
        assert asked.status == 404, part
    expect(page.get_by_text("This case was not found")).to_be_visible()
    check(page, "case-of-another", PHONE)
    file = theirs.materials[0].name.split("/")
    assert page.context.request.get(f"/downloads/cases/{file[1]}/{file[3]}/{file[5]}").status == 404
    assert page.context.request.get("/cases/440307003002/none").status == 404


def test_an_application_for_an_organisation_registers_it_once(resident: Callable[..., Page], office: Office) -> None:
    page = resident(DESKTOP, "entrepreneur")
    page.goto("/apply/440307/catering")
    page.check("input[name=who][value=new]")
    page.get_by_role("button", name=START_APPLICATION).click()
    expect(page.locator("[data-focus]")).to_contain_text("请填写单位名称")
    page.fill("[name=organisation_name]", "示例餐饮有限公司")
    page.fill("[name=organisation_code]", "914403001922038217")
    page.get_by_role("button", name=START_APPLICATION).click()
    expect(page.locator("#f-organisation_code-wrong")).to_be_visible()
    picture(page, "apply-organisation", DESKTOP)
    page.fill("[name=organisation_code]", "914403001922038216")
    page.get_by_role("button", name=START_APPLICATION).click()
    page.wait_for_url("**/form")
    assert office.read(case_of(page), "entrepreneur").applicant_display_name == "示例餐饮有限公司"
    page.goto("/me")
    expect(page.get_by_text("914403001922038216")).to_be_visible()
    page.goto("/apply/440307/catering")
    expect(page.get_by_label(re.compile("示例餐饮有限公司"))).to_be_visible()
