"""A page on paper, as the reader's browser prints it."""

import re

from playwright.sync_api import Page

from tests.portal.conftest import PICTURES

A4_POINTS = (595, 842)
# The height of a sheet less its margins, in CSS pixels.
PAPER_PIXELS = (297 - 2 * 18) / 25.4 * 96


def printed(page: Page, name: str) -> bytes:
    """The page as a PDF; kept beside the pictures, to be looked at."""
    PICTURES.mkdir(exist_ok=True)
    return page.pdf(path=PICTURES / f"{name}.pdf", prefer_css_page_size=True)


def sheets(pdf: bytes) -> int:
    """How many sheets a PDF has."""
    return len(re.findall(rb"/Type /Page\b", pdf))


def on_a4(pdf: bytes) -> bool:
    """Whether each sheet is an A4."""
    boxes = [tuple(map(float, box.split())) for box in re.findall(rb"/MediaBox \[([\d. ]+)\]", pdf)]
    return bool(boxes) and all(abs(box[2] - A4_POINTS[0]) < 2 and abs(box[3] - A4_POINTS[1]) < 2 for box in boxes)
