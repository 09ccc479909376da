"""The flow chart of a matter, drawn from its steps.

From top to bottom on the width of a phone: who does each step, in how many working days, what runs side by side (between two
bars, as activity diagrams have it), and which step stops the clock (dashed, with a sign of its own, so that no colour is
needed to see it). Along the left runs the time: on which working day each step is through at the latest.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from services.matters.drawing import INK, PAPER, QUIET, RULE, Drawing, width_of, wrapped
from services.matters.guide import words
from services.matters.guide.words import said
from services.matters.rules import limits
from services.matters.rules.shape import EX_OFFICIO
from yimen.matters.v1 import elements_pb2, guide_pb2

WIDTH = 400.0
_CLOCK_X = 64.0  # the line of time; its words end left of it
_LEFT, _RIGHT = 82.0, 394.0
_MIDDLE = (_LEFT + _RIGHT) / 2
_PAD, _GAP, _ARROW = 10.0, 10.0, 22.0
_NAME, _FACT, _TIME = 16.0, 13.0, 12.0
_NAME_LEADING, _FACT_LEADING = 21.0, 18.0
_MOST_LINES = 6

_STEP, _STEP_LINE = PAPER, "#0b5394"
_STOP, _STOP_LINE = "#fff6e0", "#8a5a00"
_END, _END_LINE = "#eef6ee", "#2f6b2f"
_START, _START_LINE = "#f4f6f8", QUIET


def drawn(elements: elements_pb2.Elements) -> guide_pb2.FlowChart:
    """The chart in both languages, its sentences, and what the steps take together."""
    zh, en = (described(elements.steps, elements.promised_limit, language) for language in words.LANGUAGES)
    return guide_pb2.FlowChart(
        svg_zh=_Chart(elements, "zh").svg(zh),
        svg_en=_Chart(elements, "en").svg(en),
        description=words.text(zh, en),
        working_days=limits.days_of(elements.steps),
    )


def described(steps: Sequence[elements_pb2.Step], promised: elements_pb2.Limit, language: str) -> str:
    """The chart in sentences, for whoever does not see it."""
    total = words.days(limits.days_of(steps), language)
    sentences = [words.chart("summary", language, n=len(steps), days=total)]
    for i, step in enumerate(steps):
        beside = [str(j + 1) for j in _beside(steps, i)]
        facts = [*_facts(step, language)]
        if beside:
            facts.append(words.chart("beside", language, steps=("、" if language == "zh" else ", ").join(beside)))
        joint = "，" if language == "zh" else ", "
        sentences.append(
            words.chart("sentence", language, i=i + 1, name=said(step.display_name, language), facts=joint.join(facts))
        )
    if promised.unit:
        sentences.append(words.chart("kept_within", language, limit=said(words.limit(promised), language)))
    return ("" if language == "zh" else " ").join(sentences)


@dataclass
class _Box:
    """A step as it will stand: its lines, and how high they are."""

    name: Sequence[str]
    facts: Sequence[str]
    stops: bool

    @property
    def height(self) -> float:
        return 2 * _PAD + len(self.name) * _NAME_LEADING + len(self.facts) * _FACT_LEADING


class _Chart:
    """One drawing: a cursor goes down the page."""

    def __init__(self, elements: elements_pb2.Elements, language: str) -> None:
        self._elements = elements
        self._language = language
        self._drawing = Drawing(WIDTH, words.TAGS[self._language])
        self._y = 6.0
        self._day = 0

    def svg(self, description: str) -> str:
        """The drawing as text, described by these sentences."""
        name = said(self._elements.display_name, self._language)
        begun = "begun" if int(self._elements.matter_type) in EX_OFFICIO else "apply"
        self._end(words.chart(begun, self._language), [], _START, _START_LINE)
        began = self._y
        for group, members in groupby(self._elements.steps, key=lambda step: step.parallel_group):
            together = list(members)
            if group and len(together) > 1:
                self._beside(together)
            else:
                for step in together:
                    self._one(step)
        self._arrow()
        self._tick(began)
        self._end(words.chart("done", self._language), self._totals(), _END, _END_LINE)
        return self._drawing.svg(
            self._y + 6,
            title=words.chart("title", self._language, name=name),
            description=description,
        )

    def _one(self, step: elements_pb2.Step) -> None:
        self._arrow()
        top = self._y
        box = self._boxed(step, _RIGHT - _LEFT)
        self._draw(box, _LEFT, top, _RIGHT - _LEFT, box.height)
        self._y = top + box.height
        self._through([step], top)

    def _beside(self, steps: list[elements_pb2.Step]) -> None:
        """Steps between two bars, two in a row; a last one that is alone has the row to itself."""
        self._arrow()
        top = self._y
        self._drawing.bar(_LEFT, self._y, _RIGHT - _LEFT, 4, fill=INK)
        self._y += 4 + _FACT_LEADING
        notice = words.chart("parallel", self._language, n=len(steps)), words.chart("longest", self._language)
        joint = "，" if self._language == "zh" else "; "
        for line in wrapped(joint.join(notice), _FACT, _RIGHT - _LEFT - 8, 2):
            self._drawing.text(_MIDDLE, self._y, line, size=_FACT, fill=QUIET, anchor="middle")
            self._y += _FACT_LEADING
        self._y -= _GAP / 2
        for i in range(0, len(steps), 2):
            self._row(steps[i : i + 2])
        self._drawing.bar(_LEFT, self._y, _RIGHT - _LEFT, 4, fill=INK)
        self._y += 4
        self._through(steps, top)

    def _row(self, steps: list[elements_pb2.Step]) -> None:
        width = (_RIGHT - _LEFT - 2 * _PAD - (len(steps) - 1) * _GAP) / len(steps)
        boxes = [self._boxed(step, width) for step in steps]
        height = max(box.height for box in boxes)
        for i, box in enumerate(boxes):
            self._draw(box, _LEFT + _PAD + i * (width + _GAP), self._y, width, height)
        self._y += height + _GAP

    def _boxed(self, step: elements_pb2.Step, width: float) -> _Box:
        room = width - 2 * _PAD
        stops = bool(step.special_procedure)
        name = wrapped(said(step.display_name, self._language), _NAME, room - (22 if stops else 0), _MOST_LINES)
        facts = list(_facts(step, self._language))
        whole = " · ".join(facts)
        lines = [whole] if width_of(whole, _FACT) <= room else facts
        return _Box(name, [part for line in lines for part in wrapped(line, _FACT, room, _MOST_LINES)], stops)

    def _draw(self, box: _Box, x: float, y: float, width: float, height: float) -> None:
        fill, line = (_STOP, _STOP_LINE) if box.stops else (_STEP, _STEP_LINE)
        self._drawing.box(x, y, width, height, fill=fill, line=line, dashed=box.stops)
        left = x + _PAD
        if box.stops:
            self._pause(left + 7, y + _PAD + 10)
            left += 22
        base = y + _PAD - 5
        for row in box.name:
            base += _NAME_LEADING
            self._drawing.text(left, base, row, size=_NAME, bold=True)
        for row in box.facts:
            base += _FACT_LEADING
            self._drawing.text(x + _PAD, base, row, size=_FACT, fill=_STOP_LINE if box.stops else QUIET)

    def _pause(self, x: float, y: float) -> None:
        """The sign of a clock that stands still."""
        self._drawing.dot(x, y, fill=_STOP_LINE, radius=8)
        for side in (-3.5, 1.0):
            self._drawing.bar(x + side, y - 4, 2.5, 8, fill=PAPER)

    def _through(self, steps: list[elements_pb2.Step], top: float) -> None:
        """Moves the time on along the line at the left."""
        stands = any(step.special_procedure for step in steps)
        self._drawing.line(_CLOCK_X, top, _CLOCK_X, self._y, dashed=stands)
        if stands:
            lines = wrapped(words.chart("stops", self._language), _TIME, _CLOCK_X - 12, 2)
            base = (top + self._y) / 2 - (len(lines) - 1) * 7 + 4
            for i, line in enumerate(lines):
                self._drawing.text(_CLOCK_X - 9, base + i * 15, line, size=_TIME, fill=_STOP_LINE, anchor="end")
        days = limits.days_of(steps)
        if days:
            self._day += days
            self._drawing.dot(_CLOCK_X, self._y - 4, fill=_STEP_LINE)
            lines = wrapped(words.chart("by_day", self._language, n=self._day), _TIME, _CLOCK_X - 12, 2)
            for i, line in enumerate(reversed(lines)):
                self._drawing.text(_CLOCK_X - 9, self._y - i * 14, line, size=_TIME, anchor="end")

    def _tick(self, began: float) -> None:
        """Where the line of time begins."""
        self._drawing.dot(_CLOCK_X, began + 4, fill=RULE, radius=3)

    def _arrow(self) -> None:
        self._drawing.line(_CLOCK_X, self._y, _CLOCK_X, self._y + _ARROW)
        self._drawing.path([(_MIDDLE, self._y), (_MIDDLE, self._y + _ARROW)])
        self._y += _ARROW

    def _end(self, name: str, facts: Iterable[str], fill: str, line: str) -> None:
        """A round box at either end."""
        lines = [part for fact in facts for part in wrapped(fact, _FACT, _RIGHT - _LEFT - 40, _MOST_LINES)]
        height = 2 * 8 + _NAME_LEADING + len(lines) * _FACT_LEADING
        self._drawing.box(_LEFT, self._y, _RIGHT - _LEFT, height, fill=fill, line=line, radius=18)
        base = self._y + 8 + 16
        self._drawing.text(_MIDDLE, base, name, size=_NAME, anchor="middle", bold=True)
        for part in lines:
            base += _FACT_LEADING
            self._drawing.text(_MIDDLE, base, part, size=_FACT, fill=QUIET, anchor="middle")
        self._y += height

    def _totals(self) -> Iterator[str]:
        """What the whole takes, what was promised, and what it ends in."""
        total = limits.days_of(self._elements.steps)
        if total:
            yield words.chart("total", self._language, days=words.days(total, self._language))
        promised = self._elements.promised_limit
        if promised.unit:
            yield words.chart("promised", self._language, limit=said(words.limit(promised), self._language))
        for result in self._elements.results:
            yield said(words.of_both(result.display_name), self._language)


def _facts(step: elements_pb2.Step, language: str) -> Iterator[str]:
    """Who does it, in how many working days, and whether the clock stands meanwhile."""
    if step.who:
        yield said(words.of_both(step.who), language)
    if step.special_procedure:
        what = said(words.code(elements_pb2.SpecialProcedure, step.special_procedure), language)
        yield words.chart("does_not_count", language, what=what)
    if step.working_days or not step.special_procedure:
        yield words.days(step.working_days, language)


def _beside(steps: Sequence[elements_pb2.Step], index: int) -> list[int]:
    """The neighbours that run beside a step."""
    group = steps[index].parallel_group
    if not group:
        return []
    first = last = index
    while first and steps[first - 1].parallel_group == group:
        first -= 1
    while last + 1 < len(steps) and steps[last + 1].parallel_group == group:
        last += 1
    return [i for i in range(first, last + 1) if i != index]
