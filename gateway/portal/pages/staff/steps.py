"""The steps that staff take: one press where nothing has to be said, a page where something has."""

from typing import Any

import grpc
from starlette.responses import Response

from gateway.portal import cases
from gateway.portal.names import name_of
from gateway.portal.pages.staff import acts, posts
from gateway.portal.pages.staff.acts import Act
from gateway.portal.pages.staff.case import bench, history, load, shown
from gateway.portal.pages.staff.work import address
from gateway.portal.problems import Problem, Refused, problem
from gateway.portal.routing import form, page
from gateway.portal.texts import _
from gateway.portal.visit import Visit
from yimen.intake.v1 import intake_pb2
from yimen.matters.v1 import elements_pb2

_DELIVERY = "delivery"
# The law lets their time be free only where the matter names them (行政许可法 art. 45).
_NAMED = frozenset({elements_pb2.SPECIAL_PROCEDURE_PUBLIC_NOTICE, elements_pb2.SPECIAL_PROCEDURE_SITE_INSPECTION})
_OUTCOMES = (intake_pb2.OUTCOME_GRANTED, intake_pb2.OUTCOME_REFUSED)
_REASON_LONGEST = 500


def ask(visit: Visit) -> Response:
    """The page of a step; the case itself where the step is not open any more."""
    act, case = _act(visit), load(visit)
    if not act.asks or act not in acts.open_to(posts.roles_over(visit, case), case):
        return visit.goto(address(case))
    return _ask(visit, act, case)


def take(visit: Visit) -> Response:
    """Takes the step for the case as it was read: where somebody has changed it meanwhile, it is shown anew."""
    act, case = _act(visit), load(visit)
    if act.asks and (errors := _missing(visit, act, case)):
        return _ask(visit, act, case, errors)
    request = act.request(visit)
    request.name, request.etag, request.request_id = case.name, visit.typed("etag", 64), visit.request_id
    try:
        getattr(visit.services.intake, act.rpc)(request)
    except grpc.RpcError as error:
        return _refused(visit, act, problem(error), error)
    return visit.goto(f"{address(case)}?said={act.id}")


def _act(visit: Visit) -> Act:
    if visit.where["act"] not in acts.BY_ID:
        raise Refused(404)
    return acts.BY_ID[visit.where["act"]]


def _refused(visit: Visit, act: Act, met: Problem, error: grpc.RpcError) -> Response:
    if met.status not in (400, 403, 409) or met.reason == "NOT_SIGNED_IN":
        raise error
    case = load(visit)
    if act.asks and act in acts.open_to(posts.roles_over(visit, case), case):
        return _ask(visit, act, case, refused=met)
    return shown(visit, case, met)


def _ask(
    visit: Visit, act: Act, case: intake_pb2.Case, errors: dict[str, str] | None = None, refused: Problem | None = None
) -> Response:
    beside = bench(visit, case, history(visit, case))
    hall = cases.hall_of(visit, case)
    return visit.render(
        "staff/act.html",
        status=400 if errors else refused.status if refused else 200,
        frames=True,
        act=act,
        named=acts.title(act),
        desk=posts.desk_of(visit, case),
        errors=errors or {},
        refused=refused,
        typed=lambda name: visit.typed(name),
        phrases=_phrases(),
        outcomes=[(value, name_of(value, "Outcome")) for value in _OUTCOMES],
        procedures=_procedures(beside["elements"]),
        counters=sorted(hall.counters, key=lambda counter: counter.function != _DELIVERY),
        licence=any(result.type == elements_pb2.RESULT_TYPE_LICENCE for result in beside["elements"].results),
        **beside,
    )


def _missing(visit: Visit, act: Act, case: intake_pb2.Case) -> dict[str, str]:
    """What has to be said before the service is asked, by field."""
    match act.id:
        case "correct":
            return _missing_reasons(visit)
        case "refuse" | "terminate" | "suspend" | "extend" if not visit.typed("reason"):
            return {"reason": _("请写明理由")}
        case "suspend" if not visit.typed("procedure"):
            return {"procedure": _("请选择特别程序")}
        case "extend" if not 1 <= acts.number(visit, "days") <= 10:
            return {"days": _("请填写 1 至 10 之间的天数")}
        case "decide":
            return _missing_decision(visit)
        case "deliver" if not visit.typed("receiver"):
            return {"receiver": _("请填写签收人")}
    return {}


def _missing_reasons(visit: Visit) -> dict[str, str]:
    reasons = {name: visit.typed(name) for name in visit.form if name.startswith("reason.")}
    if not any(reasons.values()):
        return {"reason.": _("请至少写明一项需要补正的内容")}
    return {name: _too_long() for name, reason in reasons.items() if len(reason) > _REASON_LONGEST}


def _missing_decision(visit: Visit) -> dict[str, str]:
    outcome = acts.number(visit, "outcome")
    if outcome not in _OUTCOMES:
        return {"outcome": _("请选择决定")}
    if outcome == intake_pb2.OUTCOME_REFUSED and not visit.typed("reasons"):
        return {"reasons": _("不予批准的决定应当说明理由")}
    if any(len(line.strip()) > _REASON_LONGEST for line in visit.typed("reasons").splitlines()):
        return {"reasons": _too_long()}
    return {}


def _too_long() -> str:
    return _("每项理由最多 500 个字")


def _phrases() -> list[str]:
    """What is often wrong with a material, to be chosen instead of typed."""
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
