"""Runs the reference programme through the API, as its people would: proposed, handed in, reviewed, adopted, set by set."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.message import Message

from services.matters.streamlining import data, programme
from yimen.matters.v1 import matter_pb2, matters_pb2_grpc, streamlining_pb2, units_pb2

# Of the largest set, on a machine that does much else.
_PATIENCE_SECONDS = 120.0
_APPROVED = "依法审查，同意"

Progress = Callable[[int, int], None]
Plan = Callable[[grpc.Channel], Sequence[streamlining_pb2.ChangeSet]]


@dataclass(frozen=True)
class People:
    """Access tokens of those who decide: an editor, the legal office, and for a unit (units/…) its head."""

    editor: str
    legal: str
    head: Callable[[str], str]


def hall() -> str:
    """The hall whose list the programme is for: halls/{hall}."""
    return str(data.programme()["hall"])


def planned(channel: grpc.Channel) -> list[streamlining_pb2.ChangeSet]:
    """The programme for the list as anyone reads it now; OutOfReach where it is not whole."""
    stub = matters_pb2_grpc.MattersServiceStub(channel)
    units = _every(stub.ListUnits, units_pb2.ListUnitsRequest(parent=hall(), page_size=200), "units")
    matters = _every(stub.ListMatters, matter_pb2.ListMattersRequest(parent=hall(), page_size=100), "matters")
    return programme.planned(matters, {unit.name: unit.display_name for unit in units})


def run(
    channel: grpc.Channel, people: People, plan: Plan = planned, progress: Progress = lambda done, of: None
) -> streamlining_pb2.Effect:
    """Runs what is not done yet of the programme; returns what all of it took away. Safe to repeat, and after a breaking off.

    `plan` is asked while none of it is adopted: afterwards the list is another. `progress` hears how many of how many sets are
    adopted. grpc.RpcError where the service refuses or is away.
    """
    return _Running(channel, people).run(plan, progress)


class _Running:
    def __init__(self, channel: grpc.Channel, people: People) -> None:
        self._channel, self._people = channel, people
        self._stub = matters_pb2_grpc.MattersServiceStub(channel)
        self._hall, self._programme = hall(), str(data.programme()["programme"])

    def run(self, plan: Plan, progress: Progress) -> streamlining_pb2.Effect:
        change_sets = self._proposed(plan)
        for done, change_set in enumerate(change_sets):
            progress(done, len(change_sets))
            self._carry_through(change_set)
        progress(len(change_sets), len(change_sets))
        name = f"{self._hall}/programmes/{self._programme}/effect"
        effect: streamlining_pb2.Effect = self._stub.GetProgrammeEffect(
            streamlining_pb2.GetProgrammeEffectRequest(name=name), timeout=_PATIENCE_SECONDS
        )
        return effect

    def _proposed(self, plan: Plan) -> list[streamlining_pb2.ChangeSet]:
        """The programme's sets as they are stored. All are proposed before the first is adopted, for the list as it was."""
        request = streamlining_pb2.ListChangeSetsRequest(parent=self._hall, page_size=100)
        stored = list(_every(self._stub.ListChangeSets, request, "change_sets", self._people.editor))
        stored = [one for one in stored if one.programme == self._programme]
        if any(one.state == streamlining_pb2.CHANGE_SET_STATE_ADOPTED for one in stored):
            return stored
        return [self._propose(number, change_set) for number, change_set in enumerate(plan(self._channel))]

    def _propose(self, number: int, change_set: streamlining_pb2.ChangeSet) -> streamlining_pb2.ChangeSet:
        request = streamlining_pb2.CreateChangeSetRequest(parent=self._hall, change_set=change_set)
        request.request_id = f"programme-{self._programme}-{number}"
        made: streamlining_pb2.ChangeSet = _call(self._stub.CreateChangeSet, request, self._people.editor)
        return made

    def _carry_through(self, change_set: streamlining_pb2.ChangeSet) -> None:
        name = change_set.name
        if change_set.state == streamlining_pb2.CHANGE_SET_STATE_DRAFT:
            change_set = _call(
                self._stub.SubmitChangeSet, streamlining_pb2.SubmitChangeSetRequest(name=name), self._people.editor
            )
        if change_set.state != streamlining_pb2.CHANGE_SET_STATE_IN_REVIEW:
            return
        answered = {(review.kind, review.unit) for review in change_set.reviews}
        for unit in change_set.units:
            if (streamlining_pb2.REVIEWER_KIND_UNIT, unit) not in answered:
                self._approve(name, self._people.head(unit))
        if (streamlining_pb2.REVIEWER_KIND_LEGAL_OFFICE, "") not in answered:
            self._approve(name, self._people.legal)
        _call(self._stub.AdoptChangeSet, streamlining_pb2.AdoptChangeSetRequest(name=name), self._people.editor)

    def _approve(self, name: str, token: str) -> None:
        request = streamlining_pb2.ReviewChangeSetRequest(name=name, approved=True, reason=_APPROVED)
        _call(self._stub.ReviewChangeSet, request, token)


def _every(rpc: Callable[..., Any], request: Any, field: str, token: str = "") -> Iterator[Any]:
    """What a list holds, page by page."""
    while True:
        reply = _call(rpc, request, token)
        yield from getattr(reply, field)
        request.page_token = reply.next_page_token
        if not request.page_token:
            return


def _call(rpc: Callable[..., Any], request: Message, token: str = "") -> Any:
    metadata = (("authorization", f"Bearer {token}"),) if token else ()
    return rpc(request, metadata=metadata, timeout=_PATIENCE_SECONDS)
