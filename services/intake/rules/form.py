"""The application form: JSON by the matter's JSON Schema (2020-12), every wrong field said at once in both languages.

No message repeats a value: what a person wrote does not belong in errors and logs.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema
import referencing
import rfc8785
from jsonschema.validators import Draft202012Validator

from services.chassis.errors import InvalidArgument, Violation

MAX_BYTES = 64 * 1024

# By JSON Schema keyword, with what the schema says there as {expected}.
_ZH = {
    "required": "必填",
    "additionalProperties": "表单中没有此项",
    "type": "类型不符，应为{expected}",
    "enum": "不在可选项之内",
    "const": "不在可选项之内",
    "oneOf": "不在可选项之内",
    "anyOf": "不在可选项之内",
    "minLength": "至少 {expected} 个字",
    "maxLength": "最多 {expected} 个字",
    "pattern": "格式不符",
    "format": "格式不符，应为{expected}",
    "minimum": "不得小于 {expected}",
    "maximum": "不得大于 {expected}",
    "exclusiveMinimum": "必须大于 {expected}",
    "exclusiveMaximum": "必须小于 {expected}",
    "multipleOf": "应为 {expected} 的倍数",
    "minItems": "至少 {expected} 项",
    "maxItems": "最多 {expected} 项",
    "uniqueItems": "有重复项",
}
_EN = {
    "required": "is required",
    "additionalProperties": "is not in the form",
    "type": "must be of the type {expected}",
    "enum": "is not one of the choices",
    "const": "is not one of the choices",
    "oneOf": "is not one of the choices",
    "anyOf": "is not one of the choices",
    "minLength": "must have at least {expected} characters",
    "maxLength": "must have at most {expected} characters",
    "pattern": "does not have the right form",
    "format": "must be a {expected}",
    "minimum": "must not be less than {expected}",
    "maximum": "must not be more than {expected}",
    "exclusiveMinimum": "must be more than {expected}",
    "exclusiveMaximum": "must be less than {expected}",
    "multipleOf": "must be a multiple of {expected}",
    "minItems": "must have at least {expected} items",
    "maxItems": "must have at most {expected} items",
    "uniqueItems": "has an item twice",
}


# What a schema calls a type or a format, as people call it.
_CALLED = {
    "date": ("日期（年-月-日）", "date (year-month-day)"),
    "email": ("电子邮箱", "e-mail address"),
    "string": ("文字", "text"),
    "integer": ("整数", "whole number"),
    "number": ("数字", "number"),
    "boolean": ("是或否", "yes or no"),
    "array": ("多项", "list"),
    "object": ("一组内容", "group"),
}


class FormTooLarge(InvalidArgument):
    """The form passes 64 KiB."""

    zh = "表单内容超过 {limit_kb} KB"
    en = "the form is larger than {limit_kb} KB"


class FormNotJson(InvalidArgument):
    """The form has a number that JSON cannot say."""

    zh = "表单中有无法表示的数值"
    en = "the form has a number that JSON cannot say"


def canonical(form: Mapping[str, Any]) -> bytes:
    """The form in its canonical form (RFC 8785); FormNotJson, FormTooLarge."""
    try:
        text = rfc8785.dumps(dict(form))
    except rfc8785.CanonicalizationError as error:
        raise FormNotJson from error
    if len(text) > MAX_BYTES:
        raise FormTooLarge(limit_kb=MAX_BYTES // 1024)
    return text


def violations(form: Mapping[str, Any], schema: Mapping[str, Any]) -> list[Violation]:
    """Every field that breaks the schema, in the order of the form. Nothing is fetched: the schema stands alone."""
    validator = Draft202012Validator(
        schema, registry=referencing.Registry(), format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    errors = sorted(validator.iter_errors(form), key=lambda error: error.json_path)
    return [violation for error in errors for violation in _said(error)]


def _said(error: jsonschema.ValidationError) -> Iterator[Violation]:
    for path, title_zh, title_en in _fields(error):
        keyword = str(error.validator)
        zh, en = _plain(error.validator_value)
        yield Violation(
            path, f"form.{keyword}",
            f"“{title_zh}”" + _ZH.get(keyword, "不符合要求").format(expected=zh),
            f"“{title_en}” " + _EN.get(keyword, "does not meet the form's rules").format(expected=en),
        )  # fmt: skip


def _plain(expected: Any) -> tuple[Any, Any]:
    """What a schema asks for, as people say it. Its numbers come out of a proto Struct as floats."""
    if isinstance(expected, str):
        return _CALLED.get(expected, (expected, expected))
    number = int(expected) if isinstance(expected, float) and expected.is_integer() else expected
    return number, number


def _fields(error: jsonschema.ValidationError) -> Iterator[tuple[str, str, str]]:
    """The fields that an error speaks of: path, Chinese and English title."""
    schema: Mapping[str, Any] = error.schema if isinstance(error.schema, Mapping) else {}
    filled: Any = error.instance
    path = "case.form" + error.json_path.removeprefix("$")
    properties: Mapping[str, Any] = schema.get("properties", {})
    match error.validator:
        case "required":
            names = [name for name in schema["required"] if error.message.startswith(f"{name!r} is")]
        case "additionalProperties":
            names = [name for name in filled if name not in properties]
        case _:
            yield path, *_titles(schema, path.rpartition(".")[2])
            return
    for name in names:
        yield f"{path}.{name}", *_titles(properties.get(name, {}), name)


def _titles(schema: Mapping[str, Any], name: str) -> tuple[str, str]:
    title = schema.get("title", name)
    return title, schema.get("x-title-en", title)
