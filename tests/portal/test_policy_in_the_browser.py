"""The policy of our pages as a browser keeps it: what is written into a page from elsewhere neither runs nor loads."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from stack import Stack
from tests.portal.office import Office, path_of, work

ELSEWHERE = "https://elsewhere.example"
# What an intruder would write into a page; each is told by the browser as a violation of this directive.
INJECTED = f"""
async kept => {{
  const pause = milliseconds => new Promise(done => setTimeout(done, milliseconds));
  const seen = new Set();
  document.addEventListener("securitypolicyviolation", event => seen.add(event.effectiveDirective));
  const script = document.createElement("script");
  script.textContent = "window.ran = 'inline'";
  const foreign = document.createElement("script");
  foreign.src = "{ELSEWHERE}/x.js";
  document.body.append(script, foreign);
  document.body.insertAdjacentHTML("beforeend", `
    <style>#injected {{ color: rgb(1, 2, 3) }}</style>
    <link rel="stylesheet" href="{ELSEWHERE}/x.css">
    <p id="injected" style="background-color: rgb(4, 5, 6)" onclick="window.ran = 'handler'">x</p>
    <img src="{ELSEWHERE}/x.png"><iframe src="{ELSEWHERE}/"></iframe><object data="{ELSEWHERE}/x.pdf"></object>
    <video src="{ELSEWHERE}/x.mp4"></video>
    <base href="{ELSEWHERE}/"><form id="away" action="{ELSEWHERE}/" method="post"><button>x</button></form>`);
  document.getElementById("injected").click();
  document.getElementById("away").submit();
  await fetch("{ELSEWHERE}/").catch(() => 0);
  try {{ new WebSocket("wss://elsewhere.example/") }} catch {{ }}
  // A busy browser tells late; what is done in spite of the policy is given a moment more.
  for (let left = 100; left && !kept.every(directive => seen.has(directive)); left--) await pause(50);
  await pause(300);
  const style = getComputedStyle(document.getElementById("injected"));
  return {{ seen: [...seen], ran: window.ran ?? "", colours: [style.color, style.backgroundColor], base: document.baseURI }};
}}
"""
KEPT = {
    "base-uri", "connect-src", "form-action", "frame-src", "img-src", "media-src", "object-src", "script-src-attr",
    "script-src-elem", "style-src-attr", "style-src-elem",
}  # fmt: skip


def holds(page: Page, platform: Stack) -> None:
    """Nothing of what is written into the page runs, loads, or leads away."""
    asked: list[str] = []
    page.on("response", lambda reply: asked.append(reply.url))
    found = page.evaluate(INJECTED, sorted(KEPT))
    assert set(found["seen"]) == KEPT, page.url
    assert found["ran"] == ""
    assert not {"rgb(1, 2, 3)", "rgb(4, 5, 6)"} & set(found["colours"])
    assert found["base"].startswith(platform.public_url)
    assert page.url.startswith(platform.public_url)
    assert not [url for url in asked if "elsewhere" in url]


@pytest.mark.parametrize("path", ["/", "/sign-in", "/nowhere"])
def test_nothing_from_elsewhere_runs_in_a_public_page(visitor: Callable[..., Page], platform: Stack, path: str) -> None:
    page = visitor()
    page.goto(path)
    holds(page, platform)


def test_nothing_from_elsewhere_runs_or_loads_beside_a_persons_own(
    signed_in: Callable[..., Page], platform: Stack, office: Office
) -> None:
    case = office.submitted()
    resident, clerk = signed_in("resident"), signed_in("clerk")
    for page, path in ((resident, path_of(office.draft(), "check")), (resident, path_of(case)), (clerk, work(case))):
        page.goto(path)
        holds(page, platform)


def test_no_other_site_shows_our_pages_in_a_frame(visitor: Callable[..., Page], platform: Stack) -> None:
    page = visitor()
    # Another origin of the same machine: a page of ours is framed there by nobody.
    other = platform.public_url.replace("127.0.0.1", "localhost")
    page.goto(f"{platform.env['YIMEN_UKEY_AGENT']}/health")
    page.set_content(f'<iframe name="framed" src="{other}/sign-in"></iframe>')
    page.wait_for_timeout(500)
    framed = page.frame("framed")
    assert framed
    assert "登录" not in framed.content()
