"""A chain of matters drawn on a scale of working days, its critical path marked by more than colour.

On the width of a phone each matter has a row: its name and its days, below them its bar. A critical bar is filled and its name
bold; another one is hollow, and the days that it may be late by without delaying what comes after it are dotted behind it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.matters.drawing import INK, PAPER, QUIET, Drawing, width_of, wrapped
from services.matters.guide import words
from services.matters.guide.words import said
from yimen.matters.v1 import streamlining_pb2

Link = streamlining_pb2.ChainLink

WIDTH = 400.0
_LEFT, _RIGHT = 8.0, 392.0
_NAME, _SMALL = 13.0, 11.5
_LEADING, _BAR, _AFTER = 17.0, 10.0, 9.0
_GRID, _CRITICAL, _OTHER = "#e3e7ec", "#a8221f", "#0b5394"
# The finest scale that leaves at most six parts.
_SCALES = (1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000)
_MOST_PARTS = 6


def drawn(links: Sequence[Link], language: str, title: str) -> str:
    """The drawing of a chain as SVG; the links in the order in which they will stand."""
    return _Gantt(links, language).svg(title)


def described(links: Sequence[Link], language: str) -> str:
    """The chain in sentences, for whoever does not see it."""
    names = {link.matter: said(link.display_name, language) for link in links}
    days = max((link.finish for link in links), default=0)
    sentences = [words.chain("summary", language, n=len(links), days=days)]
    for link in links:
        before = [names[matter] for matter in link.after if matter in names]
        joint = "、" if language == "zh" else ", "
        after = words.chain("after", language, names=joint.join(before)) if before else ""
        kind = words.chain("critical" if link.critical else "other", language)
        sentences.append(
            words.chain("sentence", language, name=names[link.matter], span=_span(link, language), kind=kind, after=after)
        )
    return ("" if language == "zh" else " ").join(sentences)


def slack(link: Link, links: Sequence[Link]) -> int:
    """The working days that a link may be late by without delaying another; to the chain's end where nothing comes after it."""
    later = [other.start for other in links if link.matter in other.after]
    return max(min(later, default=max(other.finish for other in links)) - link.finish, 0)


@dataclass
class _Row:
    """Where a link stands."""

    link: Link
    name: Sequence[str]
    top: float

    @property
    def bar(self) -> float:
        return self.top + len(self.name) * _LEADING + 3

    @property
    def end(self) -> float:
        return self.bar + _BAR + _AFTER


class _Gantt:
    def __init__(self, links: Sequence[Link], language: str) -> None:
        self._links = links
        self._language = language
        self._days = max((link.finish for link in links), default=0) or 1
        self._drawing = Drawing(WIDTH, words.TAGS[self._language])
        self._top = 46.0
        self._rows = list(self._placed())

    def svg(self, title: str) -> str:
        end = self._rows[-1].end if self._rows else self._top
        self._legend()
        self._scale(end)
        for row in self._rows:
            self._bar(row)
        for row in self._rows:
            self._label(row)
        return self._drawing.svg(end + 4, title=title, description=described(self._links, self._language))

    def _placed(self) -> list[_Row]:
        rows, y = [], self._top
        for link in self._links:
            room = _RIGHT - _LEFT - width_of(_span(link, self._language), _SMALL) - 12
            name = wrapped(said(link.display_name, self._language), _NAME, room, 3)
            rows.append(_Row(link, name, y))
            y = rows[-1].end
        return rows

    def _x(self, day: float) -> float:
        return _LEFT + (_RIGHT - _LEFT) * day / self._days

    def _legend(self) -> None:
        x, y = _LEFT, 14.0
        for key, fill, line in (("critical", _CRITICAL, _CRITICAL), ("other", PAPER, _OTHER)):
            self._drawing.box(x, y - 9, 22, 10, fill=fill, line=line, radius=2)
            name = words.chain(key, self._language)
            self._drawing.text(x + 28, y, name, size=_SMALL, bold=key == "critical")
            x += 44 + width_of(name, _SMALL) + (4 if key == "critical" else 0)
        self._drawing.line(x, y - 4, x + 22, y - 4, colour=_OTHER, dashed=True)
        self._drawing.text(x + 28, y, words.chain("slack", self._language), size=_SMALL)

    def _scale(self, end: float) -> None:
        """Days along the top, with lines down through all rows."""
        part = next((scale for scale in _SCALES if self._days / scale <= _MOST_PARTS), _SCALES[-1])
        unit = words.chain("scale", self._language)
        marks = [day for day in range(0, self._days, part) if self._days - day > part / 3 or day == 0]
        for day in [*marks, self._days]:
            x = self._x(day)
            self._drawing.line(x, 38, x, end, colour=_GRID)
            anchor = "start" if day == 0 else "end" if day == self._days else "middle"
            label = unit if day == 0 else str(day)
            if day == 0 or x - width_of(label, _SMALL) > _LEFT + width_of(unit, _SMALL):
                self._drawing.text(x, 34, label, size=_SMALL, fill=QUIET, anchor=anchor, bold=day == self._days)

    def _bar(self, row: _Row) -> None:
        link = row.link
        spare = slack(link, self._links)
        left, right = self._x(link.start), self._x(link.finish)
        middle = row.bar + _BAR / 2
        if spare and not link.critical:
            self._drawing.line(right, middle, self._x(link.finish + spare), middle, colour=_OTHER, dashed=True)
        fill, line = (_CRITICAL, _CRITICAL) if link.critical else (PAPER, _OTHER)
        self._drawing.box(left, row.bar, max(right - left, 3), _BAR, fill=fill, line=line, radius=2)

    def _label(self, row: _Row) -> None:
        link = row.link
        for i, line in enumerate(row.name):
            self._drawing.text(_LEFT, row.top + 13 + i * _LEADING, line, size=_NAME, bold=link.critical)
        colour = INK if link.critical else QUIET
        span = _span(link, self._language)
        self._drawing.text(_RIGHT, row.top + 13, span, size=_SMALL, fill=colour, anchor="end", bold=link.critical)


def _span(link: Link, language: str) -> str:
    """From which working day of the chain to which."""
    days = link.finish - link.start
    key = "no_day" if days == 0 else "one_day" if days == 1 else "span"
    return words.chain(key, language, first=link.start + 1, last=link.finish)
