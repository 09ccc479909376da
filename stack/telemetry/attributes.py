"""OTLP attributes as plain values."""

from collections.abc import Iterable

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

Value = str | bool | int | float


def plain(attributes: Iterable[KeyValue]) -> dict[str, Value]:
    """Attributes by their keys; arrays become one text, maps and bytes an empty one."""
    return {attribute.key: _value(attribute.value) for attribute in attributes}


def _value(value: AnyValue) -> Value:
    match value.WhichOneof("value"):
        case "string_value":
            return value.string_value
        case "bool_value":
            return value.bool_value
        case "int_value":
            return value.int_value
        case "double_value":
            return value.double_value
        case "array_value":
            return ", ".join(str(_value(each)) for each in value.array_value.values)
        case _:
            return ""
