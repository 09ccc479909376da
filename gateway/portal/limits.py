"""The limit that binds whoever has a case now."""

from gateway.portal import cases, clocks, formats
from gateway.portal.clocks import Standing
from gateway.portal.texts import _
from yimen.intake.v1 import cases_pb2
from yimen.matters.v1 import elements_pb2

_State = cases_pb2.CaseState


def standing(case: cases_pb2.Case) -> Standing:
    """The limit that binds whoever has the case now: that of the notice before acceptance, then the matter's."""
    clock = case.clock
    if case.notice_due_date:
        return _notice(case)
    if case.state in cases.RECEIVED and clock.unit:
        return Standing(_("告知期限已过，视为受理"), "bad", clock.due_date)
    if case.state == _State.CASE_STATE_SUSPENDED:
        return Standing(_("时限暂停"), "info")
    if case.state in cases.UNDER_WAY and clock.unit:
        return clocks.running(clock)
    if case.state in cases.DECIDED and clock.unit:
        return clocks.ended(clock)
    return Standing(_("不计时"), "plain")


def _notice(case: cases_pb2.Case) -> Standing:
    left = case.notice_left_days
    if not left:
        return Standing(_("今天是告知的最后一天"), "warn", case.notice_due_date)
    said = _("告知期限还剩 %(left)s") % {"left": formats.span(left, elements_pb2.TIME_UNIT_WORKING_DAY)}
    return Standing(said, "warn" if left <= clocks.NEAR else "good", case.notice_due_date)
