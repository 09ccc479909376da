"""Application forms as they are kept: JSON Schema, whose questions are asked in the order in which the file lists them."""

from typing import Any


def ordered(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with the order of its properties said as `x-order`, since a proto Struct keeps none."""
    told = {key: ordered(value) if isinstance(value, dict) else value for key, value in schema.items()}
    properties = schema.get("properties")
    if schema.get("type") == "object" and isinstance(properties, dict):
        told.setdefault("x-order", list(properties))
    return told
