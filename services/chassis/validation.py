"""The rules that the contracts put on fields (protovalidate), said in both languages."""

import protovalidate
from google.protobuf.message import Message

from services.chassis.errors import InvalidFields, Violation

# The Chinese sentence for each standard rule; rules that are not here are said by their id.
_ZH = {
    "required": "必填",
    "string.min_len": "过短",
    "string.max_len": "过长",
    "string.pattern": "格式不符",
    "string.email": "不是有效的电子邮箱地址",
    "string.email_empty": "不是有效的电子邮箱地址",
    "string.in": "不在允许的取值之内",
    "bytes.min_len": "内容为空",
    "bytes.max_len": "内容过大",
    "enum.defined_only": "不在允许的取值之内",
    "enum.not_in": "必选",
    "int32.gte": "数值过小",
    "int32.gte_lte": "数值超出范围",
    "int64.gte": "数值过小",
    "repeated.min_items": "至少需要一项",
    "repeated.max_items": "项目过多",
}


def check(request: Message) -> None:
    """Passes a request that keeps the rules of its contract; else InvalidFields with every violation."""
    violations = [_said(violation) for violation in protovalidate.collect_violations(request)]
    if violations:
        raise InvalidFields(violations)


def _said(violation: protovalidate.Violation) -> Violation:
    proto = violation.proto
    path = ""
    for element in proto.field.elements if proto.field else ():
        path += f".{element.field_name}" if path else element.field_name
        if element.subscript is not None:
            path += f"[{element.subscript.value}]"
    rule = proto.rule_id
    return Violation(path, rule, f"{path}: {_ZH.get(rule, f'不符合规则 {rule}')}", f"{path}: {proto.message or rule}")
