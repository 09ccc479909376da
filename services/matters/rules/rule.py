"""What a rule of publication is, and what it judges."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.chassis.errors import Violation
from services.matters.rules.shape import Elements

Facts = Mapping[str, object]


@dataclass(frozen=True)
class Candidate:
    """A matter about to be published, with what its own elements do not say.

    `form` is its form schema; `unit_code` the credit code of its unit, None where no such unit is known;
    `live` the name of another matter on the list that has its code, `former` that of one that had it and is on the
    list no more, each empty where there is none; `name` its own name; `strangers` the joint units that are not known.
    """

    elements: Elements
    form: Mapping[str, Any]
    unit_code: str | None
    live: str = ""
    former: str = ""
    name: str = ""
    strangers: Sequence[str] = ()


Breaches = Callable[[Candidate], Iterable[Facts]]


@dataclass(frozen=True)
class Rule:
    """One rule: `breaches` gives the facts of each breach; `field`, `zh`, `en` are templates over them."""

    id: str
    law: str
    field: str
    zh: str
    en: str
    breaches: Breaches

    def violations(self, candidate: Candidate) -> Iterator[Violation]:
        """Each breach as a violation that cites its law."""
        for facts in self.breaches(candidate):
            yield Violation(
                field=f"elements.{self.field}".format(**facts),
                rule=self.id,
                zh=f"{self.zh.format(**facts)}（{self.law}）",
                en=f"{self.en.format(**facts)} ({self.law})",
            )


def rule(law: str, field: str, zh: str, en: str) -> Callable[[Breaches], Rule]:
    """Makes a function that finds breaches into a rule, called by the function's name in UPPER_SNAKE."""
    return lambda breaches: Rule(breaches.__name__.upper(), law, field, zh, en, breaches)
