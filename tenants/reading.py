"""YAML with its lines, and departures: what is wrong in which file, at which line, by which rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import yaml

# What YAML holds before a model gives it types: maps, lists, text, and None for a plain `null`. Numbers stay
# text because YAML 1.1 would read 14:00 as 840, and because a division code is no number.
Tree: TypeAlias = "dict[str, Tree] | list[Tree] | str | None"
Settings: TypeAlias = dict[str, Tree]
Trail: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, order=True)
class Departure:
    """A line that breaks a rule."""

    file: str
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: [{self.rule}] {self.message}"


class TenantsInvalid(Exception):
    """The data cannot be used; `departures` names every reason, in the order of files and lines."""

    def __init__(self, departures: Iterable[Departure]) -> None:
        self.departures = tuple(sorted(set(departures)))
        super().__init__("\n".join(map(str, self.departures)))


@dataclass(frozen=True)
class Page:
    """One YAML map, or a part of one, which knows the line of every key and item in it."""

    file: str
    settings: Settings
    lines: Mapping[Trail, int]

    def line(self, trail: Trail) -> int:
        """The line that states `trail`, or the nearest thing above it that is stated."""
        while trail not in self.lines:
            trail = trail[:-1]
        return self.lines[trail]

    def part(self, *trail: str) -> Page:
        """What stands under `trail`, as a page of its own; empty where nothing does."""
        tree: Tree = self.settings
        for key in trail:
            tree = tree.get(key) if isinstance(tree, dict) else None
        under = {path[len(trail) :]: line for path, line in self.lines.items() if path[: len(trail)] == trail}
        return Page(self.file, tree if isinstance(tree, dict) else {}, {(): self.line(trail), **under})

    def without(self, *keys: str) -> Page:
        """The page less some of its keys."""
        return Page(self.file, {k: v for k, v in self.settings.items() if k not in keys}, self.lines)

    def departure(self, trail: Trail, rule: str, message: str) -> Departure:
        return Departure(self.file, self.line(trail), rule, message)


def leaves(settings: Settings, trail: Trail = ()) -> Iterator[Trail]:
    """The trail of every value that is not a map."""
    for key, value in settings.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, (*trail, key))
        else:
            yield (*trail, key)


def read(content: bytes, name: str) -> Page:
    """The YAML map that a file holds; TenantsInvalid where it is none, or states a key twice."""
    reader = _Reader(name)
    try:
        node = yaml.compose(content, Loader=yaml.CBaseLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise TenantsInvalid([Departure(name, line, "yaml", error.problem or "cannot be read")]) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise TenantsInvalid([Departure(name, 1, "yaml", " ".join(str(error).split()))]) from error
    settings = reader.tree(node, ()) if node is not None else {}
    if not isinstance(settings, dict):
        reader.departures.append(Departure(name, 1, "yaml", "a map is expected"))
    if reader.departures or not isinstance(settings, dict):
        raise TenantsInvalid(reader.departures)
    return Page(name, settings, reader.lines)


class _Reader:
    """Turns YAML nodes into a tree and remembers where each key and item stands."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Trail, int] = {(): 1}
        self.departures: list[Departure] = []

    def tree(self, node: yaml.Node, trail: Trail) -> Tree:
        if isinstance(node, yaml.MappingNode):
            return self._map(node, trail)
        if isinstance(node, yaml.SequenceNode):
            return [self._item(item, (*trail, str(at))) for at, item in enumerate(node.value)]
        plain = isinstance(node, yaml.ScalarNode) and not node.style
        return None if plain and node.value in ("", "~", "null") else str(node.value)

    def _map(self, node: yaml.MappingNode, trail: Trail) -> Settings:
        found: Settings = {}
        for key_node, value_node in node.value:
            line, key = key_node.start_mark.line + 1, str(key_node.value)
            if not isinstance(key_node, yaml.ScalarNode):
                self.departures.append(Departure(self.file, line, "yaml", "a key must be text"))
                continue
            if key in found:
                first = self.lines[(*trail, key)]
                self.departures.append(Departure(self.file, line, "yaml", f"{key!r} is stated twice, first in line {first}"))
                continue
            self.lines[(*trail, key)] = line
            found[key] = self.tree(value_node, (*trail, key))
        return found

    def _item(self, node: yaml.Node, trail: Trail) -> Tree:
        self.lines[trail] = node.start_mark.line + 1
        return self.tree(node, trail)
