"""An application form as questions: made from the matter's JSON Schema (2020-12), shown by templates, read from the post.

Nothing is judged here: what was typed is kept as it was typed where it is no value of its kind, and the service says what is
wrong with it.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from starlette.datastructures import FormData

from gateway.portal import formats
from gateway.portal.texts import _, language, ngettext

Kind = Literal["text", "long", "number", "date", "choice", "yes-no", "agreed", "several", "lines", "group", "rows"]
Schema = Mapping[str, Any]

# A text that may be longer is asked for in several lines.
_LINE = 200
_MOBILE = "^1[3-9][0-9]{9}$"
_BLANKS = re.compile(r"[\s\-]")
# Rows that a list may be given on a page at most.
_ROWS = 50


@dataclass(frozen=True)
class Question:
    """One question. `name` is its field on the page, by dots; `parts` are those of a group, or of one row of a list."""

    name: str
    kind: Kind
    schema: Schema
    required: bool
    parts: tuple["Question", ...] = ()
    choices: tuple[tuple[str, str], ...] = ()
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """What is asked, in the language of the page; Chinese where no translation is kept."""
        return _said(self.schema, "title", self.name.rpartition(".")[2])

    @property
    def hint(self) -> str:
        """How to answer, where that is not plain from the question."""
        if told := _said(self.schema, "description", ""):
            return told
        if self.schema.get("pattern") == _MOBILE:
            return _("11 位手机号码")
        least, most = self.schema.get("minimum"), self.schema.get("maximum")
        if self.kind == "number" and least is not None and most is not None:
            return _("%(least)s 至 %(most)s") % {"least": _plain(least), "most": _plain(most)}
        if self.kind == "lines":
            return _("每行写一项")
        longest = self.schema.get("maxLength")
        if self.kind == "long" and longest:
            return ngettext("最多 %(num)s 个字", "最多 %(num)s 个字", int(longest)) % {"num": int(longest)}
        return ""

    def at(self, row: int) -> tuple["Question", ...]:
        """The parts of a list's row."""
        return tuple(_moved(part, f"{self.name}.{row}") for part in self.parts)


def questions(schema: Schema, within: str = "") -> tuple[Question, ...]:
    """The questions of an object's schema, in the order that it names; what is declared comes last."""
    properties: Schema = schema.get("properties", {})
    required: Sequence[str] = schema.get("required", [])
    # The keys of a google.protobuf.Struct have no order; lists keep theirs.
    order = [*schema.get("x-order", []), *required, *sorted(properties)]
    named = sorted(properties, key=lambda name: (properties[name].get("const") is True, order.index(name)))
    return tuple(_question(properties[name], f"{within}{name}", name in required) for name in named)


def read(asked: Sequence[Question], posted: FormData) -> dict[str, Any]:
    """The form that was typed; what was left empty is not in it."""
    found = {question.name.rpartition(".")[2]: _read(question, posted) for question in asked}
    return {name: value for name, value in found.items() if value not in (None, "", [], {})}


def rows(question: Question, value: Any, posted: FormData | None = None) -> int:
    """How many rows of a list are shown: those that are filled, one at least, and one more where it was asked for."""
    filled = len(value) if isinstance(value, list) else 0
    asked = 1 if posted is not None and posted.get("go") == f"more:{question.name}" else 0
    return min(max(filled + asked, 1), _ROWS)


def answers(asked: Sequence[Question], form: Schema) -> Iterator[tuple[Question, str]]:
    """Each question of the form with its answer as a person reads it; empty where it was not answered."""
    for question in asked:
        value = form.get(question.name.rpartition(".")[2])
        if question.kind == "group":
            yield from answers(question.parts, value if isinstance(value, Mapping) else {})
        elif question.kind == "rows":
            for number, row in enumerate(value if isinstance(value, list) else []):
                yield from answers(question.at(number), row if isinstance(row, Mapping) else {})
        else:
            yield question, shown(question, value)


def shown(question: Question, value: Any) -> str:
    """An answer as a person reads it."""
    chosen = dict(question.choices)
    match question.kind:
        case _ if value is None:
            return ""
        case "yes-no" | "agreed":
            return _("是") if value is True else _("否")
        case "several" | "lines" if isinstance(value, list):
            return _("、").join(chosen.get(_coded(one), str(one)) for one in value)
        case "choice":
            return chosen.get(_coded(value), str(value))
        case "date" if _is_date(value):
            return formats.day(value)
        case "number" if isinstance(value, int | float):
            return _plain(value)
    return str(value)


def _is_date(value: Any) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def typed(question: Question, value: Any) -> Any:
    """An answer as its field holds it: a text, or a list of texts for checkboxes."""
    match question.kind:
        case "several":
            return [_coded(one) for one in value] if isinstance(value, list) else []
        case "lines":
            return "\n".join(map(str, value)) if isinstance(value, list) else ""
        case "yes-no" | "agreed" | "choice":
            return "" if value is None else _coded(value)
        case "number" if isinstance(value, int | float):
            return _plain(value)
    return "" if value is None else str(value)


def said_wrong(asked: Sequence[Question], fields: Mapping[str, str], form: Schema) -> dict[str, str]:
    """What a service finds wrong with a form (path → sentence), by the names of the fields on the page."""
    named = {question.name: question for question in _all(asked, form)}
    found: dict[str, str] = {}
    for path, sentence in fields.items():
        if not path.startswith("case.form"):
            continue
        name = re.sub(r"\[(\d+)\]", r".\1", path.removeprefix("case.form").removeprefix("."))
        found.setdefault(name, _wrong(named.get(name), sentence, form))
    return {name: found[name] for name in [*named, *found] if name in found}


def _wrong(question: Question | None, sentence: str, form: Schema) -> str:
    if question is None:
        return sentence
    title = formats.chinese(question.title)
    if question.kind == "agreed":
        return formats.filled(_("请确认：%(title)s"), title=title)
    if _found(form, question.name) is None:
        chosen = question.kind in ("choice", "yes-no", "several")
        return formats.filled(_("请选择“%(title)s”") if chosen else _("请填写“%(title)s”"), title=title)
    if question.kind == "number" and isinstance(_found(form, question.name), str):
        return formats.filled(_("“%(title)s”应为数字"), title=title)
    if question.schema.get("pattern") == _MOBILE:
        return formats.filled(_("“%(title)s”应为 11 位手机号码"), title=title)
    return sentence


def _found(form: Schema, name: str) -> Any:
    value: Any = form
    for part in name.split("."):
        if isinstance(value, Mapping):
            value = value.get(part)
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value


def _all(asked: Sequence[Question], form: Schema) -> Iterator[Question]:
    """Every question on the page, those of groups and rows too."""
    for question in asked:
        if question.kind == "group":
            yield from _all(question.parts, form)
        elif question.kind == "rows":
            for number in range(rows(question, _found(form, question.name))):
                yield from _all(question.at(number), form)
        yield question


def _question(schema: Schema, name: str, required: bool) -> Question:
    kind, more = _kind(schema), _attributes(schema)
    parts: tuple[Question, ...] = ()
    if kind == "group":
        parts = questions(schema, f"{name}.")
    elif kind == "rows":
        parts = questions(schema["items"], f"{name}.")
    listed = schema.get("items", {}) if kind == "several" else schema
    return Question(name, kind, schema, required, parts, tuple(_choices(listed)), more)


def _kind(schema: Schema) -> Kind:
    if schema.get("const") is True:
        return "agreed"
    if "enum" in schema or _constants(schema):
        return "choice"
    match schema.get("type"):
        case "boolean":
            return "yes-no"
        case "integer" | "number":
            return "number"
        case "object":
            return "group"
        case "array":
            items: Schema = schema.get("items", {})
            if items.get("type") == "object":
                return "rows"
            return "several" if "enum" in items or _constants(items) else "lines"
    if schema.get("format") == "date":
        return "date"
    return "long" if schema.get("maxLength", 0) > _LINE else "text"


def _constants(schema: Schema) -> list[Schema]:
    options: list[Schema] = schema.get("oneOf") or schema.get("anyOf") or []
    return options if options and all("const" in option for option in options) else []


def _choices(schema: Schema) -> Iterator[tuple[str, str]]:
    for option in _constants(schema):
        yield _coded(option["const"]), _said(option, "title", str(option["const"]))
    for value in schema.get("enum", []):
        yield _coded(value), str(value)


def _attributes(schema: Schema) -> dict[str, Any]:
    """What makes a field easy to fill: the right keyboard, and what the browser can fill in."""
    if schema.get("pattern") == _MOBILE:
        return {"inputmode": "tel", "autocomplete": "tel-national"}
    match schema.get("type"), schema.get("format"):
        case "integer", _unused:
            return {"inputmode": "numeric"}
        case "number", _unused:
            return {"inputmode": "decimal"}
        case _type, "email":
            return {"inputmode": "email", "autocomplete": "email"}
    return {}


def _read(question: Question, posted: FormData) -> Any:
    name = question.name
    match question.kind:
        case "group":
            return read(question.parts, posted)
        case "rows":
            count = _text(posted, f"{name}.count")
            shown_rows = min(int(count), _ROWS) if re.fullmatch("[0-9]{1,4}", count) else 0
            return [row for number in range(shown_rows) if (row := read(question.at(number), posted))]
        case "several":
            return [_decoded(question, one) for one in posted.getlist(name) if isinstance(one, str) and one]
        case "lines":
            return [line.strip() for line in _text(posted, name).splitlines() if line.strip()]
        case "agreed":
            return True if _text(posted, name) else None
        case "yes-no":
            return {"true": True, "false": False}.get(_text(posted, name))
        case "choice":
            sent = _text(posted, name)
            return _decoded(question, sent) if sent else None
        case "number":
            return _number(_text(posted, name))
    return _tidied(_text(posted, name), question.schema.get("pattern", ""))


def _text(posted: FormData, name: str) -> str:
    value = posted.get(name, "")
    return value.strip().replace("\r\n", "\n") if isinstance(value, str) else ""


def _number(text: str) -> Any:
    """The number that was typed, full-width digits and separators of thousands included; else the text."""
    plain = unicodedata.normalize("NFKC", text)
    if re.fullmatch(r"-?\d{1,3}([, ]\d{3})+(\.\d+)?", plain):
        plain = re.sub("[, ]", "", plain)
    if re.fullmatch(r"-?\d{1,15}", plain):
        return int(plain)
    return float(plain) if re.fullmatch(r"-?\d{1,15}\.\d{1,6}", plain) else text


def _tidied(text: str, pattern: str) -> str:
    """A number that was typed in groups, or in full-width digits, where that makes it fit."""
    plain = _BLANKS.sub("", unicodedata.normalize("NFKC", text))
    if not pattern or re.search(pattern, text) or not re.search(pattern, plain):
        return text
    return plain


def _decoded(question: Question, sent: str) -> Any:
    """The value of a choice; what is none of them is kept for the service to refuse."""
    source = question.schema.get("items", {}) if question.kind == "several" else question.schema
    values = [*source.get("enum", []), *(option["const"] for option in _constants(source))]
    return next((value for value in values if _coded(value) == sent), sent)


def _coded(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _moved(question: Question, within: str) -> Question:
    name = f"{within}.{question.name.rpartition('.')[2]}"
    parts = tuple(_moved(part, name) for part in question.parts)
    return Question(name, question.kind, question.schema, question.required, parts, question.choices, question.more)


def _said(schema: Schema, key: str, otherwise: str) -> str:
    english = schema.get(f"x-{key}-en") if language() == "en" else None
    return str(english or schema.get(key, otherwise))


def _plain(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
