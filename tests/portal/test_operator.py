"""What an operator sees: halls with their check, the list, the services, the dead letters."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pika
import pytest
from playwright.sync_api import expect

from services.chassis import events
from services.chassis.events import ATTEMPT, ERROR
from stack import Stack
from tests.chassis.hearing import a_channel, waiting_in
from tests.portal.conftest import LOOKS, Look, Visitor, check, sign_in
from tests.portal.hostile import HOSTILE, nothing_came_of_it
from tests.portal.office import Office
from yimen.intake.v1.events_pb2 import CaseAccepted
from yimen.matters.v1 import matter_pb2, versions_pb2

STREET = "streets"
HANDLER = "notification.tell"


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
    expect(page.get_by_role("link", name=re.compile("现行有效|In force"))).to_have_attribute("aria-current", "page")
    check(page, "operator-matters", look)
    page.goto("/operator/health")
    assert page.locator(".tag-good").count() == 5
    check(page, "operator-health", look)


@pytest.fixture(scope="module")
def prepared(office: Office) -> dict[str, matter_pb2.Matter]:
    """A matter for each stage of what is being prepared, and one that was taken off."""
    made = {stage: office.matter() for stage in ("draft", "review", "scheduled", "ending", "cancelled")}
    editor = office.person("editor").matters
    later = datetime.now(UTC) + timedelta(days=400)
    for stage in ("draft", "review", "scheduled"):
        revised = versions_pb2.ReviseMatterRequest(
            name=made[stage].name, elements=made[stage].elements, reason=f"压缩{HOSTILE}"
        )
        revised.elements.visits += 1
        editor.ReviseMatter(revised)
    for stage in ("review", "scheduled"):
        editor.SubmitMatter(versions_pb2.SubmitMatterRequest(name=made[stage].name))
    publishing = matter_pb2.PublishMatterRequest(name=made["scheduled"].name, reason="2028 年起施行")
    publishing.effective_time.FromDatetime(later)
    editor.PublishMatter(publishing)
    announced = matter_pb2.CancelMatterRequest(name=made["ending"].name, reason="国务院取消")
    announced.effective_time.FromDatetime(later)
    editor.CancelMatter(announced)
    editor.CancelMatter(matter_pb2.CancelMatterRequest(name=made["cancelled"].name, reason=HOSTILE))
    return made


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_an_operator_sees_what_is_being_prepared_and_follows_it_to_its_versions(
    visitor: Visitor, platform: Stack, prepared: dict[str, matter_pb2.Matter], look: Look
) -> None:
    page = visitor(look)
    sign_in(page, platform, "operator")
    for stage, matter in prepared.items():
        page.goto(f"/operator/matters?stage={stage}")
        row = page.locator("tbody tr", has_text=matter.elements.implementation_code)
        expect(row).to_have_count(1)
        check(page, f"operator-matters-{stage}", look)
        row.get_by_role("link").click()
        expect(page.locator("section.version").first).to_contain_text(
            {"draft": re.compile("草稿|Draft"), "review": re.compile("审核中|In review")}.get(stage, re.compile("."))
        )
    page.goto(f"{address(prepared['review'])}/versions")
    expect(page.locator("section.version")).to_have_count(2)
    expect(page.locator("section.version").first).to_contain_text(HOSTILE)
    check(page, "versions-for-staff", look)
    page.get_by_role("link", name=re.compile("改了什么|What changed")).click()
    expect(page.locator("tbody tr")).to_have_count(1)
    check(page, "versions-compared", look)


def test_everybody_else_sees_what_was_in_force_alone(visitor: Visitor, prepared: dict[str, matter_pb2.Matter]) -> None:
    page = visitor()
    page.goto(address(prepared["review"]))
    page.get_by_role("link", name="历次版本").click()
    expect(page.locator("section.version")).to_have_count(1)
    expect(page.locator("main")).not_to_contain_text("压缩")
    assert page.goto(f"{address(prepared['review'])}/versions/2").status == 404  # type: ignore[union-attr]
    page.goto(f"{address(prepared['cancelled'])}/versions")
    expect(page.locator("main")).to_contain_text(HOSTILE)
    nothing_came_of_it(page)


def address(matter: matter_pb2.Matter) -> str:
    """The address of a matter's guide."""
    _halls, hall, _matters, id_ = matter.name.split("/")
    return f"/matters/{hall}/{id_}"


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
        check(page, "operator-halls-broken", LOOKS[0])
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


@pytest.fixture
def dead_letter(platform: Stack) -> Iterator[str]:
    """The id of an event that the worker could not handle; the worker is down meanwhile, so that a replayed one waits."""
    fact = events.entry(CaseAccepted(), subject="halls/440307/cases/c1", hall="440307")
    headers = {ATTEMPT: 8, ERROR: "KeyError at texts.py:180"}
    properties = pika.BasicProperties(delivery_mode=2, message_id=fact.id, type=fact.type, headers=headers)
    with platform.without("notification-worker"), a_channel(platform.env["AMQP_URI"]) as channel:
        channel.basic_publish("", f"{HANDLER}.dead", fact.body.encode(), properties, mandatory=True)
        yield fact.id
        for queue in (HANDLER, f"{HANDLER}.dead"):
            channel.queue_purge(queue)


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_an_operator_sees_a_dead_letter_and_gives_it_to_its_handler_again(
    visitor: Visitor, platform: Stack, dead_letter: str, look: Look
) -> None:
    page = visitor(look)
    sign_in(page, platform, "operator")
    late = page.context.new_page()
    for one in (page, late):
        one.goto("/operator/health")
        one.get_by_role("link", name="死信队列" if look.language == "zh" else "Dead letters").click()
        row = one.locator("tbody tr", has_text=dead_letter)
        expect(row).to_contain_text("CaseAccepted")
        expect(row).to_contain_text("KeyError at texts.py:180")
    check(page, "operator-dead-letters", look)
    for one, kind in ((page, "good"), (late, "warn")):
        one.locator("tbody tr", has_text=dead_letter).get_by_role("button").click()
        expect(one.locator(f".notice-{kind}").first).to_contain_text(
            "交回" if look.language == "zh" else re.compile("again|replayed")
        )
        expect(one.locator("tbody tr", has_text=dead_letter)).to_have_count(0)
    assert waiting_in(platform.env["AMQP_URI"], HANDLER) == 1
    check(page, "operator-dead-letters-empty", look)


@pytest.mark.parametrize("label", ["resident", "clerk", "editor"])
@pytest.mark.parametrize("path", ["/operator/halls", "/operator/matters", "/operator/health", "/operator/dead-letters"])
def test_the_pages_are_closed_to_everybody_else(visitor: Visitor, platform: Stack, label: str, path: str) -> None:
    page = visitor()
    sign_in(page, platform, label)
    assert page.context.request.get(path).status == 403
