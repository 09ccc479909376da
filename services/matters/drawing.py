"""Drawing as SVG 1.1: measured and wrapped text, boxes, lines, arrows.

Looks are presentation attributes alone, since a page's security policy refuses styles of its own; nothing refers to anything
outside. Lengths are user units, a CSS pixel each where the drawing is shown at its own width. Fonts are the reader's: text is
measured by nominal widths that a little space around it makes up for.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from xml.sax.saxutils import escape

INK = "#1c2430"
QUIET = "#55606e"
RULE = "#8a96a3"
PAPER = "#ffffff"
_STROKE = 1.5
# Most matters have the same steps, done by the same people: their words need measuring once.
_REMEMBERED = 8192
FONTS = "Noto Sans CJK SC, PingFang SC, Microsoft YaHei, sans-serif"

# What XML 1.0 does not let into a document, however it is written.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_HAN = re.compile("[\u3400-\u9fff]")
# Widths in ems of a sans-serif face, on the generous side.
_NARROW, _LATIN, _BROAD, _FULL = 0.34, 0.57, 0.74, 1.0
_NARROW_SIGNS = frozenset("iljtfrI.,:;'!|()[]/ ")
_BROAD_SIGNS = frozenset("mwMWABCDEGHKNOPQRSUVXYZ@%&")
# 避头点 and 避尾点: what does not begin and what does not end a line.
_NOT_FIRST = frozenset("、，。；：！？）》〉」』】〕”’…,.;:!?)]}%")
_NOT_LAST = frozenset("（《〈「『【〔“‘([{")


@lru_cache(_REMEMBERED)
def width_of(text: str, size: float) -> float:
    """How wide a text is at a font size, in user units; a nominal width."""
    return sum(_em(sign) for sign in text) * size


@lru_cache(_REMEMBERED)
def wrapped(text: str, size: float, width: float, lines: int) -> tuple[str, ...]:
    """The text in at most so many lines of a width, of even lengths; what does not fit ends in an ellipsis. Never empty.

    Latin words are kept whole where they fit a line; Chinese breaks anywhere but before a closing or after an opening mark.
    """
    text = " ".join(text.split())
    full = _broken(text, size, width)
    if len(full) <= lines:
        return tuple(_evened(full, text, size, width))
    last = full[lines - 1]
    while last and width_of(last + "…", size) > width:
        last = last[:-1]
    return (*full[: lines - 1], last + "…")


def _broken(text: str, size: float, width: float) -> list[str]:
    full: list[str] = []
    line = ""
    for piece in _pieces(text, size, width):
        if line and width_of((line + piece).rstrip(), size) > width:
            full.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return [*full, line.rstrip()]


def _evened(full: list[str], text: str, size: float, width: float) -> list[str]:
    """The same number of lines, the longest as short as can be: no sign is left alone on the last."""
    least = max(width_of(text, size) / len(full), 4 * size)
    while len(full) > 1 and (width := width - size / 2) >= least:
        shorter = _broken(text, size, width)
        if len(shorter) > len(full):
            break
        full = shorter
    return full


@lru_cache(_REMEMBERED)
def _em(sign: str) -> float:
    if unicodedata.east_asian_width(sign) in "WFA" or _FORBIDDEN.match(sign):
        return _FULL
    return _NARROW if sign in _NARROW_SIGNS else _BROAD if sign in _BROAD_SIGNS else _LATIN


def _pieces(text: str, size: float, width: float) -> Iterator[str]:
    """What a line may be broken between."""
    piece = ""
    for sign, after in pairwise([*text, " "]):
        piece += sign
        one_word = sign != "-" and _is_latin(sign) and _is_latin(after)
        together = sign in _NOT_LAST or after in _NOT_FIRST or one_word
        if (sign == " " or not together) or width_of(piece, size) > width - size:
            yield piece
            piece = ""
    if piece:
        yield piece


def _is_latin(sign: str) -> bool:
    return sign != " " and unicodedata.east_asian_width(sign) not in "WF"


@dataclass
class Drawing:
    """Shapes in the order in which they are drawn, of a width that is fixed; the height is told at the end.

    Colours are the code's own and go in as they are; whatever is said goes in escaped. `language`: the document's (BCP 47); a
    line in Chinese says so where that is another.
    """

    width: float
    language: str
    _shapes: list[str] = field(default_factory=list)

    def box(
        self, x: float, y: float, width: float, height: float, *, fill: str, line: str, radius: float = 6, dashed: bool = False
    ) -> None:
        """A rectangle with an outline; dashed for what interrupts."""
        dashes = ' stroke-dasharray="6 4"' if dashed else ""
        self._shapes.append(
            f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" rx="{_n(radius)}" ry="{_n(radius)}" '
            f'fill="{fill}" stroke="{line}" stroke-width="{_STROKE}"{dashes}/>'
        )

    def bar(self, x: float, y: float, width: float, height: float, *, fill: str) -> None:
        """A filled rectangle without an outline."""
        self._shapes.append(f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" fill="{fill}"/>')

    def line(self, x1: float, y1: float, x2: float, y2: float, *, colour: str = RULE, dashed: bool = False) -> None:
        """A straight line."""
        dashes = ' stroke-dasharray="4 4"' if dashed else ""
        self._shapes.append(
            f'<line x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}" '
            f'stroke="{colour}" stroke-width="{_STROKE}"{dashes}/>'
        )

    def dot(self, x: float, y: float, *, fill: str, radius: float = 4) -> None:
        """A filled circle."""
        self._shapes.append(f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}" fill="{fill}"/>')

    def path(self, points: Sequence[tuple[float, float]], *, colour: str = RULE) -> None:
        """A line through points, with an arrow head at its end."""
        (x1, y1), (x2, y2) = points[-2:]
        length = max(abs(x2 - x1), abs(y2 - y1), 0.1)
        dx, dy = (x2 - x1) / length, (y2 - y1) / length
        until = [*points[:-1], (x2 - 6 * dx, y2 - 6 * dy)]
        head = [(x2, y2), (x2 - 8 * dx + 4.5 * dy, y2 - 8 * dy + 4.5 * dx), (x2 - 8 * dx - 4.5 * dy, y2 - 8 * dy - 4.5 * dx)]
        self._shapes.append(
            f'<polyline points="{_points(until)}" fill="none" stroke="{colour}" stroke-width="{_STROKE}"/>'
            f'<polygon points="{_points(head)}" fill="{colour}"/>'
        )

    def text(
        self, x: float, y: float, said: str, *, size: float, fill: str = INK, anchor: str = "start", bold: bool = False
    ) -> None:
        """A line of text; `y` is its base line."""
        weight = ' font-weight="bold"' if bold else ""
        tongue = ' lang="zh-CN"' if self.language != "zh-CN" and _HAN.search(said) else ""
        self._shapes.append(
            f'<text x="{_n(x)}" y="{_n(y)}" fill="{fill}" font-size="{_n(size)}" text-anchor="{anchor}"{weight}{tongue}>'
            f"{_escaped(said)}</text>"
        )

    def svg(self, height: float, *, title: str, description: str) -> str:
        """The whole as a document for a page or a file, with what a screen reader says of it.

        The ids of title and description follow from their words, so that several drawings stand on one page.
        """
        language = self.language
        key = hashlib.sha256(f"{language}\n{title}\n{description}".encode()).hexdigest()[:10]
        width, high = _n(self.width), _n(height)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" version="1.1" '
            f'viewBox="0 0 {width} {high}" width="{width}" height="{high}" '
            f'role="img" aria-labelledby="t{key} d{key}" xml:lang="{language}" lang="{language}" font-family="{FONTS}">'
            f'<title id="t{key}">{_escaped(title)}</title><desc id="d{key}">{_escaped(description)}</desc>'
            f'<rect width="{width}" height="{high}" fill="{PAPER}"/>{"".join(self._shapes)}</svg>'
        )


def _escaped(text: str) -> str:
    return escape(_FORBIDDEN.sub("\ufffd", text))


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{_n(x)},{_n(y)}" for x, y in points)


def _n(length: float) -> str:
    """A length to a tenth of a unit."""
    return f"{round(length, 1):g}"
