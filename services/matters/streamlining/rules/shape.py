"""The shape that the rules need of a matter's elements and of a proposal. The proto messages have it."""

from collections.abc import Sequence
from typing import Protocol

from services.matters.rules.shape import Fee, Limit, Material, Step


class Prerequisite(Protocol):
    """前置条件."""

    @property
    def matter(self) -> str: ...
    @property
    def display_name(self) -> str: ...


class Elements(Protocol):
    """What of a matter can be streamlined."""

    @property
    def conditions(self) -> Sequence[str]: ...
    @property
    def materials(self) -> Sequence[Material]: ...
    @property
    def fees(self) -> Sequence[Fee]: ...
    @property
    def prerequisites(self) -> Sequence[Prerequisite]: ...
    @property
    def steps(self) -> Sequence[Step]: ...
    @property
    def promised_limit(self) -> Limit: ...


class StepLimit(Protocol):
    """How many working days a step is left with."""

    @property
    def step(self) -> str: ...
    @property
    def working_days(self) -> int: ...


class Proposal(Protocol):
    """What is proposed for one matter; a promised limit of unit 0 leaves it as it is."""

    @property
    def matter(self) -> str: ...
    @property
    def cut(self) -> bool: ...
    @property
    def drop_materials(self) -> Sequence[str]: ...
    @property
    def drop_conditions(self) -> Sequence[str]: ...
    @property
    def drop_fees(self) -> Sequence[str]: ...
    @property
    def drop_prerequisites(self) -> Sequence[str]: ...
    @property
    def drop_steps(self) -> Sequence[str]: ...
    @property
    def shorten_steps(self) -> Sequence[StepLimit]: ...
    @property
    def promised_limit(self) -> Limit: ...
