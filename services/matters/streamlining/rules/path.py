"""The critical path of a chain of matters: what must wait for what, and how many working days the whole takes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from services.chassis.errors import FailedPrecondition


class ChainHasCycle(FailedPrecondition):
    """Matters that wait for one another would never begin."""

    zh = "事项互为前置，无法计算关键路径: {matters}"
    en = "these matters wait for one another, so that none can begin: {matters}"


@dataclass(frozen=True)
class Task:
    """A matter of a chain: its working days, and the names of the matters that must be decided before it begins."""

    name: str
    days: int
    after: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Link:
    """When a task runs, in working days from the start of the chain; critical: a day more here is a day more in all."""

    task: Task
    start: int
    finish: int
    critical: bool


def critical_path(tasks: Sequence[Task]) -> list[Link]:
    """Each task as early as it can run, in the order of starts (of the given order where they start together).

    What a task waits for outside of the chain does not count. ChainHasCycle where tasks wait for one another.
    """
    by_name = {task.name: task for task in tasks}
    waits = {task.name: task.after & by_name.keys() for task in tasks}
    order = _ordered(waits)
    finish: dict[str, int] = {}
    for name in order:
        finish[name] = _latest(finish[earlier] for earlier in waits[name]) + by_name[name].days
    whole = _latest(finish.values())
    # How long the longest sequence of what waits for a task takes.
    rest = dict.fromkeys(order, 0)
    for name in reversed(order):
        for earlier in waits[name]:
            rest[earlier] = max(rest[earlier], rest[name] + by_name[name].days)
    links = [
        Link(task, finish[task.name] - task.days, finish[task.name], finish[task.name] + rest[task.name] == whole)
        for task in tasks
    ]
    return sorted(links, key=lambda link: (link.start, link.finish))


def length(links: Iterable[Link]) -> int:
    """The working days of the whole chain: 0 for an empty one."""
    return _latest(link.finish for link in links)


def _latest(finishes: Iterable[int]) -> int:
    return max(finishes, default=0)


def _ordered(waits: dict[str, frozenset[str]]) -> list[str]:
    try:
        return list(TopologicalSorter(waits).static_order())
    except CycleError as error:
        raise ChainHasCycle(matters=" → ".join(error.args[1])) from None
