"""The list as data: 53 units and 40 matters, proto JSON written as YAML; what completes it to 12,934; the code sets."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from google.protobuf import json_format

from services.matters.data import generated
from services.matters.data.forms import ordered
from services.matters.rules import codes
from services.matters.rules.codes import ImplementationCode
from yimen.matters.v1 import elements_pb2, matter_pb2, units_pb2

FOLDER = Path(__file__).parent
DISTRICT = "halls/440307"
# libyaml's parser reads the list in half a second, Python's own in five.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def units() -> Iterator[units_pb2.CreateUnitRequest]:
    """What creates each unit, in the list's order; ParseError names a field that is not of the contract."""
    for row in _read(FOLDER / "units.yaml"):
        unit_id, hall = row.pop("id"), row.pop("hall")
        unit = json_format.ParseDict(row, units_pb2.Unit())
        yield units_pb2.CreateUnitRequest(parent=hall, unit_id=unit_id, unit=unit)


def matters() -> Iterator[matter_pb2.CreateMatterRequest]:
    """What creates each reference matter; its file's name is its id. ParseError as above."""
    return _kept("matters")


def urban_renewal() -> Iterator[matter_pb2.CreateMatterRequest]:
    """What creates each matter of an urban-renewal project. ParseError as above."""
    return _kept("urban_renewal")


def _kept(folder: str) -> Iterator[matter_pb2.CreateMatterRequest]:
    for path in sorted((FOLDER / folder).glob("*.yaml")):
        said = _read(path)
        if schema := said["elements"].get("form_schema"):
            said["elements"]["form_schema"] = ordered(schema)
        matter = json_format.ParseDict(said, matter_pb2.Matter())
        yield _coded(matter_pb2.CreateMatterRequest(parent=DISTRICT, matter_id=path.stem, matter=matter))


def everything() -> Iterator[matter_pb2.CreateMatterRequest]:
    """What creates each of the 12,934 matters of the whole list: those kept as data, then the generated ones."""
    kept = [*matters(), *urban_renewal()]
    yield from kept
    yield from map(_coded, generated.matters(list(units()), kept))


def _coded(request: matter_pb2.CreateMatterRequest) -> matter_pb2.CreateMatterRequest:
    """With its codes of the earlier generations, which follow from the one that the data states and are as sure as that."""
    elements, provenance = request.matter.elements, request.matter.provenance
    code = ImplementationCode.parse(elements.implementation_code)
    stated = next((row for row in provenance if row.field_path == "elements.implementation_code"), None)
    if code is None:
        return request
    before = elements.gbt39046_implementation_code, elements.guangdong_code
    codes.complete(elements, code.subject, request.parent.removeprefix("halls/"))
    if stated is not None and not any(before):
        # The row of what no other row names stays the last.
        for field in ("guangdong_code", "gbt39046_implementation_code"):
            source = f"由实施编码推出：{stated.source}"
            provenance.insert(-1, elements_pb2.Provenance(field_path=f"elements.{field}", kind=stated.kind, source=source))
    return request


def fingerprint() -> str:
    """Changes with whatever the whole list is made from."""
    digest = hashlib.sha256()
    for path in sorted(path for path in FOLDER.rglob("*") if path.suffix in (".yaml", ".py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:32]


def code_sets() -> Mapping[str, Any]:
    """The code sets by name; each code has a title and, where a proto enum carries it, that value's name."""
    sets: Mapping[str, Any] = _read(FOLDER / "code_sets.yaml")
    return sets


def element_names() -> Mapping[str, Mapping[str, str]]:
    """What people call each element, zh and en, by its path in Elements without items, in the order of the contract."""
    names: Mapping[str, Mapping[str, str]] = _read(FOLDER / "element_names.yaml")
    return names


def _read(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), LOADER)  # noqa: S506 - both loaders are the safe ones
