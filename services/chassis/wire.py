"""Refusals and mishaps as gRPC says them: google.rpc.Status with ErrorInfo, BadRequest and both languages."""

import logging

import grpc
from google.protobuf import any_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status
from pymongo.errors import PyMongoError

from services.chassis.errors import InvalidFields, Refusal, Unavailable

log = logging.getLogger(__name__)
DOMAIN = "yimen"
# A refusal travels in the trailing metadata, of which gRPC takes 8 KB: some 200 bytes for each of these.
_MOST_VIOLATIONS = 30


class StoreAway(Unavailable):
    """The store does not answer."""

    zh = "数据服务暂时不可用，请稍后重试"
    en = "the store does not answer: try again shortly"


class ServiceAway(Unavailable):
    """Another service does not answer."""

    zh = "所需服务暂时不可用，请稍后重试"
    en = "another service does not answer: try again shortly"


class Mishap(Refusal):
    """A mistake of ours; what it was stays in the log."""

    zh = "系统内部错误，请联系管理员并提供跟踪号 {trace}"
    en = "an internal error: tell the operator the trace {trace}"


def status_of(error: BaseException, trace_id: str) -> status_pb2.Status:
    """The status that tells a client of an error; everything that is no refusal is logged here and masked."""
    if isinstance(error, Refusal):
        return _said(error)
    if isinstance(error, grpc.RpcError):
        return _passed_on(error)
    if isinstance(error, PyMongoError):
        log.warning("the store does not answer: %s", error)
        return _said(StoreAway())
    log.error("a mishap", exc_info=error)
    return _said(Mishap(trace=trace_id), code_pb2.INTERNAL)


def _passed_on(error: grpc.RpcError) -> status_pb2.Status:
    """What another service refused is refused in its words; that it is away is said as such."""
    status = rpc_status.from_call(error) if isinstance(error, grpc.Call) else None
    if status is not None and status.details:
        return status
    log.warning("another service does not answer: %s", error)
    return _said(ServiceAway())


def _said(refusal: Refusal, code: int | None = None) -> status_pb2.Status:
    status = status_pb2.Status(
        code=code_pb2.Code.Value(refusal.kind.value) if code is None else code,
        message=refusal.message("en"),
    )
    facts = {key: str(value) for key, value in refusal.facts.items()}
    details = [error_details_pb2.ErrorInfo(reason=refusal.reason, domain=DOMAIN, metadata=facts)]
    if isinstance(refusal, InvalidFields):
        details.append(_bad_request(refusal))
    details += [error_details_pb2.LocalizedMessage(locale=tag, message=refusal.message(tag[:2])) for tag in ("zh-CN", "en")]
    for detail in details:
        packed = any_pb2.Any()
        packed.Pack(detail)
        status.details.append(packed)
    return status


def _bad_request(refusal: InvalidFields) -> error_details_pb2.BadRequest:
    """The first of what is wrong; the message says how many there are."""
    return error_details_pb2.BadRequest(
        field_violations=[
            error_details_pb2.BadRequest.FieldViolation(
                field=violation.field,
                reason=violation.rule,
                description=violation.en,
                localized_message=error_details_pb2.LocalizedMessage(locale="zh-CN", message=violation.zh),
            )
            for violation in refusal.violations[:_MOST_VIOLATIONS]
        ]
    )
