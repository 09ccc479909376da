"""Who answers for a matter, by which code and by what law."""

from collections.abc import Iterable

from services.matters.rules.codes import ImplementationCode, type_code
from services.matters.rules.rule import Candidate, Facts, rule
from services.matters.rules.shape import LegalRank, MatterType

_SETS_A_LICENCE = {
    LegalRank.LAW,
    LegalRank.ADMINISTRATIVE_REGULATION,
    LegalRank.STATE_COUNCIL_DECISION,
    LegalRank.LOCAL_REGULATION,
}


@rule("GB/T 39046-2020 表 4-11", "unit", "实施主体 {unit} 不在单位名录中", "the unit {unit} is not known")
def unit_known(c: Candidate) -> Iterable[Facts]:
    """A matter is answered for by a unit of the list."""
    if c.unit_code is None:
        yield {"unit": c.elements.unit or "（空）"}


@rule(
    "C0109.1 / GB/T 39554.1-2020, GB 32100-2015",
    "implementation_code",
    "实施编码“{code}”应为统一社会信用代码 18 位、行使层级 1 位、基本编码 12 位，且校验位正确",
    "the implementation code “{code}” must be a valid credit code (18), a level (1) and a basic code (12)",
)
def code_well_formed(c: Candidate) -> Iterable[Facts]:
    """The code can be taken apart."""
    if ImplementationCode.parse(c.elements.implementation_code) is None:
        yield {"code": c.elements.implementation_code}


@rule(
    "C0109.1 / GB/T 39554.1-2020",
    "implementation_code",
    "实施编码中的{part_zh}为 {coded}，与要素 {stated} 不一致",
    "the implementation code says {coded} for the {part_en}, the elements say {stated}",
)
def code_agrees(c: Candidate) -> Iterable[Facts]:
    """What the code says is what the elements say."""
    code = ImplementationCode.parse(c.elements.implementation_code)
    if code is None:
        return
    e = c.elements
    for part_zh, part_en, coded, stated in (
        ("实施主体", "unit", code.subject, c.unit_code),
        ("行使层级", "exercise level", code.level, str(int(e.exercise_level))),
        ("基本编码", "basic code", str(code.basic), e.basic_code),
        ("事项类型", "matter type", code.basic.matter_type, type_code(e.matter_type)),
    ):
        if stated is not None and coded != stated:
            yield {"part_zh": part_zh, "part_en": part_en, "coded": coded, "stated": stated}


@rule(
    "C0109.1 唯一性",
    "implementation_code",
    "编码已用于在列事项 {live}",
    "the code is that of {live}, which is on the list",
)
def code_unique(c: Candidate) -> Iterable[Facts]:
    """No two live matters have one code."""
    if c.live:
        yield {"live": c.live}


@rule(
    "行政许可法第十四条、第十五条",
    "legal_basis",
    "行政许可须由法律、行政法规、国务院决定或地方性法规设定",
    "a licence must be set by a law, a regulation of State Council or province, or a State Council decision",
)
def licence_has_statutory_basis(c: Candidate) -> Iterable[Facts]:
    """No rank below may set a licence (a provincial rule may, for one year)."""
    e = c.elements
    ranks = {basis.rank for basis in e.legal_basis}
    if e.matter_type == MatterType.LICENCE and not ranks & _SETS_A_LICENCE:
        yield {}
