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
from xml.sax.saxutils import escape, quoteattr

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
    if unicodedata.east_asian_width(sign) in "WFA":
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
    """Shapes in the order in which they are drawn, of a width that is fixed; the height is told at the end."""

    width: float
    _shapes: list[str] = field(default_factory=list)

    def box(
        self, x: float, y: float, width: float, height: float, *, fill: str, line: str, radius: float = 6, dashed: bool = False
    ) -> None:
        """A rectangle with an outline; dashed for what interrupts."""
        self._shape(
            "rect",
            x=x,
            y=y,
            width=width,
            height=height,
            rx=radius,
            ry=radius,
            fill=fill,
            stroke=line,
            stroke_width=_STROKE,
            stroke_dasharray="6 4" if dashed else None,
        )

    def bar(self, x: float, y: float, width: float, height: float, *, fill: str) -> None:
        """A filled rectangle without an outline."""
        self._shape("rect", x=x, y=y, width=width, height=height, fill=fill)

    def line(self, x1: float, y1: float, x2: float, y2: float, *, colour: str = RULE, dashed: bool = False) -> None:
        """A straight line."""
        dashes = "4 4" if dashed else None
        self._shape("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=colour, stroke_width=_STROKE, stroke_dasharray=dashes)

    def dot(self, x: float, y: float, *, fill: str, radius: float = 4) -> None:
        """A filled circle."""
        self._shape("circle", cx=x, cy=y, r=radius, fill=fill)

    def path(self, points: Sequence[tuple[float, float]], *, colour: str = RULE) -> None:
        """A line through points, with an arrow head at its end."""
        (x1, y1), (x2, y2) = points[-2:]
        length = max(abs(x2 - x1), abs(y2 - y1), 0.1)
        dx, dy = (x2 - x1) / length, (y2 - y1) / length
        until = [*points[:-1], (x2 - 6 * dx, y2 - 6 * dy)]
        self._shape("polyline", points=_said(until), fill="none", stroke=colour, stroke_width=_STROKE)
        head = [(x2, y2), (x2 - 8 * dx + 4.5 * dy, y2 - 8 * dy + 4.5 * dx), (x2 - 8 * dx - 4.5 * dy, y2 - 8 * dy - 4.5 * dx)]
        self._shape("polygon", points=_said(head), fill=colour)

    def text(
        self, x: float, y: float, said: str, *, size: float, fill: str = INK, anchor: str = "start", bold: bool = False
    ) -> None:
        """A line of text; `y` is its base line."""
        weight = "bold" if bold else None
        self._shape("text", said, x=x, y=y, fill=fill, font_size=size, text_anchor=anchor, font_weight=weight)

    def svg(self, height: float, *, language: str, title: str, description: str) -> str:
        """The whole as a document for a page or a file, with what a screen reader says of it.

        The ids of title and description follow from their words, so that several drawings stand on one page.
        """
        key = hashlib.sha256(f"{language}\n{title}\n{description}".encode()).hexdigest()[:10]
        head = {
            "xmlns": "http://www.w3.org/2000/svg",
            "version": "1.1",
            "viewBox": f"0 0 {_number(self.width)} {_number(height)}",
            "width": _number(self.width),
            "height": _number(height),
            "role": "img",
            "aria-labelledby": f"t{key} d{key}",
            "xml:lang": language,
            "lang": language,
            "font-family": FONTS,
        }
        named = _element("title", title, id=f"t{key}") + _element("desc", description, id=f"d{key}")
        ground = _element("rect", width=self.width, height=height, fill=PAPER)
        attributes = "".join(f" {name}={quoteattr(value)}" for name, value in head.items())
        return f"<svg{attributes}>{named}{ground}{''.join(self._shapes)}</svg>"

    def _shape(self, tag: str, content: str = "", **attributes: object) -> None:
        self._shapes.append(_element(tag, content, **attributes))


def _element(tag: str, content: str = "", **attributes: object) -> str:
    said = "".join(f" {name.replace('_', '-')}={_quoted(value)}" for name, value in attributes.items() if value is not None)
    return f"<{tag}{said}>{escape(_clean(content))}</{tag}>" if content else f"<{tag}{said}/>"


def _quoted(value: object) -> str:
    return quoteattr(_clean(value)) if isinstance(value, str) else f'"{_number(value)}"'


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)


def _said(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{_number(x)},{_number(y)}" for x, y in points)


def _number(value: object) -> str:
    """A length to a tenth of a unit, without trailing zeros; anything else as it is."""
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, int | float) else str(value)
