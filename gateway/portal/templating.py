"""Jinja2 as the templates know it: autoescaped, strict about names, speaking the visitor's language."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from gateway.portal import assets, formats, texts
from gateway.portal.names import name_of


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
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    made.install_gettext_callables(texts.gettext, texts.ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.policies["ext.i18n.trimmed"] = True
    filters: dict[str, Any] = {
        "chinese": formats.chinese,
        "day": formats.day,
        "division": formats.division,
        "foreign": formats.foreign,
        "hours": formats.hours,
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
    made.globals.update(asset=assets.address, language=texts.language, span=formats.span)
    return made


def _each_time(filter_: Callable[..., Any]) -> Callable[..., Any]:
    """Keeps Jinja from applying a filter to a constant once for all, in the language of whoever comes first."""

    @pass_context
    def applied(_context: Context, *values: Any) -> Any:
        return filter_(*values)

    return applied
