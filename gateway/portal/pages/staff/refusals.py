"""What a service refuses, in the words of who handles a case: names instead of ids, and at the field that it is about."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from markupsafe import Markup, escape

from gateway.portal import formats
from gateway.portal.formats import filled
from gateway.portal.names import name_of
from gateway.portal.pages.staff import trail
from gateway.portal.problems import Problem
from gateway.portal.texts import _
from yimen.matters.v1 import elements_pb2

# Somebody was faster.
STALE = frozenset({"STALE_ETAG", "CHANGED_MEANWHILE", "WRONG_STATE"})
# The fields of the pages by those of the requests.
_FIELDS = {"working_days": "days"}
# A resource's name, or a word of the contract: nothing that a clerk knows.
_STRANGE = re.compile(r"\b(halls|units|people|organisations|cases)/|\b[A-Z]+_[A-Z_]+\b")


@dataclass(frozen=True)
class Told:
    """A refusal as it is shown. `fields`: what is wrong with the fields of the page."""

    message: str
    fields: Mapping[str, str] = field(default_factory=dict)


def told(met: Problem, error: grpc.RpcError, request: Any, elements: elements_pb2.Elements) -> Told:
    """The refusal of a request, for who sent it."""
    facts = _facts(error)
    if met.reason == "INVALID_FIELDS":
        return Told(_plain(met), _at_fields(met, request))
    if met.reason == "NOT_TOLD_AT_ONCE":
        late = ["" if one == "form" else one for one in facts.get("items", "").split(", ")]
        return Told(_late(late, elements), {f"reason.{one}": _late([one], elements) for one in late})
    said = _SAID.get(met.reason)
    if said is None:
        return Told(_plain(met))
    name, message = said
    words = message(facts) or _plain(met)
    return Told(words, {name: words} if name else {})


def late() -> str:
    """Why a material cannot be asked for any more."""
    return _("上次补正告知没有提出，此后也没有变动，依法不能再要求补正")


def _late(materials: list[str], elements: elements_pb2.Elements) -> Markup:
    named = escape(_("、")).join(trail.named(elements, one) for one in materials)
    return filled(_("%(materials)s：%(why)s"), materials=named, why=late())


# By reason: the field that it is about, empty for none, and what is said; nothing for the service's own sentence.
_SAID: dict[str, tuple[str, Callable[[Mapping[str, str]], str]]] = {
    "ROLE_MISSING": ("", lambda facts: _roles(facts.get("roles", ""))),
    "NOT_YOURS": ("", lambda _facts: _("您的岗位不办理这个办件。")),
    "REQUEST_ID_REUSED": ("", lambda _facts: _("这个表单已经提交过一次，内容与这次不同。请核对办件后重新填写。")),
    "NOTICE_TOO_LATE": (
        "",
        lambda facts: (
            _("自%(day)s收到申请材料已逾五个工作日，依法视为受理，不能再补正告知或者不予受理。")
            % {"day": formats.day(facts.get("received", ""))}
        ),
    ),
    "LIMIT_PASSED": (
        "",
        lambda facts: _("期限已于%(day)s届满，不能再延长。") % {"day": formats.day(facts.get("due", ""))},
    ),
    "PROCEDURE_NOT_NAMED": (
        "procedure",
        lambda facts: (
            _("这个事项的办理时限不能扣除“%(procedure)s”的时间")
            % {"procedure": name_of(f"SPECIAL_PROCEDURE_{facts.get('procedure', 'UNSPECIFIED')}", "SpecialProcedure")}
        ),
    ),
    "EXTENSION_OUT_OF_RANGE": ("days", lambda _facts: _("请填写 1 至 10 之间的天数")),
    "REASONS_MISSING": ("reasons", lambda _facts: _("不予批准的决定应当说明理由")),
    "RESULT_NUMBER_MISSING": ("result_number", lambda _facts: _("请填写结果证照编号")),
    "COUNTER_UNKNOWN": ("counter", lambda _facts: _("大厅已没有这个窗口，请另选")),
    "MATERIALS_MISSING": ("outcome", lambda _facts: ""),
}


def _roles(listed: str) -> str:
    names = [name_of(f"ROLE_{one.strip().removeprefix('ROLE_')}", "Role") for one in listed.split(",") if one.strip()]
    return _("这一步由%(roles)s办理，您没有这个岗位。") % {"roles": _("、").join(filter(None, names))}


def _plain(met: Problem) -> str:
    """The service's sentence, where it says nothing but words."""
    return (
        met.message if met.message and not _STRANGE.search(met.message) else _("这一步没有办成，请核对所填内容和办件后再试。")
    )


def _at_fields(met: Problem, request: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for path, said in met.fields.items():
        name, _bracket, rest = path.partition("[")
        if name == "items":
            at = int(rest.partition("]")[0])
            name = f"reason.{request.items[at].material}"
        found[_FIELDS.get(name, name)] = said if _STRANGE.search(said) is None else _("填写不符合要求")
    return found


def _facts(error: grpc.RpcError) -> Mapping[str, str]:
    """What a refusal says beside its sentence."""
    assert isinstance(error, grpc.Call)
    info = error_details_pb2.ErrorInfo()
    found = any(detail.Unpack(info) for detail in getattr(rpc_status.from_call(error), "details", ()))
    return dict(info.metadata) if found else {}
