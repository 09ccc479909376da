"""What a hall is. These models give the validation and, by schema.py, the JSON Schema for editors."""

from __future__ import annotations

import re
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

Code = Annotated[str, Field(pattern=r"^(\d{6}|\d{9}|\d{12})$")]
Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
LocalTime = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="HH:MM, Asia/Shanghai", examples=["09:00"])]
Weekday = Annotated[int, Field(ge=1, le=7, description="1 Monday to 7 Sunday (ISO 8601)")]


class Tier(StrEnum):
    """层级. The length of a code tells the tier: 6, 9 or 12 digits (GB/T 2260, GB/T 10114)."""

    DISTRICT = "district"
    STREET = "street"
    COMMUNITY = "community"

    @property
    def digits(self) -> int:
        return {"district": 6, "street": 9, "community": 12}[self]

    @classmethod
    def of(cls, code: str) -> Tier:
        """The tier of a code; ValueError where the code is not 6, 9 or 12 digits."""
        for tier in cls:
            if len(code) == tier.digits and code.isascii() and code.isdigit():
                return tier
        raise ValueError(f"{code!r} is no hall's code: 6, 9 or 12 digits")


class Zone(StrEnum):
    """功能分区"""

    GUIDANCE = "guidance"  # 导办
    CONSULTATION = "consultation"  # 咨询
    WAITING = "waiting"  # 等候
    COUNTERS = "counters"  # 窗口办理
    SELF_SERVICE = "self_service"  # 自助服务
    PUBLICITY = "publicity"  # 政务公开


class Work(StrEnum):
    """What is done in a hall, and at a counter of it."""

    COMPREHENSIVE = "comprehensive"  # 综合受理
    CONSULTATION = "consultation"  # 咨询
    DELIVERY = "delivery"  # 出件
    PAYMENT = "payment"  # 收费
    SPECIAL = "special"  # 专窗
    SELF_SERVICE = "self_service"  # 自助
    COMPLAINT = "complaint"  # 投诉


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _names_are_filled_in(text: str) -> str:
    if unknown := re.search(r"\{.*?\}", text):
        raise ValueError(f"{unknown[0]} names nothing here")
    return text


Words = Annotated[str, Field(min_length=1), AfterValidator(_names_are_filled_in)]


class Text(Model):
    """Text for people. {district} {street} {community} stand for the names of the hall and those above."""

    zh: Words
    en: Words = Field(default="")


class Places(Model):
    """统一场所"""

    zones: Annotated[tuple[Zone, ...], Field(min_length=1)]
    counters_at_least: Annotated[int, Field(ge=1)]
    open_counters: bool = Field(description="敞开式柜台: no glass between clerk and resident")
    barrier_free: bool


class Functions(Model):
    """统一功能定位"""

    role: Text
    handles: tuple[Tier, ...] = Field(description="tiers whose matters it handles to their end 办理")
    accepts: tuple[Tier, ...] = Field(description="tiers whose matters it accepts, for itself or others 受理")
    works: tuple[Work, ...]

    @model_validator(mode="after")
    def _handled_is_accepted(self) -> Self:
        if missing := [tier for tier in self.handles if tier not in self.accepts]:
            raise ValueError(f"what is handled must be accepted too: {', '.join(missing)}")
        return self


class Institution(Model):
    """统一机构设置"""

    body: Text = Field(description="who runs the hall")
    posts: dict[Slug, Text] = Field(description="岗位 that every such hall fills")


class Management(Model):
    """统一管理机制"""

    mechanisms: dict[Slug, Text]
    complaint_days: Annotated[int, Field(ge=1, description="calendar days in which a complaint is answered")]


class Sign(Model):
    """统一名称标识"""

    name: Text
    emblem: Text
    colour: Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]


class OpeningHours(Model):
    weekdays: Annotated[tuple[Weekday, ...], Field(min_length=1)]
    opens: LocalTime
    closes: LocalTime

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Self:
        if self.opens >= self.closes:
            raise ValueError(f"closes at {self.closes}, not after it opens at {self.opens}")
        return self


class Counter(Model):
    """窗口"""

    name: Text
    function: Work


class Settings(Model):
    """All that a standard sets for its tier, and that halls may set where it is not unified."""

    places: Places
    functions: Functions
    institution: Institution
    management: Management
    sign: Sign
    opening_hours: Annotated[tuple[OpeningHours, ...], Field(min_length=1)]
    counters: Annotated[dict[Slug, Counter], Field(min_length=1)]
    telephone: Annotated[str, Field(pattern=r"^[0-9-]{3,20}$")]
    address: Words = Field(description="a standard's address is a placeholder, a hall's own is not")

    @field_validator("counters")
    @classmethod
    def _counters_suffice(cls, counters: dict[str, Counter], info: ValidationInfo) -> dict[str, Counter]:
        places = info.data.get("places")
        if places and len(counters) < places.counters_at_least:
            raise ValueError(f"{len(counters)} counters, the standard asks for {places.counters_at_least}")
        return counters

    @field_validator("opening_hours")
    @classmethod
    def _opening_hours_do_not_overlap(cls, hours: tuple[OpeningHours, ...]) -> tuple[OpeningHours, ...]:
        spans = sorted((day, span.opens, span.closes) for span in hours for day in span.weekdays)
        for (day, _, closes), (next_day, opens, _) in pairwise(spans):
            if day == next_day and opens < closes:
                raise ValueError(f"overlap on weekday {day} at {opens}")
        return hours


class Own(Model):
    """What is a hall's alone and comes from nobody."""

    name: Text = Field(description="the division's name, e.g. 凤凰社区: not unique, keys nothing")
    committees: dict[Annotated[str, Field(pattern=r"^\d{12}$")], str] = Field(
        default={}, description="residents' committees 居委会 that the community joins, by their codes"
    )


class Hall(Settings, Own):
    """A tenant 大厅: the service hall of a district, a street or a community, with everything merged."""

    code: Code
    parent: str = Field(description="code of the tier above, empty for a district")
    address_is_placeholder: bool

    @property
    def tier(self) -> Tier:
        return Tier.of(self.code)

    @property
    def display_name(self) -> Text:
        """The name on the sign."""
        return self.sign.name

    def handles(self, tier: Tier | str) -> bool:
        """Whether matters of `tier` are handled to their end here."""
        return tier in self.functions.handles

    def accepts(self, tier: Tier | str) -> bool:
        """Whether matters of `tier` are accepted here, for this hall or for another."""
        return tier in self.functions.accepts
