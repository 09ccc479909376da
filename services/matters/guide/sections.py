"""The elements of a matter in readable order: what a resident asks first comes first, codes come last."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from services.matters import data
from services.matters.guide import form, schema, words
from services.matters.guide.words import joined, label, listed, of_both, phrase, text
from yimen.api.v1 import text_pb2
from yimen.halls.v1 import halls_pb2
from yimen.matters.v1 import elements_pb2, guide_pb2

Rows = Iterable[guide_pb2.GuideRow]


def of(
    elements: elements_pb2.Elements, provenance: Iterable[elements_pb2.Provenance], units: Mapping[str, str]
) -> Iterator[guide_pb2.GuideSection]:
    """The sections of a guide; `units` are the display names of the units that the elements name.

    A section that has nothing to say is left out, but for those whose silence would be a question: conditions and fees.
    """
    for id_, rows in (
        ("basics", _basics(elements, units)),
        ("limits", _limits(elements)),
        ("conditions", _numbered(elements.conditions) or [_row(text(""), phrase("no_conditions"))]),
        ("prerequisites", _prerequisites(elements)),
        ("form", _form(elements)),
        ("steps", _steps(elements)),
        ("channels", _channels(elements)),
        ("fees", _fees(elements) or [_row(text(""), phrase("no_fee"))]),
        ("results", _results(elements)),
        ("basis", _basis(elements)),
        ("contacts", _contacts(elements.contacts)),
        ("codes", _codes(elements)),
        ("sources", _sources(provenance)),
    ):
        told = [row for row in rows if row.value.zh]
        if told:
            yield guide_pb2.GuideSection(id=id_, title=words.section(id_), rows=told)


def materials(elements: elements_pb2.Elements, matter: str) -> Iterator[guide_pb2.GuideMaterial]:
    """The materials of a matter, each with how it is asked for, who issues it, what its class means, and its sample."""
    forms = f"/v1/{matter}/form" if form.is_kept(elements) else ""
    for material in elements.materials:
        yield guide_pb2.GuideMaterial(
            material=material,
            asked_for=joined([phrase("required" if material.required else "if_applicable"), _copies(material)]),
            issued_by=of_both(material.issued_by),
            class_meaning=_class(material.material_class),
            notes=of_both(material.notes),
            sample=material.sample or (forms if form.is_filled_by(material) else ""),
        )


def _basics(e: elements_pb2.Elements, units: Mapping[str, str]) -> Rows:
    yield _row(label("name"), e.display_name)
    yield _row(label("keywords"), text("、".join(e.keywords)))
    yield _row(label("unit"), text(units.get(e.unit, e.unit)), e.unit)
    yield _row(label("joint_units"), listed(text(units.get(unit, unit)) for unit in e.joint_units))
    yield _row(label("service_objects"), words.codes(elements_pb2.ServiceObject, e.service_objects))
    yield _row(label("matter_type"), words.code(elements_pb2.MatterType, e.matter_type))
    yield _row(label("case_type"), words.code(elements_pb2.CaseType, e.case_type))
    yield _row(label("exercise_level"), words.code(elements_pb2.ExerciseLevel, e.exercise_level))
    yield _row(label("subject_nature"), words.code(elements_pb2.SubjectNature, e.subject_nature))
    yield _row(label("accepted_at"), words.codes(halls_pb2.Tier, e.accepted_at))
    yield _row(label("handled_at"), words.codes(halls_pb2.Tier, e.handled_at))
    yield _row(label("quantity_limit"), of_both(e.quantity_limit) if e.quantity_limit else phrase("no_limit"))
    yield _row(label("intermediary_service"), of_both(e.intermediary_service) if e.intermediary_service else phrase("none"))


def _limits(e: elements_pb2.Elements) -> Rows:
    for name, limit in (("promised_limit", e.promised_limit), ("statutory_limit", e.statutory_limit)):
        yield _row(label(name), joined([words.limit(limit), of_both(limit.explanation)]))
    yield _row(label("special_procedures"), words.codes(elements_pb2.SpecialProcedure, e.special_procedures))


def _prerequisites(e: elements_pb2.Elements) -> Rows:
    for number, before in enumerate(e.prerequisites, 1):
        where = text("") if before.matter else phrase("another_authority")
        yield _row(_number(number), joined([of_both(before.display_name), where]), before.matter)


def _form(e: elements_pb2.Elements) -> Rows:
    for field in schema.fields(e):
        must = phrase("required_field" if field.is_required else "optional_field")
        yield _row(field.title, joined([must, listed(field.choices)]))


def _steps(e: elements_pb2.Elements) -> Rows:
    for number, step in enumerate(e.steps, 1):
        yield _row(
            _number(number),
            joined(
                [
                    step.display_name,
                    of_both(step.who),
                    words.code(elements_pb2.SpecialProcedure, step.special_procedure),
                    text(words.days(step.working_days, "zh"), words.days(step.working_days, "en")),
                ]
            ),
        )


def _channels(e: elements_pb2.Elements) -> Rows:
    yield _row(label("channels"), words.codes(elements_pb2.Channel, e.channels))
    yield _row(label("online_depth"), words.code(elements_pb2.OnlineDepth, e.online_depth))
    yield _row(label("visits"), text(f"{e.visits} 次", str(e.visits)) if e.visits else phrase("no_visit"))
    yield _row(label("visits_reason"), of_both(e.visits_reason))


def _fees(e: elements_pb2.Elements) -> list[guide_pb2.GuideRow]:
    return [
        _row(
            text(fee.item, words.english(fee.item)),
            joined(
                [
                    _amount(fee.amount_fen),
                    of_both(fee.standard),
                    _prefixed(phrase("fee_basis"), of_both(fee.basis)),
                ]
            ),
        )
        for fee in e.fees
    ]


def _results(e: elements_pb2.Elements) -> Rows:
    for number, result in enumerate(e.results, 1):
        yield _row(
            _number(number),
            joined(
                [
                    of_both(result.display_name),
                    words.code(elements_pb2.ResultType, result.type),
                    _prefixed(phrase("valid"), of_both(result.validity)),
                ]
            ),
        )


def _basis(e: elements_pb2.Elements) -> Rows:
    for basis in e.legal_basis:
        rank = words.code(elements_pb2.LegalRank, basis.rank)
        title = basis.title if basis.title.startswith("《") else f"《{basis.title}》"
        named = text(title + (f"（{basis.number}）" if basis.number else "") + basis.article)
        yield _row(rank if rank.zh else words.section("basis"), joined([named, text(basis.text)]))


def _contacts(c: elements_pb2.Contacts) -> Rows:
    for name in ("consultation_telephone", "complaint_telephone", "address", "opening_hours"):
        said = of_both(getattr(c, name))
        if said.zh and c.placeholder:
            doubt = phrase("to_be_confirmed")
            said = text(said.zh + doubt.zh, f"{said.en or said.zh} {doubt.en}")
        yield _row(label(name), said)


def _codes(e: elements_pb2.Elements) -> Rows:
    for name in ("implementation_code", "basic_code", "gbt39046_implementation_code", "gbt39046_basic_code", "guangdong_code"):
        yield _row(label(name), text(getattr(e, name)))


def _sources(provenance: Iterable[elements_pb2.Provenance]) -> Rows:
    for row in provenance:
        field = row.field_path.removeprefix("elements.")
        title = label("other_elements") if field == "*" else _title_of(field)
        yield _row(title, joined([words.code(elements_pb2.ProvenanceKind, row.kind), words.source(row.source)]))


def _title_of(field: str) -> text_pb2.Text:
    """The name of an element that a row of provenance speaks of, after the names of what it is a part of."""
    names, parts = _names(), re.sub(r"\[.*?\]", "", field).split(".")
    paths = [".".join(parts[: i + 1]) for i in range(len(parts))]
    titles = [names.get(path, {"zh": parts[i], "en": parts[i]}) for i, path in enumerate(paths)]
    return text("：".join(title["zh"] for title in titles), ": ".join(title["en"] for title in titles))


@lru_cache
def _names() -> Mapping[str, Mapping[str, str]]:
    return data.element_names()


def _copies(material: elements_pb2.Material) -> text_pb2.Text:
    """How many originals and copies."""
    counted = ((material.originals, "原件", "original"), (material.copies, "复印件", "copy"))
    return listed(
        text(f"{zh} {n} 份", f"{n} {en if n == 1 else 'copies' if en == 'copy' else 'originals'}") for n, zh, en in counted if n
    )


def _class(value: int) -> text_pb2.Text:
    """The letter of a class, its title and its meaning."""
    letter, title = elements_pb2.MaterialClass.Name(value)[-1:], words.code(elements_pb2.MaterialClass, value)  # type: ignore[arg-type]
    meaning = words.class_meaning(value)
    if not title.zh:
        return text("")
    return text(f"{letter} 类（{title.zh}）：{meaning.zh}", f"Class {letter}, {title.en.lower()}: {meaning.en}")


def _amount(fen: int) -> text_pb2.Text:
    """An amount in yuan."""
    return text(f"{fen / 100:,.2f} 元", f"CNY {fen / 100:,.2f}") if fen else phrase("fee_by_case")


def _prefixed(name: text_pb2.Text, said: text_pb2.Text) -> text_pb2.Text:
    if not said.zh:
        return said
    return text(f"{name.zh}：{said.zh}", f"{name.en}: {said.en}" if said.en else "")


def _numbered(lines: Iterable[str]) -> list[guide_pb2.GuideRow]:
    return [_row(_number(number), of_both(line)) for number, line in enumerate(lines, 1)]


def _number(number: int) -> text_pb2.Text:
    return text(str(number), str(number))


def _row(name: text_pb2.Text, value: text_pb2.Text, resource: str = "") -> guide_pb2.GuideRow:
    return guide_pb2.GuideRow(label=name, value=value, resource=resource)
