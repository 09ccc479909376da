"""The platform's API as a client calls it through the public port: as gRPC, or as JSON by the protos' google.api.http rules."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

import grpc
import httpx
from google.api import annotations_pb2, http_pb2, httpbody_pb2
from google.protobuf import json_format
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

# Seconds; a call that takes longer has failed.
PATIENCE = 20.0
_VARIABLE = re.compile(r"\{([\w.]+)(?:=([^}]+))?\}")


class Transport(Protocol):
    """Carries one call of any RPC. A streamed request is an iterable of messages, a streamed reply a list."""

    def call(self, method: MethodDescriptor, request: Message | Iterable[Message], headers: Mapping[str, str]) -> Any:
        """The reply; grpc.RpcError or JsonRefused where the call is refused."""


class JsonRefused(Exception):
    """A call as JSON was refused: the HTTP status and the google.rpc.Status of the body."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__(f"HTTP {status}: {body}")
        self.status = status
        self.body = body


class Grpc:
    """Calls over one channel."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._channel = channel

    def call(self, method: MethodDescriptor, request: Message | Iterable[Message], headers: Mapping[str, str]) -> Any:
        """As `Transport`."""
        path = f"/{method.containing_service.full_name}/{method.name}"
        kind = f"{_arity(method.client_streaming)}_{_arity(method.server_streaming)}"
        rpc = getattr(self._channel, kind)(
            path,
            request_serializer=GetMessageClass(method.input_type).SerializeToString,
            response_deserializer=GetMessageClass(method.output_type).FromString,
        )
        if method.client_streaming:
            request = iter(request)  # type: ignore[arg-type]
        reply = rpc(request, timeout=PATIENCE, metadata=tuple(headers.items()))
        return list(reply) if method.server_streaming else reply


class Json:
    """Calls over HTTP/1.1 with JSON bodies, at a base URL."""

    def __init__(self, base_url: str) -> None:
        self._http = httpx.Client(base_url=base_url, timeout=PATIENCE, trust_env=False)

    def call(self, method: MethodDescriptor, request: Message | Iterable[Message], headers: Mapping[str, str]) -> Any:
        """As `Transport`."""
        messages = [request] if isinstance(request, Message) else list(request)
        rule = _binding(method, messages[0])
        fields, path = _path(rule, messages[0])
        content: bytes | None = None
        media_type = "application/json"
        if rule.body and method.client_streaming:
            # A streamed body is a google.api.HttpBody: the file itself, as any HTTP client sends it.
            bodies = [getattr(message, rule.body) for message in messages]
            content, media_type = b"".join(body.data for body in bodies), bodies[0].content_type
            fields.pop(rule.body, None)
        elif rule.body == "*":
            content, fields = _json(fields), {}
        elif rule.body:
            content = _json(fields.pop(rule.body, {}))
        verb = rule.WhichOneof("pattern")
        more = {"content-type": media_type} if content is not None else {}
        reply = self._http.request(
            str(verb).upper(), path, params=list(_query(fields)), content=content, headers={**headers, **more}
        )
        if reply.is_error:
            raise JsonRefused(reply.status_code, reply.text)
        return _reply(method, reply)


def _arity(streaming: bool) -> str:
    return "stream" if streaming else "unary"


def _reply(method: MethodDescriptor, reply: httpx.Response) -> Any:
    if method.output_type.full_name == httpbody_pb2.HttpBody.DESCRIPTOR.full_name:
        body = httpbody_pb2.HttpBody(content_type=reply.headers.get("content-type", ""), data=reply.content)
        return [body] if method.server_streaming else body
    return json_format.Parse(reply.content, GetMessageClass(method.output_type)())


def _binding(method: MethodDescriptor, request: Message) -> http_pb2.HttpRule:
    """The first HTTP rule of the RPC whose path the request's names fit."""
    first: http_pb2.HttpRule = method.GetOptions().Extensions[annotations_pb2.http]
    for rule in (first, *first.additional_bindings):
        template = str(getattr(rule, str(rule.WhichOneof("pattern"))))
        if all(_fits(pattern, _value(request, field)) for field, pattern in _VARIABLE.findall(template)):
            return rule
    raise ValueError(f"no HTTP rule of {method.full_name} fits {request}")


def _path(rule: http_pb2.HttpRule, request: Message) -> tuple[dict[str, Any], str]:
    """The request's fields that the path does not carry, by their JSON names, and the path."""
    fields: dict[str, Any] = json_format.MessageToDict(request)
    template = str(getattr(rule, str(rule.WhichOneof("pattern"))))
    for field, _ in _VARIABLE.findall(template):
        _take(fields, field)
    return fields, _VARIABLE.sub(lambda variable: _value(request, variable[1]), template)


def _take(fields: dict[str, Any], path: str) -> None:
    first, _, rest = path.partition(".")
    if rest:
        _take(fields.get(first, {}), rest)
    else:
        fields.pop(first, None)


def _fits(pattern: str, value: str) -> bool:
    parts = re.split(r"(\*\*|\*)", pattern or "*")
    regex = "".join({"*": "[^/]+", "**": ".+"}.get(part, re.escape(part)) for part in parts)
    return re.fullmatch(regex, value) is not None


def _value(request: Message, path: str) -> str:
    value: Any = request
    for field in path.split("."):
        value = getattr(value, field)
    return str(value)


def _query(fields: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in fields.items():
        if isinstance(value, dict):
            yield from _query(value, f"{prefix}{name}.")
            continue
        for each in value if isinstance(value, list) else [value]:
            yield f"{prefix}{name}", str(each).lower() if isinstance(each, bool) else str(each)


def _json(fields: Mapping[str, Any]) -> bytes:
    # The fields came from a message, so they are JSON already.
    return json.dumps(fields, ensure_ascii=False).encode()
