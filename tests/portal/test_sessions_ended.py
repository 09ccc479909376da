"""A session that ended: elsewhere while a form is open, by the sign-out; and cookies that are replayed or tampered with."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import grpc
import pytest
from playwright.sync_api import APIRequestContext, Page, expect

from gateway.portal.sessions import Session, Sessions
from stack import Stack
from stack.journey import eventually
from tests.portal.conftest import GUIDE, HALL_LIST, csrf
from tests.portal.office import Office, path_of, work
from tests.portal.residents import go_on, through_the_window
from yimen.identity.v1 import sessions_pb2
from yimen.intake.v1 import cases_pb2, intake_pb2_grpc, listing_pb2

# What each of them opens while signed in, services asked or not.
PAGES = {
    "resident": ["/me", "/cases", "/inbox", "/me/organisations/new", "/apply/440307/senior-card"],
    "clerk": ["/me", "/work", HALL_LIST],
    "operator": ["/operator", "/operator/halls", "/operator/matters", "/operator/health", "/operator/dead-letters"],
}


def cookie_of(page: Page) -> str:
    """The sealed session of a visitor."""
    [kept] = [one["value"] for one in page.context.cookies() if one["name"] == "session"]
    return kept


def opened(platform: Stack, cookie: str) -> Session:
    """What is in a cookie, as the portal reads it."""
    found = _sessions(platform).open(cookie)
    assert found
    return found


def _sessions(platform: Stack) -> Sessions:
    """What the portal opens and seals cookies with."""

    def never(_request: object) -> sessions_pb2.Session:
        raise AssertionError

    return Sessions(Path(platform.env["YIMEN_KEYS"], "portal.key").read_bytes(), never)


def end_elsewhere(platform: Stack, page: Page) -> None:
    """Ends the visitor's session past the portal, and waits until intake knows."""
    session = opened(platform, cookie_of(page))
    headers = (("authorization", f"Bearer {session.access_token}"),)
    with grpc.insecure_channel(platform.address("gateway")) as channel:
        sign_out = channel.unary_unary(
            "/yimen.identity.v1.IdentityService/SignOut",
            request_serializer=sessions_pb2.SignOutRequest.SerializeToString,
            response_deserializer=sessions_pb2.SignOutResponse.FromString,
        )
        sign_out(sessions_pb2.SignOutRequest(), metadata=headers)
        intake = intake_pb2_grpc.IntakeServiceStub(channel)
        mine = listing_pb2.ListCasesRequest(parent=session.person)

        # Not by a page: another service that it asks may have heard of the end before.
        def heard() -> bool:
            try:
                intake.ListCases(mine, metadata=headers)
            except grpc.RpcError as error:
                return error.code() is grpc.StatusCode.UNAUTHENTICATED
            return False

        eventually(heard, "the end of the session at intake")


def _in(asked: APIRequestContext, path: str) -> bool:
    """Whether the visitor of a cookie is let in."""
    reply = asked.get(path, max_redirects=0)
    if reply.status == 303 and not reply.headers["location"].startswith("/sign-in?"):
        return _in(asked, reply.headers["location"])
    return reply.status != 303


def test_a_session_that_ended_elsewhere_loses_nothing_that_was_typed(
    signed_in: Callable[..., Page], platform: Stack, office: Office
) -> None:
    page = signed_in("resident")
    draft = office.draft()
    page.goto(path_of(draft, "form"))
    page.fill("[name=address]", "会话在别处结束前填写的地址")
    end_elsewhere(platform, page)
    go_on(page)
    expect(page.get_by_text("登录后会自动继续提交")).to_be_visible()
    through_the_window(page, "resident")
    page.wait_for_url("**/materials")
    assert office.read(draft.name).form["address"] == "会话在别处结束前填写的地址"


def test_what_one_person_typed_is_not_sent_in_the_name_of_the_next(
    signed_in: Callable[..., Page], platform: Stack, office: Office
) -> None:
    page, case = signed_in("clerk"), office.submitted()
    page.goto(work(case, "refuse"))
    page.fill("[name=reason]", "不属于本机关职权范围")
    end_elsewhere(platform, page)
    page.get_by_role("button", name=re.compile("^确认")).click()
    # A link would leave what was typed behind.
    expect(page.locator("a[hreflang], .account a")).to_have_count(0)
    through_the_window(page, "approver")
    expect(page.locator("h1")).to_have_text("请核对后再次提交")
    expect(page.locator("main")).to_contain_text("现在登录的是：审批人员甲")
    expect(page.locator("main")).to_contain_text("不属于本机关职权范围")
    assert office.read(case.name).state == cases_pb2.CASE_STATE_SUBMITTED


def test_whoever_was_signed_out_already_can_sign_out(signed_in: Callable[..., Page], platform: Stack) -> None:
    page = signed_in("resident")
    page.goto("/me")
    end_elsewhere(platform, page)
    page.get_by_role("button", name="退出").click()
    page.wait_for_url("**/")
    expect(page.locator(".who")).to_have_count(0)


def test_while_identity_is_away_public_pages_are_read_and_the_sign_in_is_kept(
    signed_in: Callable[..., Page], platform: Stack
) -> None:
    page = signed_in("resident")
    page.goto("/")
    old = replace(opened(platform, cookie_of(page)), access_expires=0.0)
    page.context.add_cookies([{"name": "session", "value": _sessions(platform).seal(old), "url": platform.public_url}])
    with platform.without("identity"):
        for path, status in ((GUIDE, 200), ("/halls", 200), ("/cases", 503)):
            answered = page.goto(path)
            assert answered
            assert answered.status == status, path
    page.goto("/cases")
    expect(page.locator(".who")).to_have_text("居民甲")


@pytest.mark.parametrize("label", PAGES)
def test_after_the_sign_out_the_old_cookie_opens_nothing(
    signed_in: Callable[..., Page], visitor: Callable[..., Page], platform: Stack, label: str
) -> None:
    page = signed_in(label)
    for path in PAGES[label]:
        assert _in(page.context.request, path), path
    kept, token = cookie_of(page), csrf(page.context.request)
    page.goto("/")
    page.get_by_role("button", name="退出").click()
    expect(page.locator(".who")).to_have_count(0)
    assert not any(_in(page.context.request, path) for path in PAGES[label])

    # Whoever kept the cookie is nobody: at once for what asks a service that heard of it, within seconds everywhere.
    thief = visitor().context
    thief.add_cookies([{"name": "session", "value": kept, "url": platform.public_url}])
    for path in PAGES[label]:
        eventually(lambda path=path: not _in(thief.request, path), f"the end of the session at {path}")  # type: ignore[misc]

    def refused() -> bool:
        thief.add_cookies([{"name": "session", "value": kept, "url": platform.public_url}])
        origin = {"origin": platform.public_url}
        return thief.request.post("/me/channels", form={"csrf": token}, headers=origin, max_redirects=0).status == 401

    eventually(refused, "the end of the session at notification")


def test_a_cookie_of_a_signed_in_person_that_was_tampered_with_is_nobodys(
    signed_in: Callable[..., Page], visitor: Callable[..., Page], platform: Stack
) -> None:
    kept = cookie_of(signed_in("resident"))
    thief = visitor().context
    other = {"A": "B", "B": "A"}
    at = (0, 10, len(kept) // 2, len(kept) - 6)
    tampered = [kept[:one] + other.get(kept[one], "A") + kept[one + 1 :] for one in at]
    for value in (*tampered, kept[:-8], kept[::-1], "", "AAAA"):
        thief.add_cookies([{"name": "session", "value": value, "url": platform.public_url}])
        assert not _in(thief.request, "/me"), value
        assert not _in(thief.request, "/me/organisations/new"), value
    thief.add_cookies([{"name": "session", "value": kept, "url": platform.public_url}])
    assert _in(thief.request, "/me")
