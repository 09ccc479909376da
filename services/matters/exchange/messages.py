"""A matter as proto JSON, the form of JSON lines and YAML, into the message; every fault is said by its field."""

import math
import re
from typing import Any

from google.protobuf import json_format

from services.chassis.errors import Violation
from services.matters.exchange.rows import Row
from yimen.matters.v1 import matter_pb2

_ID = re.compile(r"[a-z0-9-]{1,64}")
# What the service itself says of a matter: read over, so that an export can be imported again.
_OUTPUT = frozenset(field for field in matter_pb2.Matter.DESCRIPTOR.fields_by_name if field not in ("elements", "provenance"))
_CAMEL = re.compile(r"(?<=[a-z0-9])([A-Z])")
# An alias of YAML can make a small text an endless matter.
_MAX_NODES = 20_000


def row_of(number: int, content: Any) -> Row:
    """The row that a parsed object says."""
    if not isinstance(content, dict):
        return Row(number, wrong=[Violation("row", "ROW_MALFORMED", "该行不是一个对象", "the row is no object")])
    if _is_endless(content):
        wrong = Violation("row", "ROW_TOO_LARGE", f"该行多于 {_MAX_NODES} 个值", f"the row has more than {_MAX_NODES} values")
        return Row(number, wrong=[wrong])
    content = {_snake(str(key)): value for key, value in content.items()}
    matter_id = str(content.pop("id", None) or str(content.get("name") or "").rpartition("/")[2])
    row = Row(number, matter_id, wrong=id_faults(matter_id))
    row.matter = _message({key: value for key, value in content.items() if key not in _OUTPUT}, row.wrong)
    return row


def id_faults(matter_id: str) -> list[Violation]:
    """What is wrong with the id of a row."""
    if not matter_id:
        return [Violation("id", "ID_MISSING", "缺少事项标识", "the matter's id is missing")]
    if not _ID.fullmatch(matter_id):
        zh = f"事项标识“{matter_id[:70]}”只能由 1 至 64 个小写字母、数字和连字符组成"
        en = f"the id “{matter_id[:70]}” must be 1 to 64 lower-case letters, digits and hyphens"
        return [Violation("id", "ID_MALFORMED", zh, en)]
    return []


def _message(content: dict[str, Any], wrong: list[Violation]) -> matter_pb2.Matter | None:
    try:
        matter = matter_pb2.Matter()
        json_format.ParseDict(content, matter)
    except (json_format.ParseError, TypeError, ValueError, RecursionError) as error:
        wrong.append(_said(str(error)))
        return None
    return matter


def _said(error: str) -> Violation:
    """What the parser says, with the field that it speaks of."""
    unknown = re.search(r'has no field named "([^"]+)"(?: at "([^"]*)")?', error)
    if unknown:
        where = ".".join(part for part in ((unknown[2] or "").removeprefix("Matter").strip("."), unknown[1]) if part)
        return Violation(where, "FIELD_UNKNOWN", f"没有名为 {where} 的字段", f"there is no field {where}")
    failed = re.search(r"Failed to parse ([\w.\[\]]+) field: (.*)", error, re.DOTALL)
    where, what = (_path(failed[1], failed[2]), _last(failed[2])) if failed else ("row", error)
    return Violation(where, "VALUE_MALFORMED", f"{where} 的值无法读取：{what[:200]}", f"{where} cannot be read: {what[:200]}")


def _path(first: str, rest: str) -> str:
    parts = [first, *re.findall(r"Failed to parse ([\w.\[\]]+) field", rest)]
    return ".".join(parts)


def _last(rest: str) -> str:
    return rest.rpartition(" field: ")[2].strip().rstrip(".")


def _snake(key: str) -> str:
    return _CAMEL.sub(lambda match: f"_{match[1].lower()}", key)


def _is_endless(content: Any) -> bool:
    waiting, seen = [content], 0
    while waiting:
        value = waiting.pop()
        seen += 1
        if seen > _MAX_NODES:
            return True
        if isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, float) and not math.isfinite(value):
            return False
    return False
