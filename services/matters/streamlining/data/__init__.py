"""Chains and the reference programme as data."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent


def chains() -> Mapping[str, Mapping[str, Any]]:
    """Chains by their names halls/{hall}/chains/{chain}: display_name (zh, en) and the ids of their matters."""
    kept: Mapping[str, Mapping[str, Any]] = _read("chains.yaml")
    return kept


def programme() -> Mapping[str, Any]:
    """The reference programme: its figures, and what it does with which matters."""
    kept: Mapping[str, Any] = _read("programme.yaml")
    return kept


def _read(file: str) -> Any:
    return yaml.safe_load((FOLDER / file).read_text(encoding="utf-8"))
