"""The limit of a case as staff read it: in words, and in a colour that says no more than the words."""

from dataclasses import dataclass

from gateway.portal import cases, formats
from gateway.portal.texts import _
from yimen.intake.v1 import cases_pb2
from yimen.matters.v1 import elements_pb2

_State = cases_pb2.CaseState
# Days left at which a limit is said to be near.
NEAR = 2


@dataclass(frozen=True)
class Standing:
    """How a case stands against its limit. kind: good, warn, bad, info, plain. `due`: YYYY-MM-DD, or empty."""

    said: str
    kind: str
    due: str = ""


def standing(case: cases_pb2.Case) -> Standing:
    """The limit that binds whoever has the case now: that of the notice before acceptance, then the matter's."""
    clock = case.clock
    if case.notice_due_date:
        return _notice(case)
    if case.state in cases.RECEIVED and clock.unit:
        return Standing(_("告知期限已过，视为受理"), "bad", clock.due_date)
    if case.state == _State.CASE_STATE_SUSPENDED:
        return Standing(_("时限暂停"), "info")
    # The year of the law's limit alone may be unknown: the day that was promised is known all the same.
    if case.state in cases.UNDER_WAY and clock.unknown_year and not clock.due_date:
        return Standing(_("到期日待放假安排公布"), "plain")
    if case.state in cases.UNDER_WAY and clock.unit:
        return _running(clock)
    if case.state in cases.DECIDED and clock.unit:
        return _ended(clock)
    return Standing(_("不计时"), "plain")


def _notice(case: cases_pb2.Case) -> Standing:
    left = case.notice_left_days
    if not left:
        return Standing(_("今天是告知的最后一天"), "warn", case.notice_due_date)
    said = _("告知期限还剩 %(left)s") % {"left": formats.span(left, elements_pb2.TIME_UNIT_WORKING_DAY)}
    return Standing(said, "warn" if left <= NEAR else "good", case.notice_due_date)


def _running(clock: cases_pb2.CaseClock) -> Standing:
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


def _ended(clock: cases_pb2.CaseClock) -> Standing:
    if clock.overdue or clock.left_days < 0:
        return Standing(_("超期办理，用时 %(used)s") % {"used": formats.span(clock.used_days, clock.unit)}, "bad")
    if not clock.promised_days:
        return Standing(_("当场办结"), "good")
    return Standing(_("限内办理，用时 %(used)s") % {"used": formats.span(clock.used_days, clock.unit)}, "good")
