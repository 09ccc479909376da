"""Who answers for a matter, by which code and by what law."""

from collections.abc import Iterable

from services.matters.rules.codes import EarlierCode, ImplementationCode, organisation_of, type_code
from services.matters.rules.rule import Candidate, Facts, rule
from services.matters.rules.shape import LegalRank, MatterType

_REGULATIONS = {LegalRank.LAW, LegalRank.ADMINISTRATIVE_REGULATION, LegalRank.LOCAL_REGULATION}
_SETS_A_LICENCE = _REGULATIONS | {LegalRank.STATE_COUNCIL_DECISION}
_SETS_A_PENALTY = _REGULATIONS | {LegalRank.DEPARTMENT_RULE, LegalRank.LOCAL_GOVERNMENT_RULE}
_GBT39046_LENGTH, _GUANGDONG_LENGTH = 24, 26


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
    "C0109.1 唯一性",
    "implementation_code",
    "编码曾用于 {former}，已取消事项的编码不再使用",
    "the code was that of {former}: a code is never used again",
)
def code_never_reused(c: Candidate) -> Iterable[Facts]:
    """What a code once meant it means for ever, in every case and licence that names it."""
    if c.former:
        yield {"former": c.former}


@rule(
    "GB/T 39046-2020 表 4-2、4-3, GB 11714",
    "{field}",
    "{field} 为 {coded}，应与实施编码一致（{follows}）",
    "{field} is {coded}; by the implementation code it must be {follows}",
)
def earlier_codes_agree(c: Candidate) -> Iterable[Facts]:
    """The codes of the earlier generations, where kept, name the same item, organisation and level."""
    code, e = ImplementationCode.parse(c.elements.implementation_code), c.elements
    if code is None:
        return
    if e.gbt39046_basic_code not in ("", code.basic.ten):
        yield {"field": "gbt39046_basic_code", "coded": e.gbt39046_basic_code, "follows": code.basic.ten}
    same = (organisation_of(code.subject), code.level, code.basic.ten)
    for field, coded, length in (
        ("gbt39046_implementation_code", e.gbt39046_implementation_code, _GBT39046_LENGTH),
        ("guangdong_code", e.guangdong_code, _GUANGDONG_LENGTH),
    ):
        earlier = EarlierCode.parse(coded)
        is_right = earlier and len(coded) == length and (earlier.organisation, earlier.level, earlier.ten) == same
        if coded and not is_right:
            yield {"field": field, "coded": coded, "follows": " · ".join(same)}


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


@rule(
    "行政处罚法第九条至第十四条",
    "legal_basis",
    "行政处罚须由法律、法规或规章设定，其他规范性文件不得设定",
    "a penalty must be set by a law, a regulation or a government rule: no other document may set one",
)
def penalty_has_legal_basis(c: Candidate) -> Iterable[Facts]:
    """A normative document may not punish."""
    ranks = {basis.rank for basis in c.elements.legal_basis}
    if c.elements.matter_type == MatterType.PENALTY and not ranks & _SETS_A_PENALTY:
        yield {}


@rule(
    "行政强制法第十条、第十三条",
    "legal_basis",
    "行政强制须由法律、行政法规或地方性法规设定，规章和规范性文件不得设定",
    "coercion must be set by a law or a regulation: no government rule and no other document may set it",
)
def coercion_has_legal_basis(c: Candidate) -> Iterable[Facts]:
    """No rank below a local regulation may coerce."""
    ranks = {basis.rank for basis in c.elements.legal_basis}
    if c.elements.matter_type == MatterType.COERCION and not ranks & _REGULATIONS:
        yield {}


@rule(
    "立法法、行政许可法第十四条至第十七条",
    "legal_basis[{index}].rank",
    "设定依据“{title}”未写明位阶",
    "the legal basis “{title}” does not say of what rank it is",
)
def legal_basis_ranked(c: Candidate) -> Iterable[Facts]:
    """Whether a basis suffices depends on its rank."""
    return ({"index": i, "title": basis.title} for i, basis in enumerate(c.elements.legal_basis) if not basis.rank)


@rule(
    "GB/T 39046-2020 表 4-23、4-24",
    "joint_units",
    "共同实施部门 {unit} 不在单位名录中",
    "the joint unit {unit} is not known",
)
def joint_units_known(c: Candidate) -> Iterable[Facts]:
    """Whoever takes part is a unit of the list too."""
    return ({"unit": unit} for unit in c.strangers)
