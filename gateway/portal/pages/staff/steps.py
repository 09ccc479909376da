"""The steps that staff take: one press where nothing has to be said, a page where something has."""

from collections.abc import Mapping
from typing import Any

import grpc
from starlette.responses import Response

from gateway.portal import cases
from gateway.portal.names import name_of
from gateway.portal.pages.staff import acts, posts, refusals, trail, way
from gateway.portal.pages.staff.acts import Act
from gateway.portal.pages.staff.case import bench, changed_by, history, load, shown
from gateway.portal.pages.staff.work import address
from gateway.portal.problems import Problem, Refused, problem
from gateway.portal.routing import form, page
from gateway.portal.texts import _, speaking
from gateway.portal.visit import Visit
from yimen.intake.v1 import cases_pb2
from yimen.matters.v1 import elements_pb2

_DELIVERY = "delivery"
# The law lets their time be free only where the matter names them (行政许可法 art. 45).
_NAMED = frozenset({elements_pb2.SPECIAL_PROCEDURE_PUBLIC_NOTICE, elements_pb2.SPECIAL_PROCEDURE_SITE_INSPECTION})
_OUTCOMES = (cases_pb2.OUTCOME_GRANTED, cases_pb2.OUTCOME_REFUSED)
_REASON_LONGEST = 500
_REASONS_MOST = 20
# Letters that the services take of what is written.
_LONGEST = {"reason": _REASON_LONGEST, "result": 1000, "result_number": 50, "receiver": 100}


def ask(visit: Visit) -> Response:
    """The page of a step; the case itself where the step is not open any more."""
    act, case = _act(visit), load(visit)
    if not act.asks or not _open(visit, act, case):
        return visit.goto(way.onward(visit, address(case)))
    return _ask(visit, act, case)


def take(visit: Visit) -> Response:
    """Takes the step for the case as it was read: where somebody has changed it meanwhile, it is shown anew."""
    act, case = _act(visit), load(visit)
    current = visit.typed("etag", 64) in ("", case.etag) and _open(visit, act, case)
    if act.asks and (errors := _missing(visit, act)):
        return _ask(visit, act, case, errors) if current else _changed(visit, act, case)
    request = act.request(visit)
    request.name, request.etag, request.request_id = case.name, visit.typed("etag", 64), visit.request_id
    try:
        # Asked whether or not the case has changed: the same form sent twice was done once.
        getattr(visit.services.intake, act.rpc)(request)
    except grpc.RpcError as error:
        return _refused(visit, act, problem(error), error, request)
    return visit.goto(way.onward(visit, address(case), said=act.id))


def _open(visit: Visit, act: Act, case: cases_pb2.Case) -> bool:
    return act in acts.open_to(posts.roles_over(visit, case), case)


def _act(visit: Visit) -> Act:
    if visit.where["act"] not in acts.BY_ID:
        raise Refused(404)
    return acts.BY_ID[visit.where["act"]]


def _refused(visit: Visit, act: Act, met: Problem, error: grpc.RpcError, request: Any) -> Response:
    if met.status not in (400, 403, 409) or met.reason == "NOT_SIGNED_IN":
        raise error
    case = load(visit)
    # A case that is as it was read is told of by the service's own words.
    if met.reason in refusals.STALE and visit.typed("etag", 64) != case.etag:
        return _changed(visit, act, case)
    told = refusals.told(met, error, request, cases.terms(visit, case))
    if act.asks and _open(visit, act, case):
        return _ask(visit, act, case, told.fields, told.message, met.status)
    return shown(visit, case, told.message, status=met.status, typed=_written(visit, case) if act.asks else ())


def _changed(visit: Visit, act: Act, case: cases_pb2.Case) -> Response:
    """The case as it is now, with who changed it; what was written can be sent again, or copied where the step is closed."""
    entries = history(visit, case)
    if not act.asks:
        return visit.goto(way.onward(visit, address(case), changed=str(entries[-1].sequence)))
    read = visit.typed("etag", 64) == case.etag
    why = _("这一步现在不能由您办理。") if read else changed_by(visit, entries)
    if _open(visit, act, case):
        return _ask(visit, act, case, {}, why, 409)
    return shown(visit, case, why, status=409, typed=_written(visit, case))


def _written(visit: Visit, case: cases_pb2.Case) -> list[tuple[str, str]]:
    """What was written into the form of a step: what each field is called, and its text."""
    named = {
        "reason": _("理由"),
        "reasons": _("理由"),
        "result": _("特别程序的结果"),
        "receiver": _("签收人"),
        "result_number": _("结果证照编号"),
        "days": _("延长的工作日数"),
    }
    elements = cases.terms(visit, case)
    written = [(name, visit.typed(name, acts.KEPT)) for name in visit.form]
    return [
        (named.get(name) or trail.named(elements, name.removeprefix("reason.")), text)
        for name, text in written
        if text and (name in named or name.startswith("reason."))
    ]


def _ask(
    visit: Visit, act: Act, case: cases_pb2.Case, errors: Mapping[str, str] | None = None, refused: str = "", status: int = 400
) -> Response:
    entries = history(visit, case)
    beside = bench(visit, case, entries)
    hall = cases.hall_of(visit, case)
    return visit.render(
        "staff/act.html",
        status=status if errors or refused else 200,
        frames=True,
        act=act,
        named=acts.title(act),
        form_closed="" in case.settled_items,
        late=refusals.late(),
        errors=errors or {},
        refused=refused,
        typed=lambda name: visit.typed(name, acts.KEPT),
        phrases=_phrases(),
        longest=_said_while_typed,
        outcomes=[(value, name_of(value, "Outcome")) for value in _OUTCOMES],
        procedures=_procedures(beside["elements"]),
        counters=sorted(hall.counters, key=lambda counter: counter.function != _DELIVERY),
        licence=any(result.type == elements_pb2.RESULT_TYPE_LICENCE for result in beside["elements"].results),
        **beside,
    )


def _missing(visit: Visit, act: Act) -> dict[str, str]:
    """All that has to be said, or said shorter, before the service is asked, by field."""
    if act.id == "correct":
        return _missing_reasons(visit)
    if act.id == "decide":
        return _missing_decision(visit)
    wrong = {name: _too_long(longest) for name, longest in _LONGEST.items() if len(visit.typed(name, acts.KEPT)) > longest}
    if act.id == "suspend" and not acts.number(visit, "procedure"):
        wrong["procedure"] = _("请选择特别程序")
    if act.id == "extend" and not 1 <= acts.number(visit, "days") <= 10:
        wrong["days"] = _("请填写 1 至 10 之间的天数")
    if act.id in ("refuse", "terminate", "suspend", "extend") and not visit.typed("reason"):
        wrong["reason"] = _("请写明理由")
    if act.id == "deliver" and not visit.typed("receiver"):
        wrong["receiver"] = _("请填写签收人")
    return wrong


def _missing_reasons(visit: Visit) -> dict[str, str]:
    reasons = {name: visit.typed(name, acts.KEPT) for name in visit.form if name.startswith("reason.")}
    if not any(reasons.values()):
        return {next(iter(reasons), "reason."): _("请至少写明一项需要补正的内容")}
    return {name: _too_long(_REASON_LONGEST) for name, reason in reasons.items() if len(reason) > _REASON_LONGEST}


def _missing_decision(visit: Visit) -> dict[str, str]:
    outcome = acts.number(visit, "outcome")
    if outcome not in _OUTCOMES:
        return {"outcome": _("请选择决定")}
    reasons = acts.reasons(visit)
    if outcome == cases_pb2.OUTCOME_REFUSED and not reasons:
        return {"reasons": _("不予批准的决定应当说明理由")}
    if len(reasons) > _REASONS_MOST:
        return {"reasons": _("最多 %(most)s 项理由") % {"most": _REASONS_MOST}}
    if any(len(reason) > _REASON_LONGEST for reason in reasons):
        return {"reasons": _too_long(_REASON_LONGEST)}
    return {}


def _too_long(longest: int) -> str:
    return _("最多 %(longest)s 个字，请缩短") % {"longest": longest}


def _said_while_typed(longest: int, each: bool = False) -> dict[str, Any]:
    """The attributes by which a field says that it is too long before it is sent; `each`: of each line. Nothing is cut."""
    return {"data-longest": longest, "data-too-long": _too_long(longest), **({"data-each": True} if each else {})}


def _phrases() -> list[tuple[str, str]]:
    """What is often wrong with a material, to be chosen instead of typed: as the notice says it, and as the page does."""
    with speaking("zh"):
        noted = _said_often()
    return list(zip(noted, _said_often(), strict=True))


def _said_often() -> list[str]:
    return [
        _("未提交"),
        _("图像不清晰，无法辨认"),
        _("已过有效期"),
        _("缺少签名或者盖章"),
        _("与申请表填写的内容不一致"),
        _("不是规定的式样"),
        _("缺页"),
    ]


def _procedures(elements: elements_pb2.Elements) -> list[tuple[Any, str]]:
    free = [value for value in elements_pb2.SpecialProcedure.values() if value]
    allowed = [value for value in free if value not in _NAMED or value in elements.special_procedures]
    return [(value, name_of(value, "SpecialProcedure")) for value in allowed]


PLACES = (
    page("/work/cases/{hall}/{case}/{act}", ask, signed_in=True),
    form("/work/cases/{hall}/{case}/{act}", take),
)
