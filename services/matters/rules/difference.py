"""What differs between two versions of elements, element by element; and elements with such differences applied. Pure.

Elements are plain JSON here: objects, lists, strings, numbers, truth values. An item of a list is known by what people know
it by, not by where it stands: a material that moves up has not changed. Within JSON that is not of fields (the form's schema)
an object is compared key by key, and a list is one value.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any, NamedTuple

# Fields whose content is free JSON.
_JSON = frozenset({"form_schema"})
# What an item of a list is known by: the first of these that it has.
_KNOWN_BY = ("id", "item", "question", "title", "display_name")
_TOKEN = re.compile(r"\.([a-z0-9_]+)|\[((?:[^\]\\]|\\.)*)\]")
_ABSENT: Any = type("Absent", (), {})()


class Kind(IntEnum):
    """How an element differs, as in the proto."""

    ADDED = 1
    REMOVED = 2
    CHANGED = 3


class Name(NamedTuple):
    """A name in both languages."""

    zh: str
    en: str


@dataclass(frozen=True)
class Change:
    """What differs in one element. `before` of what was added and `after` of what was removed are None and say nothing.

    The path of a list with CHANGED says that its order did: before and after are then what its items are known by.
    """

    path: str
    label: Name
    kind: Kind
    before: Any = None
    after: Any = None


class _Items(dict[str, Any]):
    """A list by what its items are known by, in its order."""


@dataclass(frozen=True)
class _Place:
    """Where in the elements: the path, the same without items, the name that people read, whether it is free JSON."""

    path: str
    field: str
    label: Name
    is_json: bool = False

    def at_field(self, name: str, names: Mapping[str, Name]) -> "_Place":
        field = f"{self.field}.{name}".lstrip(".")
        own = names.get(field, Name(name, name))
        label = Name(f"{self.label.zh}的{own.zh}", f"{self.label.en}, {own.en}") if self.field else own
        return _Place(f"{self.path}.{name}", field, label, name in _JSON)

    def at_item(self, key: str, title: Name) -> "_Place":
        label = Name(f"{self.label.zh}〔{title.zh}〕", f"{self.label.en} [{title.en}]")
        return replace(self, path=f"{self.path}[{_escaped(key)}]", label=label)


def difference(before: Mapping[str, Any], after: Mapping[str, Any], names: Mapping[str, Name]) -> list[Change]:
    """What differs from `before` to `after`, in the order of `names`: what fields are called, by paths as materials.copies."""
    return list(_changes(_tree(before), _tree(after), _Place("elements", "", Name("", "")), names))


def applied(before: Mapping[str, Any], changes: Iterable[Change]) -> dict[str, Any]:
    """The elements that `changes`, a difference from `before`, leads to; `before` stays as it is."""
    tree: dict[str, Any] = _tree(before)
    for change in changes:
        _apply(tree, change)
    plain: dict[str, Any] = _plain(tree)
    return plain


def _changes(before: Any, after: Any, place: _Place, names: Mapping[str, Name]) -> Iterator[Change]:
    if isinstance(before, _Items) and isinstance(after, _Items):
        yield from _in_list(before, after, place, names)
    elif isinstance(before, dict) and isinstance(after, dict):
        for key in _in_order([*before, *after], place, names):
            inner = place.at_item(key, Name(key, key)) if place.is_json else place.at_field(key, names)
            old, new = before.get(key, _ABSENT), after.get(key, _ABSENT)
            # A list that is not there is an empty one.
            if isinstance(old, _Items) or isinstance(new, _Items):
                old, new = (_Items() if side is _ABSENT else side for side in (old, new))
            yield from _changes(old, new, inner, names)
    elif not _same(before, after):
        yield _change(before, after, place)


def _in_list(before: _Items, after: _Items, place: _Place, names: Mapping[str, Name]) -> Iterator[Change]:
    order = [key for key in before if key in after] + [key for key in after if key not in before]
    for key in [*before, *(key for key in after if key not in before)]:
        old, new = before.get(key, _ABSENT), after.get(key, _ABSENT)
        yield from _changes(old, new, place.at_item(key, _title(old if new is _ABSENT else new, key)), names)
    if order != list(after):
        label = Name(f"{place.label.zh}的顺序", f"{place.label.en}, their order")
        yield Change(place.path, label, Kind.CHANGED, list(before), list(after))


def _change(before: Any, after: Any, place: _Place) -> Change:
    if before is _ABSENT:
        return Change(place.path, place.label, Kind.ADDED, None, _plain(after))
    if after is _ABSENT:
        return Change(place.path, place.label, Kind.REMOVED, _plain(before), None)
    return Change(place.path, place.label, Kind.CHANGED, _plain(before), _plain(after))


def _in_order(keys: Iterable[str], place: _Place, names: Mapping[str, Name]) -> list[str]:
    if place.is_json:
        return sorted(set(keys))
    ranks = {name: rank for rank, name in enumerate(names)}
    return sorted(set(keys), key=lambda key: (ranks.get(f"{place.field}.{key}".lstrip("."), len(ranks)), key))


def _apply(tree: dict[str, Any], change: Change) -> None:
    *above, last = _tokens(change.path)
    is_json = not _JSON.isdisjoint(above)
    for token in above:
        tree = tree.setdefault(token, _Items())
    if change.kind == Kind.REMOVED:
        del tree[last]
    elif isinstance(tree.get(last), _Items):
        tree[last] = _Items({key: tree[last][key] for key in change.after})
    else:
        tree[last] = _tree(change.after, is_json or last in _JSON)


def _tokens(path: str) -> list[str]:
    """The steps of a path after `elements`."""
    return [match[1] or re.sub(r"\\(.)", r"\1", match[2]) for match in _TOKEN.finditer(path)]


def _escaped(key: str) -> str:
    return re.sub(r"([\]\\])", r"\\\1", key)


def _tree(value: Any, is_json: bool = False) -> Any:
    """The same with each list of fields by what its items are known by."""
    if isinstance(value, Mapping):
        return {key: _tree(inner, is_json or key in _JSON) for key, inner in value.items()}
    if not isinstance(value, list) or is_json:
        return value
    items = _Items()
    for item in value:
        key = known = _known_by(item)
        turn = 1
        while key in items:
            turn += 1
            key = f"{known}#{turn}"
        items[key] = _tree(item)
    return items


def _plain(tree: Any) -> Any:
    if isinstance(tree, _Items):
        return [_plain(item) for item in tree.values()]
    if isinstance(tree, dict):
        return {key: _plain(inner) for key, inner in tree.items() if not (isinstance(inner, _Items) and not inner)}
    return tree


def _known_by(item: Any) -> str:
    if not isinstance(item, Mapping):
        return str(item)
    known = next((item[field] for field in _KNOWN_BY if item.get(field)), "")
    name = known.get("zh", "") if isinstance(known, Mapping) else known
    return f"{name} {item.get('article', '')}".strip()


def _title(item: Any, key: str) -> Name:
    """What people call an item."""
    name = item.get("display_name") if isinstance(item, dict) else None
    if not isinstance(name, dict):
        return Name(key, key)
    return Name(name.get("zh") or key, name.get("en") or name.get("zh") or key)


def _same(one: Any, other: Any) -> bool:
    """Equal as JSON: true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)
