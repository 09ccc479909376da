"""Chains of matters: the critical path of what one undertaking needs, from the versions of its matters."""

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from services.chassis.errors import ResourceUnknown
from services.matters.documents import Matter, Version
from services.matters.guide import gantt
from services.matters.rules import State, VersionState
from services.matters.streamlining import data, rules
from services.matters.streamlining.rules import Task
from services.matters.streamlining.rules.parts import days
from yimen.api.v1 import text_pb2
from yimen.matters.v1 import elements_pb2, streamlining_pb2

# Which version of a matter counts; None where the matter does not.
Pick = Callable[[Matter], Version | None]


@dataclass(frozen=True)
class Chain:
    """A chain of matters as it is configured."""

    name: str
    display_name: text_pb2.Text
    matters: tuple[str, ...]

    @classmethod
    def load(cls, name: str) -> "Chain":
        """The chain of this name; ResourceUnknown."""
        try:
            return _chains()[name]
        except KeyError:
            raise ResourceUnknown(name=name) from None

    def stored(self) -> list[Matter]:
        """Its matters that the caller sees on the list or that once were."""
        return [matter for name in self.matters if (matter := _found(name))]


def first(matter: Matter) -> Version | None:
    """The version by which a matter came onto the list."""
    return next((version for version in matter.versions if version.state == VersionState.PUBLISHED), None)


def in_force(at: datetime) -> Pick:
    """The version that was in force at an instant."""

    def pick(matter: Matter) -> Version | None:
        stands = matter.at(at)
        return stands.version if stands.state == State.PUBLISHED else None

    return pick


def path(chain: Chain, matters: Iterable[Matter], pick: Pick, when: text_pb2.Text) -> streamlining_pb2.ChainPath:
    """The critical path over the versions that are picked, drawn; `when` says in its title which those are. ChainHasCycle."""
    picked = {matter.name: (version, matter.elements_of(version)) for matter in matters if (version := pick(matter))}
    links = rules.critical_path([_task(name, elements) for name, (_, elements) in picked.items()])
    shown = [
        streamlining_pb2.ChainLink(
            matter=link.task.name,
            display_name=picked[link.task.name][1].display_name,
            matter_version=picked[link.task.name][0].number,
            start=link.start,
            finish=link.finish,
            critical=link.critical,
            after=sorted(link.task.after & picked.keys()),
        )
        for link in links
    ]
    return streamlining_pb2.ChainPath(
        links=shown,
        working_days=rules.length(links),
        svg_zh=gantt.drawn(shown, "zh", f"{chain.display_name.zh}（{when.zh}）"),
        svg_en=gantt.drawn(shown, "en", f"{chain.display_name.en} ({when.en})"),
    )


def _task(name: str, elements: elements_pb2.Elements) -> Task:
    return Task(name, days(elements.promised_limit), frozenset(p.matter for p in elements.prerequisites if p.matter))


def _found(name: str) -> Matter | None:
    try:
        return Matter.load(name)
    except ResourceUnknown:
        return None


@functools.cache
def _chains() -> dict[str, Chain]:
    return {
        name: Chain(
            name,
            text_pb2.Text(**kept["display_name"]),
            tuple(f"{name.partition('/chains/')[0]}/matters/{matter}" for matter in kept["matters"]),
        )
        for name, kept in data.chains().items()
    }
