"""Every public page in both languages, on a desktop and on a phone: looked at, and without a violation of WCAG 2.1 AA."""

import re

import pytest
from playwright.sync_api import expect

from stack.journey import DISTRICT, HALL
from tests.portal.conftest import GUIDE, KIOSK, LOOKS, Look, Visitor, check

PAGES = {
    "home": "/",
    "halls": "/halls",
    "halls-found": "/halls?q=凤凰",
    "hall-district": f"/{DISTRICT}",
    "hall-community": f"/{HALL}",
    "matters": "/matters",
    "matters-found": "/matters?q=老人&object=SERVICE_OBJECT_NATURAL_PERSON",
    "matters-none": "/matters?q=ççççç",
    "guide": GUIDE,
    "progress": "/progress",
    "open-data": "/open-data",
    "help": "/help",
    "accessibility": "/accessibility",
    "missing": "/halls/440307999",
}


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: f"{look.language}-{look.width}")
def test_each_public_page_is_for_everybody(visitor: Visitor, look: Look) -> None:
    page = visitor(look)
    for name, path in PAGES.items():
        answered = page.goto(path)
        assert answered
        assert answered.status == (404 if name == "missing" else 200), name
        check(page, name, look)


def test_open_data_counts_the_whole_list(visitor: Visitor) -> None:
    page = visitor()
    page.goto("/")
    whole = re.search(r"清单上共 (\d+) 项", page.locator("main").inner_text())
    assert whole
    page.goto("/open-data")
    expect(page.locator("main")).to_contain_text(f"{whole[1]} 项")
    counts = [int(count) for count in page.locator("main tbody tr td:last-child").all_inner_texts()]
    assert sum(counts) == int(whole[1])


# Pixels: what a finger hits (WCAG 2.2, 2.5.5).
FINGER = 44


def test_a_kiosk_shows_larger_letters_and_what_a_finger_hits(visitor: Visitor) -> None:
    page = visitor(KIOSK)
    for name in ("home", "hall-community", "guide"):
        page.goto(PAGES[name])
        check(page, name, KIOSK)
        assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= 20
        for button in page.locator("main button:visible, main .button:visible").all():
            box = button.bounding_box()
            assert box
            assert box["height"] >= FINGER, button.inner_text()


def test_the_search_suggests_while_typing_and_is_worked_by_keys(visitor: Visitor) -> None:
    page = visitor()
    page.goto("/")
    page.get_by_role("combobox").press_sequentially("老人津")
    first = page.get_by_role("option").first
    expect(first).to_contain_text("高龄老人津贴")
    page.keyboard.press("ArrowDown")
    expect(first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{GUIDE.partition('?')[0]}")
    expect(page.get_by_role("heading", level=1)).to_have_text("高龄老人津贴申请")


def test_escape_closes_the_suggestions_and_enter_searches(visitor: Visitor) -> None:
    page = visitor()
    page.goto("/")
    page.get_by_role("combobox").press_sequentially("老人")
    expect(page.get_by_role("listbox")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    page.keyboard.press("Enter")
    page.wait_for_url("**/matters?q=*")
    expect(page.get_by_role("link", name="高龄老人津贴申请")).to_be_visible()


def test_a_filter_narrows_the_list_and_is_taken_off_again(visitor: Visitor) -> None:
    page = visitor()
    page.goto("/matters")
    everything = page.locator("#results").inner_text()
    page.locator(".filters").get_by_role("link", name="个人").click()
    off = page.get_by_role("link", name="取消此筛选")
    expect(off).to_be_visible()
    assert page.locator("#results").inner_text() != everything
    off.click()
    expect(off).to_have_count(0)
    assert page.locator("#results").inner_text() == everything


def test_the_list_is_read_page_by_page_to_its_end(visitor: Visitor) -> None:
    page = visitor()
    page.goto("/matters")
    seen: list[str] = []
    for _ in range(10):
        seen += page.locator(".rows h3").all_inner_texts()
        onward = page.get_by_role("link", name="下一页")
        if not onward.count():
            break
        with page.expect_navigation():
            onward.click()
    assert f"{len(seen)} 项事项" in page.locator("#results").inner_text()
    assert len(set(seen)) == len(seen)


def test_a_hall_is_chosen_by_tier_and_kept(visitor: Visitor) -> None:
    page = visitor()
    page.goto("/halls")
    page.get_by_text("平湖街道").first.click()
    page.get_by_role("link", name="龙岗区平湖街道良安田社区政务服务大厅").click()
    expect(page.get_by_text("09:00–12:00").first).to_be_visible()
    page.get_by_role("button", name="设为我的大厅").click()
    expect(page.get_by_text("我的大厅")).to_be_visible()
    page.goto("/")
    expect(page.get_by_role("link", name="龙岗区平湖街道良安田社区政务服务大厅")).to_be_visible()


def test_what_a_hall_offers_leads_to_guides(visitor: Visitor) -> None:
    page = visitor()
    page.goto(f"/{HALL}")
    page.get_by_role("link", name="高龄老人津贴申请").click()
    expect(page.get_by_text("申请将交由龙岗区平湖街道良安田社区政务服务大厅受理")).to_be_visible()


def test_a_guide_says_every_element_and_draws_the_steps(visitor: Visitor) -> None:
    page = visitor()
    page.goto(GUIDE)
    for title in ("受理条件", "申请材料", "办理流程", "办理时限", "收费", "办理结果", "在哪里办", "常见问题"):
        expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
    for more in ("设定依据", "咨询与监督", "事项编码", "信息来源"):
        page.get_by_text(more, exact=True).first.click()
    drawing = page.locator("figure svg")
    box = drawing.bounding_box()
    assert box
    assert box["height"] > 200
    assert drawing.locator("title").text_content() == "高龄老人津贴申请办理流程图"


def test_a_name_that_was_typed_finds_halls_without_a_reload(visitor: Visitor) -> None:
    page = visitor()
    page.goto("/halls")
    page.get_by_role("searchbox").press_sequentially("凤凰", delay=50)
    expect(page.get_by_role("heading", name="找到 2 个大厅")).to_be_visible()
    assert page.url.endswith("/halls")


def test_everything_public_works_without_scripts(visitor: Visitor) -> None:
    page = visitor(scripts=False)
    page.goto("/")
    page.get_by_label("您要办什么事？").fill("老人津贴")
    page.get_by_role("button", name="搜索").click()
    page.get_by_role("link", name="高龄老人津贴申请").click()
    expect(page.get_by_role("heading", name="申请材料")).to_be_visible()
    page.get_by_role("link", name="找大厅").click()
    page.get_by_label("按街道或社区名称查找").fill("良安田")
    page.get_by_role("button", name="查找").click()
    page.get_by_role("link", name="龙岗区平湖街道良安田社区政务服务大厅").first.click()
    page.get_by_role("button", name="设为我的大厅").click()
    expect(page.get_by_text("我的大厅", exact=True)).to_be_visible()


def test_the_language_is_switched_on_any_page_and_kept(visitor: Visitor) -> None:
    page = visitor()
    page.goto("/matters?q=老人")
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Find a matter")
    assert "q=" in page.url
    page.goto("/")
    assert page.get_attribute("html", "lang") == "en"
    page.get_by_role("link", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
