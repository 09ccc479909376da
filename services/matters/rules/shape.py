"""The shape that the rules need of a matter, and the standard's values that they decide by.

The proto message has this shape; so has anything that a test builds.
"""

from collections.abc import Sequence
from enum import IntEnum
from typing import Protocol


class MatterType(IntEnum):
    """事项类型: the number is the standard's code (GB/T 39046-2020 A.1)."""

    LICENCE = 1
    PENALTY = 2
    COERCION = 3
    LEVY = 4
    INSPECTION = 6


# What authorities do of their own accord (依职权): for the rest people apply (依申请).
EX_OFFICIO = frozenset({MatterType.PENALTY, MatterType.COERCION, MatterType.LEVY, MatterType.INSPECTION})


class CaseType(IntEnum):
    """办件类型 (A.6)."""

    IMMEDIATE = 1
    PROMISED = 2


class TimeUnit(IntEnum):
    """时限单位."""

    WORKING_DAY = 1
    CALENDAR_DAY = 2
    MONTH = 3
    YEAR = 4
    HOUR = 5


class LegalRank(IntEnum):
    """What rank of rule a legal basis is (立法法)."""

    LAW = 1
    ADMINISTRATIVE_REGULATION = 2
    STATE_COUNCIL_DECISION = 3
    LOCAL_REGULATION = 4
    DEPARTMENT_RULE = 5
    LOCAL_GOVERNMENT_RULE = 6
    NORMATIVE_DOCUMENT = 7


class ResultType(IntEnum):
    """审批结果类型."""

    LICENCE = 1


class OnlineDepth(IntEnum):
    """网上办理深度."""

    WHOLE = 7


class Channel(IntEnum):
    """办理形式 (A.5)."""

    WEB = 2
    MOBILE = 3


class MaterialClass(IntEnum):
    """材料分级: what each class means is kept in data/code_sets.yaml."""

    D = 4


class Text(Protocol):
    """A text in Chinese, which is never empty, and in English."""

    @property
    def zh(self) -> str: ...
    @property
    def en(self) -> str: ...


class LegalBasis(Protocol):
    """设定依据."""

    @property
    def title(self) -> str: ...
    @property
    def rank(self) -> int: ...


class Material(Protocol):
    """申请材料."""

    @property
    def id(self) -> str: ...
    @property
    def display_name(self) -> Text: ...
    @property
    def material_class(self) -> int: ...
    @property
    def required(self) -> bool: ...
    @property
    def originals(self) -> int: ...
    @property
    def copies(self) -> int: ...
    @property
    def issued_by(self) -> str: ...
    @property
    def notes(self) -> str: ...


class Step(Protocol):
    """环节."""

    @property
    def display_name(self) -> Text: ...
    @property
    def who(self) -> str: ...
    @property
    def working_days(self) -> int: ...
    @property
    def special_procedure(self) -> int: ...
    @property
    def parallel_group(self) -> int: ...


class Limit(Protocol):
    """时限; a unit of 0 means that none is kept."""

    @property
    def value(self) -> int: ...
    @property
    def unit(self) -> int: ...
    @property
    def explanation(self) -> str: ...


class Fee(Protocol):
    """收费."""

    @property
    def item(self) -> str: ...
    @property
    def standard(self) -> str: ...
    @property
    def basis(self) -> str: ...


class Result(Protocol):
    """审批结果."""

    @property
    def display_name(self) -> str: ...
    @property
    def type(self) -> int: ...


class Contacts(Protocol):
    """咨询与监督投诉方式."""

    @property
    def consultation_telephone(self) -> str: ...
    @property
    def complaint_telephone(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def opening_hours(self) -> str: ...


class Prerequisite(Protocol):
    """前置条件: `matter` is empty where another authority's act is meant."""

    @property
    def matter(self) -> str: ...
    @property
    def display_name(self) -> str: ...


class Question(Protocol):
    """常见问题."""

    @property
    def question(self) -> str: ...
    @property
    def answer(self) -> str: ...


class Elements(Protocol):
    """The elements of a matter that a rule looks at."""

    @property
    def display_name(self) -> Text: ...
    @property
    def basic_code(self) -> str: ...
    @property
    def implementation_code(self) -> str: ...
    @property
    def matter_type(self) -> int: ...
    @property
    def legal_basis(self) -> Sequence[LegalBasis]: ...
    @property
    def unit(self) -> str: ...
    @property
    def exercise_level(self) -> int: ...
    @property
    def service_objects(self) -> Sequence[int]: ...
    @property
    def case_type(self) -> int: ...
    @property
    def materials(self) -> Sequence[Material]: ...
    @property
    def steps(self) -> Sequence[Step]: ...
    @property
    def statutory_limit(self) -> Limit: ...
    @property
    def promised_limit(self) -> Limit: ...
    @property
    def fees(self) -> Sequence[Fee]: ...
    @property
    def visits(self) -> int: ...
    @property
    def visits_reason(self) -> str: ...
    @property
    def results(self) -> Sequence[Result]: ...
    @property
    def channels(self) -> Sequence[int]: ...
    @property
    def online_depth(self) -> int: ...
    @property
    def contacts(self) -> Contacts: ...
    @property
    def handled_at(self) -> Sequence[int]: ...
    @property
    def accepted_at(self) -> Sequence[int]: ...
    @property
    def special_procedures(self) -> Sequence[int]: ...
    @property
    def conditions(self) -> Sequence[str]: ...
    @property
    def prerequisites(self) -> Sequence[Prerequisite]: ...
    @property
    def questions(self) -> Sequence[Question]: ...
    @property
    def gbt39046_basic_code(self) -> str: ...
    @property
    def gbt39046_implementation_code(self) -> str: ...
    @property
    def guangdong_code(self) -> str: ...
