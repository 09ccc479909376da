"""What went wrong, in words that a person can act on."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from gateway.portal.texts import _, language

_STATUS = {
    grpc.StatusCode.INVALID_ARGUMENT: 400,
    grpc.StatusCode.UNAUTHENTICATED: 401,
    grpc.StatusCode.PERMISSION_DENIED: 403,
    grpc.StatusCode.NOT_FOUND: 404,
    grpc.StatusCode.FAILED_PRECONDITION: 409,
    grpc.StatusCode.ALREADY_EXISTS: 409,
    grpc.StatusCode.ABORTED: 409,
    grpc.StatusCode.RESOURCE_EXHAUSTED: 429,
    grpc.StatusCode.UNAVAILABLE: 503,
    grpc.StatusCode.DEADLINE_EXCEEDED: 503,
    grpc.StatusCode.UNIMPLEMENTED: 503,
}
# A sentence that names a resource by its address was written for programs.
_NAMED = re.compile(r"\b(halls|people|units|organisations)/")
# A form whose token is not the visitor's any more.
OUTLIVED = "FORM_OUTLIVED"


@dataclass(frozen=True)
class Problem:
    """A refusal: HTTP status, the service's UPPER_SNAKE reason, its sentence in the page's language, and the wrong fields by
    their paths in the request, with what is wrong."""

    status: int
    reason: str = ""
    message: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The heading of its page."""
        if self.reason == OUTLIVED:
            return _("请核对后再次提交")
        return {
            400: _("请求有误"),
            401: _("请先登录"),
            403: _("您没有权限查看此页"),
            404: _("没有找到这个页面"),
            409: _("现在不能这样做"),
            413: _("文件太大"),
            429: _("操作过于频繁"),
            503: _("服务暂时不可用"),
        }.get(self.status, _("出了点问题"))

    @property
    def advice(self) -> str:
        """What to do now."""
        return {
            400: _("请返回上一页，检查所填内容后再试。"),
            401: _("登录已过期。请重新登录，您填写的内容不会丢失。"),
            403: _("如果您认为应当可以查看，请退出后换用另一个U盾登录，或向大厅工作人员咨询。"),
            404: _("地址可能有误，或者内容已经不在这里。您可以从首页搜索。"),
            409: _("请返回上一页刷新后再试。"),
            413: _("请减小文件后再上传。"),
            429: _("请稍等一分钟再试。"),
            503: _("请稍后再试。如情况紧急，可到就近大厅窗口办理。"),
        }.get(self.status, _("问题已记录。请稍后再试，或到就近大厅窗口办理。"))


class Refused(Exception):
    """Raised by a page itself; its problem is shown as an error page."""

    def __init__(self, status: int, message: str = "", reason: str = "") -> None:
        super().__init__(message)
        self.problem = Problem(status, reason, message)


def away(error: grpc.RpcError) -> bool:
    """Whether the service does not answer at all, so that a page may show what it has without it."""
    assert isinstance(error, grpc.Call)
    return _STATUS.get(error.code()) == 503


def problem(error: grpc.RpcError) -> Problem:
    """The problem that a service's refusal is."""
    assert isinstance(error, grpc.Call)
    status = _STATUS.get(error.code(), 500)
    reason, sentences, fields = "", {}, {}
    for detail in getattr(rpc_status.from_call(error), "details", ()):
        for kind in (error_details_pb2.ErrorInfo, error_details_pb2.LocalizedMessage, error_details_pb2.BadRequest):
            message = kind()
            if not detail.Unpack(message):
                continue
            if isinstance(message, error_details_pb2.ErrorInfo):
                reason = message.reason
            elif isinstance(message, error_details_pb2.LocalizedMessage):
                sentences[message.locale[:2]] = message.message
            else:
                fields = {wrong.field: _wrong(wrong) for wrong in message.field_violations}
    sentence = sentences.get(language(), "")
    return Problem(status, reason, _in_words(reason) if _NAMED.search(sentence) else sentence, fields)


def _in_words(reason: str) -> str:
    match reason:
        case "STALE_ETAG" | "CHANGED_MEANWHILE":
            return _("内容刚刚在别处修改过，请核对后再试。")
        case "MATTER_NOT_PUBLISHED":
            return _("该事项已不在清单上。")
    return ""


def _wrong(violation: error_details_pb2.BadRequest.FieldViolation) -> str:
    return str((language() == "zh" and violation.localized_message.message) or violation.description)
