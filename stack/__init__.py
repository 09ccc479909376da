"""The platform on one machine without containers: store, broker, gateway, services and workers under one folder."""

from stack.platform import NotWell, Stack

__all__ = ["NotWell", "Stack"]
