"""That what is said is definite: complete where a law names it, without contradiction, within the standard's widths."""

from collections import Counter
from collections.abc import Iterable, Iterator

from services.matters.rules.rule import Candidate, Facts, rule
from services.matters.rules.shape import MatterType, OnlineDepth

# GB/T 39046-2020 table 4: the items' numbers and widths.
_NAME, _TELEPHONE, _ADDRESS, _HOURS, _RESULT, _QUESTION = 200, 18, 100, 150, 100, 1000
_MATERIAL, _ISSUER, _NOTES = 200, 100, 500


@rule(
    "行政许可法第三十条",
    "{element}",
    "行政许可应公示{zh}，缺少 {element}",
    "a licence announces its {en}: {element} is missing",
)
def licence_is_announced(c: Candidate) -> Iterable[Facts]:
    """What a licence takes is shown beforehand: the conditions and the whole list of materials."""
    e = c.elements
    if e.matter_type != MatterType.LICENCE:
        return
    if not e.conditions:
        yield {"element": "conditions", "zh": "条件", "en": "conditions"}
    if not e.materials:
        yield {"element": "materials", "zh": "需要提交的全部材料目录", "en": "materials"}


@rule(
    "C0109.2 online_handle_depth, 国办发〔2018〕45号",
    "visits",
    "全程网办的事项不应要求到现场，现为 {visits} 次",
    "a matter handled wholly online asks for no visit, not {visits}",
)
def wholly_online_needs_no_visit(c: Candidate) -> Iterable[Facts]:
    """全程网办 means that nobody has to come."""
    if c.elements.online_depth == OnlineDepth.WHOLE and c.elements.visits:
        yield {"visits": c.elements.visits}


@rule(
    "统一功能定位（五个统一）",
    "accepted_at",
    "{tier_zh}大厅办理该事项，也应受理",
    "the halls of a {tier_en} handle the matter, so they must accept it too",
)
def handled_is_accepted(c: Candidate) -> Iterable[Facts]:
    """Nobody is sent elsewhere to hand in what is decided here."""
    names = {1: ("区", "district"), 2: ("街道", "street"), 3: ("社区", "community")}
    for tier in c.elements.handled_at:
        if tier in names and tier not in c.elements.accepted_at:
            yield {"tier_zh": names[tier][0], "tier_en": names[tier][1]}


@rule(
    "GB/T 39046-2020 附录 A",
    "{element}",
    "{element} 含未定的或重复的代码",
    "{element} holds a value that is unspecified or there twice",
)
def lists_definite(c: Candidate) -> Iterable[Facts]:
    """Each value of a list is one of its code set, once."""
    e = c.elements
    lists = {
        "service_objects": e.service_objects,
        "channels": e.channels,
        "handled_at": e.handled_at,
        "accepted_at": e.accepted_at,
        "special_procedures": e.special_procedures,
    }
    return ({"element": name} for name, values in lists.items() if 0 in values or max(Counter(values).values(), default=0) > 1)


@rule(
    "GB/T 39046-2020 表 4",
    "{element}",
    "{element} 有 {length} 字，标准最多 {most} 字",
    "{element} has {length} characters, the standard allows {most}",
)
def texts_fit(c: Candidate) -> Iterable[Facts]:
    """Whoever exchanges the list by the standard gets every text whole."""
    for element, text, most in _texts(c):
        if len(text) > most:
            yield {"element": element, "length": len(text), "most": most}


def _texts(c: Candidate) -> Iterator[tuple[str, str, int]]:
    e = c.elements
    yield "display_name.zh", e.display_name.zh, _NAME
    yield "contacts.consultation_telephone", e.contacts.consultation_telephone, _TELEPHONE
    yield "contacts.complaint_telephone", e.contacts.complaint_telephone, _TELEPHONE
    yield "contacts.address", e.contacts.address, _ADDRESS
    yield "contacts.opening_hours", e.contacts.opening_hours, _HOURS
    for i, result in enumerate(e.results):
        yield f"results[{i}].display_name", result.display_name, _RESULT
    for i, material in enumerate(e.materials):
        yield f"materials[{i}].display_name.zh", material.display_name.zh, _MATERIAL
        yield f"materials[{i}].issued_by", material.issued_by, _ISSUER
        yield f"materials[{i}].notes", material.notes, _NOTES
    for i, asked in enumerate(e.questions):
        yield f"questions[{i}]", asked.question + asked.answer, _QUESTION


@rule(
    "GB/T 39046-2020 表 4-55",
    "questions[{index}]",
    "常见问题“{question}”没有回答或没有问题",
    "the question “{question}” is empty or has no answer",
)
def questions_answered(c: Candidate) -> Iterable[Facts]:
    """A question is published with its answer."""
    for i, asked in enumerate(c.elements.questions):
        if not (asked.question and asked.answer):
            yield {"index": i, "question": asked.question}


@rule(
    "GB/T 39046-2020 表 4-21, 行政许可法第三十条",
    "prerequisites[{index}]",
    "前置条件“{title}”{fault_zh}",
    "the prerequisite “{title}” {fault_en}",
)
def prerequisites_definite(c: Candidate) -> Iterable[Facts]:
    """What must be decided before is another thing, and named once."""
    seen = set[str]()
    for i, before in enumerate(c.elements.prerequisites):
        key = before.matter or before.display_name
        if before.matter and before.matter == c.name:
            yield {"index": i, "title": before.display_name, "fault_zh": "是事项自身", "fault_en": "is the matter itself"}
        if key in seen:
            yield {"index": i, "title": before.display_name, "fault_zh": "重复", "fault_en": "is named twice"}
        seen.add(key)
