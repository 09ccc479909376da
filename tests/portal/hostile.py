"""What somebody types who wants a page to do something, and what a page does then: it shows it."""

from playwright.sync_api import Page

# Out of an attribute, a text field, a title; then an element that runs, one that loads, and what a template would compute.
HOSTILE = "\"'></textarea></title><script>document.title='stolen'</script><img src=x onerror=alert(1)>{{7*7}}"
# The same for what may be short, and as the name of a file.
HOSTILE_SHORT = "\"'><img src=x>"
HOSTILE_FILE = "\"'><img src=x onerror=alert(1)>.pdf"

# Our own policy would stop what is written into a page from running: the elements themselves must not be there.
_READ = """html => {
  const read = html ? new DOMParser().parseFromString(html, "text/html") : document;
  const came = read.querySelectorAll("img[src='x'], [onerror], script:not([src]), :is(title, main, header) > script");
  return [[...came].map(one => one.outerHTML), read.title, read.querySelector("main").textContent];
}"""


def nothing_came_of_it(page: Page, *, html: str = "", shown: bool = False) -> None:
    """No element came of what was typed; where it is `shown`, it stands there as text.

    `html`: a page that the browser's parser reads, in the place of the one that is open.
    """
    came, title, text = page.evaluate(_READ, html)
    assert came == [], page.url
    assert title != "stolen"
    assert "&lt;" not in text, f"{page.url} escapes twice what was typed"
    if shown:
        assert "src=x" in text, f"{page.url} does not show what was typed"
