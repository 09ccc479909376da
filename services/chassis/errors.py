"""Refusals: named errors that carry facts and speak both languages.

Rules raise them; only the pipeline knows how gRPC says them. This module reaches nothing but the standard library.
"""

import re
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar


class Kind(Enum):
    """How a refusal is said on the wire: the names are those of google.rpc.Code."""

    INVALID_ARGUMENT = "INVALID_ARGUMENT"
    FAILED_PRECONDITION = "FAILED_PRECONDITION"
    NOT_FOUND = "NOT_FOUND"
    ALREADY_EXISTS = "ALREADY_EXISTS"
    PERMISSION_DENIED = "PERMISSION_DENIED"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    ABORTED = "ABORTED"
    RESOURCE_EXHAUSTED = "RESOURCE_EXHAUSTED"
    UNAVAILABLE = "UNAVAILABLE"


class Refusal(Exception):
    """A named refusal. Subclasses give `zh` and `en`, templates over the facts that the raiser passes."""

    kind: ClassVar[Kind]
    zh: ClassVar[str]
    en: ClassVar[str]

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        super().__init__(self.message("en"))

    @property
    def reason(self) -> str:
        """The class name in UPPER_SNAKE, as ErrorInfo carries it."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type(self).__name__).upper()

    def message(self, language: str) -> str:
        """The sentence in `zh` or `en`."""
        return (self.zh if language == "zh" else self.en).format(**self.facts)


class InvalidArgument(Refusal):
    """The request is wrong whatever the state of the world."""

    kind = Kind.INVALID_ARGUMENT


class FailedPrecondition(Refusal):
    """The request is right, the state does not allow it."""

    kind = Kind.FAILED_PRECONDITION


class NotFound(Refusal):
    """Unknown, or out of the caller's scope: the two are not told apart."""

    kind = Kind.NOT_FOUND


class AlreadyExists(Refusal):
    """Another resource has what must be unique."""

    kind = Kind.ALREADY_EXISTS


class PermissionDenied(Refusal):
    """The caller is known and may not."""

    kind = Kind.PERMISSION_DENIED


class Unauthenticated(Refusal):
    """The caller is not known."""

    kind = Kind.UNAUTHENTICATED


class Aborted(Refusal):
    """Somebody else was faster: read again and decide again."""

    kind = Kind.ABORTED


class ResourceExhausted(Refusal):
    """A limit is reached."""

    kind = Kind.RESOURCE_EXHAUSTED


class Unavailable(Refusal):
    """Something that the call needs does not answer; the same call may succeed later."""

    kind = Kind.UNAVAILABLE


@dataclass(frozen=True)
class Violation:
    """One wrong field: its path in the request, the rule's id, and what is wrong in both languages."""

    field: str
    rule: str
    zh: str
    en: str


class InvalidFields(InvalidArgument):
    """Every wrong field of a request at once."""

    zh = "有 {count} 处填写不符合要求: {first_zh}"
    en = "{count} fields are wrong: {first_en}"

    def __init__(self, violations: list[Violation]) -> None:
        self.violations = violations
        first = violations[0]
        super().__init__(count=len(violations), first_zh=first.zh, first_en=first.en)


class ResourceUnknown(NotFound):
    """No resource of this name that the caller may see."""

    zh = "未找到 {name}"
    en = "{name} was not found"


class HallUnknown(NotFound):
    """No hall has this code."""

    zh = "没有代码为 {hall} 的大厅"
    en = "no hall has the code {hall}"


class StaleEtag(Aborted):
    """The resource changed since the caller read it."""

    zh = "{name} 已被修改，请刷新后重试"
    en = "{name} has changed since it was read: read it again"


class ChangedMeanwhile(Aborted):
    """Another writer changed the resource during the call."""

    zh = "{name} 正被他人修改，请重试"
    en = "{name} was changed by somebody else at the same time: try again"


class RequestIdReused(InvalidArgument):
    """A request_id came again with another request."""

    zh = "request_id {request_id} 已用于另一请求"
    en = "request_id {request_id} was used for another request"


class NothingSent(InvalidArgument):
    """A client's stream ended before its first message."""

    zh = "没有收到任何内容"
    en = "the client sent no message"


class PageTokenInvalid(InvalidArgument):
    """A page token that this list did not give."""

    zh = "page_token 无效"
    en = "the page_token is not one that this list gave"


class NotSignedIn(Unauthenticated):
    """The call needs a signed-in person."""

    zh = "请先登录"
    en = "sign in first"


class TokenInvalid(Unauthenticated):
    """The access token is expired, ended or not ours."""

    zh = "登录已失效，请重新登录: {why_zh}"
    en = "the access token is not valid: {why_en}"


class RoleMissing(PermissionDenied):
    """The caller holds no role that may do this here."""

    zh = "需要以下岗位之一: {roles}"
    en = "one of these roles is needed here: {roles}"


class NotYours(PermissionDenied):
    """The resource belongs to another person."""

    zh = "只能访问本人的 {name}"
    en = "{name} is another person's"
