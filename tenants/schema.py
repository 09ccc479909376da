"""The JSON Schemas that editors check and complete the files with, made from the models."""

from __future__ import annotations

import json
from typing import Any

from tenants.compiling import BELOW, UNIFIED
from tenants.models import Own, Settings

_DIALECT = "http://json-schema.org/draft-07/schema#"  # the one that editors' YAML servers know best
_PATCH = "Patch"


def schemas() -> dict[str, str]:
    """The schema files by their names in the folder, as text."""
    made = {"schema.json": _halls(), "standards/schema.json": _standard()}
    return {name: json.dumps(schema, ensure_ascii=False, indent=2) + "\n" for name, schema in made.items()}


def _standard() -> dict[str, Any]:
    schema = _schema(Settings)
    reason = {"type": "string", "description": "why the field is unified"}
    schema["properties"] = {
        UNIFIED: {"type": "object", "additionalProperties": reason},
        **schema["properties"],
    }
    schema["required"] = [UNIFIED, *schema["required"]]
    return {"$schema": _DIALECT, **schema, "title": "The standard of a tier"}


def _halls() -> dict[str, Any]:
    own, settings = _schema(Own), _schema(Settings)
    whole = settings.pop("$defs") | own.pop("$defs")
    patches = {f"{name}{_PATCH}": _patch(each, whole) for name, each in whole.items() if _is_map(each)}
    patch = _patch(settings, whole)
    fields = {**own["properties"], BELOW: {"$ref": "#/$defs/Below"}, **patch["properties"]}
    hall = {**own, "properties": fields}
    below = {**patch, "description": "what holds for every hall beneath this one"}
    return {
        "$schema": _DIALECT,
        "title": "Halls by their codes",
        "type": "object",
        "additionalProperties": False,
        "patternProperties": {r"^(\d{6}|\d{9}|\d{12})$": {"$ref": "#/$defs/Hall"}},
        "$defs": {"Hall": hall, "Below": below, **whole, **patches},
    }


def _schema(model: type[Own] | type[Settings]) -> dict[str, Any]:
    return {"additionalProperties": False, **model.model_json_schema()}


def _patch(schema: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    """The schema of a merge patch (RFC 7386): any key may be left out, null removes, a list comes whole."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/$defs/")
        return {**schema, "$ref": f"{schema['$ref']}{_PATCH}"} if _is_map(whole[name]) else schema
    if not _is_map(schema):
        return schema
    patch = {key: value for key, value in schema.items() if key not in ("required", "minProperties")}
    if "properties" in schema:
        patch["properties"] = {key: _patch(value, whole) for key, value in schema["properties"].items()}
    if "patternProperties" in schema:
        removable = {
            key: {"anyOf": [_patch(value, whole), {"type": "null"}]} for key, value in schema["patternProperties"].items()
        }
        patch["patternProperties"] = removable
    return patch


def _is_map(schema: dict[str, Any]) -> bool:
    return schema.get("type") == "object"
