"""The clock of a case as people read it: in words, and in a colour that says no more than the words."""

from dataclasses import dataclass

from gateway.portal import formats
from gateway.portal.texts import _
from yimen.intake.v1 import cases_pb2

# Days left at which a limit is said to be near.
NEAR = 2
# A limit of more days is shown by a bar: so many squares would not be read as days any more.
_SQUARES = 40


@dataclass(frozen=True)
class Standing:
    """How a case stands against its limit. kind: good, warn, bad, info, plain. `due`: YYYY-MM-DD, or empty."""

    said: str
    kind: str
    due: str = ""


def running(clock: cases_pb2.CaseClock) -> Standing:
    """The limit of a case that is under way."""
    # The year of the law's limit alone may be unknown: the day that was promised is known all the same.
    if clock.unknown_year and not clock.due_date:
        return Standing(_("到期日待放假安排公布"), "plain")
    if clock.overdue:
        return Standing(
            _("超期 %(over)s") % {"over": formats.span(max(-clock.left_days, 1), clock.unit)}, "bad", clock.due_date
        )
    # 即办件: nothing but the day itself is promised.
    if not clock.promised_days:
        return Standing(_("应当场办结"), "warn", clock.due_date)
    if not clock.left_days:
        return Standing(_("今天到期"), "warn", clock.due_date)
    said = _("还剩 %(left)s") % {"left": formats.span(clock.left_days, clock.unit)}
    return Standing(said, "warn" if clock.left_days <= NEAR else "good", clock.due_date)


def ended(clock: cases_pb2.CaseClock) -> Standing:
    """The limit of a case that was decided."""
    if clock.overdue or clock.left_days < 0:
        return Standing(_("超期办理，用时 %(used)s") % {"used": formats.span(clock.used_days, clock.unit)}, "bad")
    if not clock.promised_days:
        return Standing(_("当场办结"), "good")
    return Standing(_("限内办理，用时 %(used)s") % {"used": formats.span(clock.used_days, clock.unit)}, "good")


def in_words(clock: cases_pb2.CaseClock) -> str:
    """How a clock stands, whatever became of its case."""
    if clock.running:
        return running(clock).said
    if clock.entries and clock.entries[-1].kind == "suspended":
        return _("时限暂停")
    said = _("超期办理，用时 %(used)s") if clock.overdue else _("用时 %(used)s")
    return said % {"used": formats.span(clock.used_days, clock.unit)}


def days(clock: cases_pb2.CaseClock) -> list[str]:
    """A word for each day of the limit: used, left, over; none where the limit is too long, or is none."""
    left, over = max(clock.left_days, 0), min(max(-clock.left_days, 0), _SQUARES)
    used = max(clock.used_days - over, 0)
    if not clock.promised_days or used + left > _SQUARES:
        return []
    return ["used"] * used + ["left"] * left + ["over"] * over
