"""The application form on paper 样表, drawn from its schema for a sheet of A4."""

from collections.abc import Iterator, Sequence

from services.chassis.errors import NotFound
from services.matters.drawing import INK, PAPER, QUIET, RULE, Drawing, wrapped
from services.matters.guide import schema, words
from services.matters.guide.schema import Field
from services.matters.guide.words import said
from yimen.matters.v1 import elements_pb2

# A4 at 96 to the inch, less the centimetre that browsers leave blank on each side.
WIDTH, HEIGHT = 718.0, 1046.0
_LEFT, _RIGHT, _COLUMN = 12.0, 706.0, 212.0
_TITLE, _LABEL, _HINT, _CHOICE = 22.0, 15.0, 12.0, 15.0
_PAD, _LEADING, _HINT_LEADING, _WRITING = 10.0, 21.0, 17.0, 30.0
# A text of more characters than this gets room for a paragraph.
_SHORT_TEXT, _PARAGRAPH = 300, 150.0
_MOST_LINES = 6
_BY_THE_APPLICANT = "申请人自备"
_FORM_WORDS = ("申请表", "申请书", "登记表", "备案表", "申报表")
_MOBILE = "^1[3-9]"


class FormNotKept(NotFound):
    """Nothing is asked by a form."""

    zh = "{name} 没有申请表"
    en = "{name} has no application form"


def is_kept(elements: elements_pb2.Elements) -> bool:
    """Whether the matter has a form."""
    return any(True for _ in schema.fields(elements))


def is_filled_by(material: elements_pb2.Material) -> bool:
    """Whether a material is the matter's form, as halls call it: what the applicant fills in 申请表, 登记表 …"""
    return material.issued_by == _BY_THE_APPLICANT and material.display_name.zh.endswith(_FORM_WORDS)


def drawn(elements: elements_pb2.Elements, language: str, *, name: str) -> str:
    """The form as SVG, at least a page of A4 high; FormNotKept with the matter's `name` where there is none."""
    fields = list(schema.fields(elements))
    if not fields:
        raise FormNotKept(name=name)
    return _Sheet(fields, language).svg(said(elements.display_name, language))


class _Sheet:
    """One drawing: a cursor goes down the page."""

    def __init__(self, fields: Sequence[Field], language: str) -> None:
        self._fields = fields
        self._language = language
        self._drawing = Drawing(WIDTH, words.TAGS[self._language])
        self._y = 44.0

    def svg(self, name: str) -> str:
        title = words.form("title", self._language, name=name.removesuffix("申请"))
        for line in wrapped(title, _TITLE, _RIGHT - _LEFT, 3):
            self._drawing.text(WIDTH / 2, self._y, line, size=_TITLE, anchor="middle", bold=True)
            self._y += 32
        for line in wrapped(words.form("notice", self._language), _HINT, _RIGHT - _LEFT, 3):
            self._drawing.text(WIDTH / 2, self._y, line, size=_HINT, fill=QUIET, anchor="middle")
            self._y += _HINT_LEADING
        self._y += 6
        for field in self._fields:
            self._row(field)
        self._signature()
        names = ("、" if self._language == "zh" else ", ").join(said(field.title, self._language) for field in self._fields)
        description = words.form("description", self._language, n=len(self._fields), names=names)
        height = max(self._y + 16, HEIGHT)
        return self._drawing.svg(height, title=title, description=description)

    def _row(self, field: Field) -> None:
        label = said(field.title, self._language) + (" *" if field.is_required else "")
        labels = wrapped(label, _LABEL, _COLUMN - _LEFT - 2 * _PAD, _MOST_LINES)
        hints = [line for hint in self._hints(field) for line in wrapped(hint, _HINT, _RIGHT - _COLUMN - 2 * _PAD, 2)]
        choices = [line for choice in self._choices(field) for line in wrapped(choice, _CHOICE, _RIGHT - _COLUMN - 46, 3)]
        inner = len(choices) * _LEADING + len(hints) * _HINT_LEADING + self._room(field)
        height = max(len(labels) * _LEADING, inner) + 2 * _PAD
        self._drawing.box(_LEFT, self._y, _RIGHT - _LEFT, height, fill=PAPER, line=RULE, radius=0)
        self._drawing.line(_COLUMN, self._y, _COLUMN, self._y + height)
        for i, line in enumerate(labels):
            self._drawing.text(_LEFT + _PAD, self._y + _PAD + 15 + i * _LEADING, line, size=_LABEL, bold=True)
        base = self._y + _PAD + 15
        for line in choices:
            self._drawing.box(_COLUMN + _PAD, base - 12, 13, 13, fill=PAPER, line=INK, radius=0)
            self._drawing.text(_COLUMN + _PAD + 22, base, line, size=_CHOICE)
            base += _LEADING
        base = self._y + height - _PAD - 2 - (len(hints) - 1) * _HINT_LEADING
        for line in hints:
            self._drawing.text(_COLUMN + _PAD, base, line, size=_HINT, fill=QUIET)
            base += _HINT_LEADING
        self._y += height

    def _choices(self, field: Field) -> Iterator[str]:
        """What is ticked rather than written."""
        if field.is_declaration:
            yield words.form("agreed", self._language)
        elif field.schema.get("type") == "boolean":
            yield from (words.form(answer, self._language) for answer in ("is_so", "is_not"))
        else:
            yield from (said(choice, self._language) for choice in field.choices)

    def _hints(self, field: Field) -> Iterator[str]:
        """How it is to be written."""
        of = field.schema
        facts: list[str] = []
        if str(of.get("pattern", "")).startswith(_MOBILE):
            facts.append(words.form("mobile", self._language))
        elif "pattern" in of:
            facts.append(words.form("digits", self._language))
        elif of.get("format") == "date":
            facts.append(words.form("date", self._language))
        elif of.get("type") in ("number", "integer"):
            facts.append(words.form("number", self._language))
        for key, name in (("minimum", "at_least"), ("maximum", "at_most"), ("maxLength", "long")):
            if key in of:
                facts.append(words.form(name, self._language, n=f"{of[key]:g}"))
        if facts:
            yield ("，" if self._language == "zh" else ", ").join(facts)

    def _room(self, field: Field) -> float:
        """The height that is left for writing."""
        if any(True for _ in self._choices(field)):
            return 0
        return _PARAGRAPH if field.schema.get("maxLength", 0) > _SHORT_TEXT else _WRITING

    def _signature(self) -> None:
        self._y += 56
        for x, key in ((_LEFT, "signature"), (_COLUMN + 230, "signed_on")):
            self._drawing.text(x, self._y, words.form(key, self._language), size=_LABEL)
        self._y += 30
        self._drawing.line(_LEFT, self._y, _COLUMN + 160, self._y)
        self._drawing.line(_COLUMN + 230, self._y, _RIGHT, self._y)
