"""What the gateway itself answers, when a call does not get as far as a service: google.rpc.Status in both languages."""

import base64
import hashlib
from dataclasses import dataclass
from typing import Any

from google.protobuf import any_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2

DOMAIN = "yimen"


@dataclass(frozen=True)
class Reply:
    """One refusal of the gateway, told by its HTTP status."""

    http: int
    code: str
    reason: str
    zh: str
    en: str

    @property
    def number(self) -> int:
        """The gRPC status code."""
        return int(code_pb2.Code.Value(self.code))


REPLIES = (
    Reply(400, "INVALID_ARGUMENT", "REQUEST_MALFORMED", "请求格式有误", "the request is malformed"),
    Reply(
        401,
        "UNAUTHENTICATED",
        "TOKEN_REFUSED",
        "缺少访问令牌，或令牌无效、已过期，请先登录",
        "the access token is missing, invalid or expired: sign in first",
    ),
    Reply(403, "PERMISSION_DENIED", "REFUSED_AT_THE_DOOR", "请求被拒绝", "the request was refused at the gateway"),
    Reply(404, "UNIMPLEMENTED", "PATH_UNKNOWN", "没有这个接口", "there is no such method or path"),
    Reply(405, "UNIMPLEMENTED", "METHOD_NOT_ALLOWED", "此路径不支持该方法", "the path does not take this method"),
    Reply(408, "DEADLINE_EXCEEDED", "TOOK_TOO_LONG", "请求超时，请重试", "the request took too long: try again"),
    Reply(413, "RESOURCE_EXHAUSTED", "MESSAGE_TOO_LARGE", "请求超过 4 MB 的上限", "the request is larger than 4 MB"),
    Reply(
        429, "RESOURCE_EXHAUSTED", "TOO_MANY_CALLS", "请求过于频繁，请稍后重试", "too many calls: wait a little and try again"
    ),
    Reply(431, "INVALID_ARGUMENT", "HEADERS_TOO_LARGE", "请求头过大", "the request's headers are too large"),
    Reply(502, "UNAVAILABLE", "SERVICE_AWAY", "服务暂时不可用，请稍后重试", "the service does not answer: try again shortly"),
    Reply(503, "UNAVAILABLE", "SERVICE_AWAY", "服务暂时不可用，请稍后重试", "the service does not answer: try again shortly"),
    Reply(504, "DEADLINE_EXCEEDED", "TOOK_TOO_LONG", "服务处理超时，请重试", "the service took too long: try again"),
)


def local_reply_config() -> dict[str, Any]:
    """Envoy's local_reply_config: the same Status as a service's, as JSON to JSON callers and as metadata to gRPC callers."""
    mappers = []
    for reply in REPLIES:
        mappers.append(_to_grpc(reply))
        mappers.append(_to_browser(reply))
        mappers.append(_to_json(reply))
    return {"mappers": mappers}


def _to_browser(reply: Reply) -> dict[str, Any]:
    """What a person reads where the portal itself does not answer."""
    policy = f"default-src 'none'; style-src 'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'"
    page = _PAGE.format(style=_STYLE, zh=reply.zh, en=reply.en[0].upper() + reply.en[1:])
    return {
        "filter": {"and_filter": {"filters": [_status_is(reply.http), _IS_BROWSER]}},
        "body_format_override": {
            # Envoy puts its own values where it reads a %.
            "text_format_source": {"inline_string": page.replace("%", "%%")},
            "content_type": "text/html; charset=utf-8",
        },
        "headers_to_add": [
            {"header": {"key": "content-security-policy", "value": policy}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}
        ],
    }


def _to_json(reply: Reply) -> dict[str, Any]:
    body = {
        "code": reply.number,
        "message": reply.en,
        "details": [
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": reply.reason,
                "domain": DOMAIN,
                # Envoy's own words, e.g. which query parameter is unknown.
                "metadata": {"detail": "%LOCAL_REPLY_BODY%", "cause": "%RESPONSE_CODE_DETAILS%"},
            },
            *(
                {"@type": "type.googleapis.com/google.rpc.LocalizedMessage", "locale": locale, "message": text}
                for locale, text in (("zh-CN", reply.zh), ("en", reply.en))
            ),
        ],
    }
    return {"filter": _status_is(reply.http), "body_format_override": {"json_format": body}}


def _to_grpc(reply: Reply) -> dict[str, Any]:
    headers = {"grpc-status": str(reply.number), "grpc-status-details-bin": details(reply)}
    return {
        "filter": {"and_filter": {"filters": [_status_is(reply.http), _IS_GRPC, _WAS_NOT_JSON]}},
        "body_format_override": {"text_format_source": {"inline_string": reply.en}},
        "headers_to_add": [
            {"header": {"key": key, "value": value}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}
            for key, value in headers.items()
        ],
    }


def details(reply: Reply) -> str:
    """The value of grpc-status-details-bin: google.rpc.Status with the reason and both languages, base64 without padding."""
    status = status_pb2.Status(code=reply.number, message=reply.en)
    for detail in (
        error_details_pb2.ErrorInfo(reason=reply.reason, domain=DOMAIN),
        error_details_pb2.LocalizedMessage(locale="zh-CN", message=reply.zh),
        error_details_pb2.LocalizedMessage(locale="en", message=reply.en),
    ):
        packed = any_pb2.Any()
        packed.Pack(detail)
        status.details.append(packed)
    return base64.b64encode(status.SerializeToString(deterministic=True)).decode().rstrip("=")


def _status_is(status: int) -> dict[str, Any]:
    key = f"gateway.replies.{status}"
    return {"status_code_filter": {"comparison": {"op": "EQ", "value": {"default_value": status, "runtime_key": key}}}}


# The transcoder turns a JSON call into a gRPC call and leaves the path that it came by.
_WAS_NOT_JSON = {"header_filter": {"header": {"name": "x-envoy-original-path", "present_match": True, "invert_match": True}}}

_IS_BROWSER = {"header_filter": {"header": {"name": "accept", "string_match": {"contains": "text/html"}}}}

_STYLE = """
body { max-width: 40rem; margin: 15vh auto; padding: 0 1.5rem; font: 1.125rem/1.6 system-ui, sans-serif; color: #1c2430 }
a { color: #0b4a8f }
"""
_PAGE = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{zh}</title>
<style>{style}</style>
</head>
<body><main>
<h1>{zh}</h1>
<p lang="en">{en}.</p>
<p><a href="/">返回首页 <span lang="en">Home</span></a></p>
</main></body>
</html>
"""

_IS_GRPC = {
    "header_filter": {
        "header": {"name": "content-type", "string_match": {"prefix": "application/grpc"}},
    }
}
