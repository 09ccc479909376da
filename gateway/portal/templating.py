"""Jinja2 as the templates know it: autoescaped, strict about names, speaking the visitor's language."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from gateway.portal import assets, clocks, formats, texts
from gateway.portal.names import name_of
from yimen.intake.v1 import cases_pb2
from yimen.matters.v1 import elements_pb2

_prove: ContextVar[Callable[[], str]] = ContextVar("prove")


@contextmanager
def proving(prove: Callable[[], str]) -> Iterator[None]:
    """Renders for a visitor: `prove` makes the CSRF token of each form. It is no variable of the page, so that macros need no
    page's variables and are made once."""
    token = _prove.set(prove)
    try:
        yield
    finally:
        _prove.reset(token)


def environment() -> Environment:
    """The templates of the portal."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        # A template is read once.
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.do"],
    )
    filters: dict[str, Any] = {
        "address": formats.address,
        "chinese": formats.chinese,
        "day": formats.day,
        "division": formats.division,
        "hours": formats.hours,
        "in_words": clocks.in_words,
        "iso": formats.iso,
        "limit": formats.limit,
        "moment": formats.moment,
        "money": formats.money,
        "name_of": name_of,
        "number": formats.number,
        "said": formats.said,
        "size": formats.size,
        "text": formats.text,
        "weekdays": formats.weekdays,
    }
    made.filters.update({name: _each_time(filter_) for name, filter_ in filters.items()})
    made.globals.update(
        OnlineDepth=elements_pb2.OnlineDepth,
        Outcome=cases_pb2.Outcome,
        RatingStage=cases_pb2.RatingStage,
        TimeUnit=elements_pb2.TimeUnit,
        _=_gettext,
        ngettext=_ngettext,
        asset=assets.address,
        csrf=lambda: _prove.get()(),
        language=texts.language,
        new_request_id=lambda: secrets.token_hex(16),
        span=formats.span,
    )
    # Known to every template, also to a block of one that is rendered alone.
    made.globals["ui"] = made.get_template("components.html").module
    return made


def _gettext(text: str, **values: Any) -> Markup:
    """A text of the catalogue with its values, each escaped: as Jinja's own extension, at a third of its time. A page has fifty
    and more."""
    return _filled(texts.gettext(text), values)


def _ngettext(singular: str, plural: str, num: float, **values: Any) -> Markup:
    return _filled(texts.ngettext(singular, plural, num), {"num": num, **values})


def _filled(said: str, values: dict[str, Any]) -> Markup:
    filled = said % {name: escape(value) for name, value in values.items()} if values else said
    # The catalogue is ours, and its values are escaped.
    return Markup(filled)  # noqa: S704


def _each_time(filter_: Callable[..., Any]) -> Callable[..., Any]:
    """Keeps Jinja from applying a filter to a constant once for all, in the language of whoever comes first."""

    @pass_context
    def applied(_context: Context, *values: Any) -> Any:
        return filter_(*values)

    return applied
