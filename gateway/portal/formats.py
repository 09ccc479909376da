"""Dates, limits, numbers and sums as each language writes them; times are those of Shenzhen."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from babel import Locale, dates, numbers
from google.protobuf.timestamp_pb2 import Timestamp
from markupsafe import Markup, escape

from gateway.portal.texts import _, language, ngettext
from yimen.api.v1 import text_pb2
from yimen.halls.v1 import halls_pb2
from yimen.matters.v1 import elements_pb2

SHENZHEN = ZoneInfo("Asia/Shanghai")
_HAN = "[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]"
# From one Chinese letter to the last before a Latin one.
_RUN = re.compile(f"({_HAN}(?:[^A-Za-z]*{_HAN})?)")
_LOCALES = {"zh": Locale.parse("zh_CN"), "en": Locale.parse("en_GB")}


class Limit(Protocol):
    """A limit of a matter."""

    value: int


def text(of: text_pb2.Text) -> str:
    """A text of the services in the language of the page; Chinese where no translation is kept."""
    return (language() == "en" and of.en) or of.zh


def said(of: text_pb2.Text) -> Markup:
    """The same as part of a page, marked as Chinese where an English page has no translation."""
    return _partly(of.en) if language() == "en" and of.en else chinese(of.zh)


def chinese(of: str) -> Markup:
    """What is said or typed in whatever language, marked on an English page where it is in Chinese; what is marked stays so."""
    if language() == "zh" or isinstance(of, Markup):
        return escape(of)
    if len(re.findall(_HAN, of)) < len(re.findall("[A-Za-z]", of)):
        return _partly(of)
    return _marked(of) if re.search(_HAN, of) else escape(of)


def _partly(of: str) -> Markup:
    """A text in English, marked where it cites Chinese."""
    return Markup("").join(_marked(part) if at % 2 else part for at, part in enumerate(_RUN.split(of)))


def _marked(of: str) -> Markup:
    return Markup('<span lang="zh-CN">{}</span>').format(of)


def filled(sentence: str, **values: object) -> Markup:
    """A text of the catalogue with its values: what is marked in them stays marked, anything else is escaped."""
    return Markup(sentence) % values  # noqa: S704 - the catalogue is ours


def division(of: halls_pb2.Hall) -> Markup:
    """What a hall is called where its division's name is enough: 平湖街道. English knows the whole name alone."""
    return escape(of.display_name.en) if language() == "en" and of.display_name.en else chinese(of.division)


def address(name: str) -> str:
    """The page of what has a resource name: /matters/{hall}/{matter}, /cases/{hall}/{case}; a file goes by its case's."""
    first, id_, *below = name.split("/")
    return "/" + "/".join([below[0], id_, *below[1::2]] if below else [first, id_])


def number(of: int) -> str:
    """12,934 in both languages."""
    return str(numbers.format_decimal(of, locale=_locale()))


def money(fen: int) -> str:
    """A sum in yuan from one in fen: ¥20.00 or CN¥20.00."""
    return str(numbers.format_currency(fen / 100, "CNY", locale=_locale()))


def size(of: int) -> str:
    """A file's size: 820 KB, 1.2 MB."""
    if of < 1_000_000:
        return f"{max(1, round(of / 1000))} KB"
    return f"{of / 1_000_000:.1f} MB"


def day(of: "date | datetime | Timestamp | str") -> str:
    """2026年3月2日, 2 March 2026; from a date, a time, or the text YYYY-MM-DD. Empty for what is not set."""
    when = _moment(of)
    if when is None:
        return ""
    return str(dates.format_date(when, "y年M月d日" if language() == "zh" else "d MMMM y", locale=_locale()))


def moment(of: "datetime | Timestamp") -> str:
    """2026年3月2日 09:30, 2 March 2026, 09:30, in Shenzhen. Empty for what is not set."""
    when = _moment(of)
    if not isinstance(when, datetime):
        return ""
    pattern = "y年M月d日 HH:mm" if language() == "zh" else "d MMMM y, HH:mm"
    return str(dates.format_datetime(when, pattern, tzinfo=SHENZHEN, locale=_locale()))


def iso(of: "date | datetime | Timestamp | str") -> str:
    """What the datetime attribute of a time element takes."""
    when = _moment(of)
    return when.isoformat() if when else ""


def weekdays(of: Iterable[int]) -> str:
    """周一至周五, Mon–Fri; single days are listed. 1 is Monday."""
    days = sorted(of)
    names = dates.get_day_names("abbreviated", locale=_locale())
    if len(days) > 2 and days == list(range(days[0], days[-1] + 1)):
        return _("%(first)s至%(last)s") % {"first": names[days[0] - 1], "last": names[days[-1] - 1]}
    return _("、").join(names[one - 1] for one in days)


def hours(of: Iterable[halls_pb2.OpeningHours]) -> str:
    """周一至周五 09:00–12:00、14:00–18:00."""
    by_days: dict[tuple[int, ...], list[str]] = {}
    for one in of:
        by_days.setdefault(tuple(one.weekdays), []).append(f"{one.opens}–{one.closes}")
    return _("；").join(f"{weekdays(days)} {_('、').join(times)}" for days, times in by_days.items())


def limit(of: elements_pb2.Limit) -> str:
    """5 个工作日, 5 working days. Empty for a limit that is not set."""
    if not of.unit:
        return ""
    if not of.value:
        return _("即时办结")
    return span(of.value, of.unit)


def span(value: int, unit: int) -> str:
    """So many of a unit of time."""
    match unit:
        case elements_pb2.TIME_UNIT_WORKING_DAY:
            said = ngettext("%(num)s 个工作日", "%(num)s 个工作日", value)
        case elements_pb2.TIME_UNIT_CALENDAR_DAY:
            said = ngettext("%(num)s 个自然日", "%(num)s 个自然日", value)
        case elements_pb2.TIME_UNIT_MONTH:
            said = ngettext("%(num)s 个月", "%(num)s 个月", value)
        case elements_pb2.TIME_UNIT_YEAR:
            said = ngettext("%(num)s 年", "%(num)s 年", value)
        case _:
            said = ngettext("%(num)s 小时", "%(num)s 小时", value)
    return said % {"num": value}


def _moment(of: "date | datetime | Timestamp | str") -> "date | datetime | None":
    if isinstance(of, Timestamp):
        return of.ToDatetime(SHENZHEN) if of.seconds else None
    if isinstance(of, str):
        return date.fromisoformat(of) if of else None
    return of


def _locale() -> Locale:
    return _LOCALES[language()]
