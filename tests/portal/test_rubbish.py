"""What no browser sends: it costs nobody anything, and what follows it is answered as before."""

import re
import time

import httpx
import pytest

from gateway.portal.drawings import inline
from gateway.portal.files import saved_as
from gateway.portal.questions import questions, shown
from stack import Stack

FORM = "application/x-www-form-urlencoded"


def part(name: str, value: bytes) -> bytes:
    """A body of one field."""
    return b"--x\r\ncontent-disposition: form-data; name=%s\r\n\r\n%s\r\n--x--\r\n" % (name.encode(), value)


@pytest.mark.parametrize("charset", ["punycode", "undefined", "raw_unicode_escape", "utf-16"])
@pytest.mark.parametrize("path", ["/progress", "/uploads/cases/1/1"])
def test_a_form_in_another_character_set_is_refused_at_once(
    client: httpx.Client, platform: Stack, path: str, charset: str
) -> None:
    kind = f"multipart/form-data; boundary=x; charset={charset}"
    headers = {"origin": platform.public_url, "content-type": kind}
    began = time.monotonic()
    reply = client.post(path, content=part("csrf", b"a-" + b"a" * 400_000), headers=headers)
    assert reply.status_code == httpx.codes.BAD_REQUEST
    assert time.monotonic() - began < 2


def test_nobodys_files_are_not_taken(client: httpx.Client, platform: Stack) -> None:
    headers = {"origin": platform.public_url, "content-type": "multipart/form-data; boundary=x"}
    reply = client.post("/uploads/cases/1/1", content=part("file", b"a" * 2_000_000), headers=headers)
    assert reply.status_code == httpx.codes.UNAUTHORIZED


def test_a_cookie_that_does_not_open_is_replaced(client: httpx.Client, platform: Stack) -> None:
    client.cookies.set("session", "rubbish", domain="127.0.0.1")
    page = client.get("/progress")
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found
    assert "session=" in page.headers["set-cookie"]
    # The new one stands beside the old in this client: a browser replaces it.
    fresh = page.headers["set-cookie"].partition(";")[0]
    client.cookies.clear()
    headers = {"origin": platform.public_url, "cookie": fresh}
    reply = client.post("/progress", data={"csrf": found[1], "number": "1", "holder": "居民甲"}, headers=headers)
    assert reply.status_code != httpx.codes.FORBIDDEN


@pytest.mark.parametrize("path", ["/%09/evil.example/", "/%0a/evil.example/", "/%5c%5cevil.example/", "//evil.example/"])
def test_no_link_of_an_error_page_leads_elsewhere(client: httpx.Client, path: str) -> None:
    page = client.get(path)
    links = re.findall(r'(?:href|action)="([^"]*)"', page.text)
    assert not [link for link in links if not re.match(r"/(?![/\\])|#", link)]


@pytest.mark.parametrize("path", ["/me/channels", "/sign-in/challenge", "/cases/440307/x/submit", "/halls/440307/choose"])
def test_an_address_that_takes_forms_leads_to_its_page_when_it_is_opened(client: httpx.Client, path: str) -> None:
    reply = client.get(path)
    assert reply.status_code == httpx.codes.SEE_OTHER
    assert reply.headers["location"] == path.rpartition("/")[0]


def test_an_address_that_takes_files_leads_to_the_page_of_its_name(client: httpx.Client) -> None:
    reply = client.get("/uploads/cases/440307/x")
    assert (reply.status_code, reply.headers["location"]) == (httpx.codes.SEE_OTHER, "/cases/440307/x")


def test_another_method_is_told_which_are_taken(client: httpx.Client) -> None:
    reply = client.put("/halls")
    assert reply.status_code == httpx.codes.METHOD_NOT_ALLOWED
    assert "GET" in reply.headers["allow"]


@pytest.mark.parametrize("value", ["2024-13-45", "0000-00-00", "２０２４-０１-０１", "20240101", 7])
def test_a_date_that_is_none_is_shown_as_it_was_typed(value: object) -> None:
    (since,) = questions({"type": "object", "properties": {"since": {"type": "string", "format": "date"}}})
    assert shown(since, value) == str(value)


@pytest.mark.parametrize(
    ("name", "media_type", "saved"),
    [
        ("申请表.hta", "application/pdf", "申请表.hta.pdf"),
        ("a.PDF", "application/pdf", "a.PDF"),
        ("b.jpeg", "image/jpeg", "b.jpeg"),
        ("cv\u202efdp.exe", "application/pdf", "cvfdp.exe.pdf"),
        ("../../etc/passwd", "image/png", ".._.._etc_passwd.png"),
        ("x\r\nset-cookie: a=b", "image/png", "xset-cookie: a=b.png"),
    ],
)
def test_a_file_is_saved_with_the_ending_of_what_it_is(name: str, media_type: str, saved: str) -> None:
    assert saved_as(name, media_type) == saved


@pytest.mark.parametrize(
    "inside",
    [
        '<rect hx-get="/sign-out"/>',
        '<rect onclick="x"/>',
        '<rect fill="url(https://evil.example)"/>',
        '<g style="x"/>',
        "<desc><title/></desc>",
        "<script/>",
        '<image href="x"/>',
        '<g data-focus=""/>',
    ],
)
def test_a_drawing_with_more_than_shapes_is_left_out(inside: str) -> None:
    assert inline('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><rect x="0" fill="#fff"/></svg>')
    assert not inline(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1">{inside}</svg>')
