"""An adoption that is killed, at whichever write, is completed or undone: never half."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import mongoengine
import pytest

from services.chassis.context import Scope, acting_in
from services.matters.streamlining import recovering
from services.matters.streamlining.documents import ChangeSet
from services.matters.streamlining.recovering import Recovering
from tests.matters.conftest import Office
from tests.matters.proposed import LESS, a_proposal, adopt, approved, get, on_the_list, publish, revise
from tests.serving import refusal
from yimen.matters.v1 import matter_pb2, streamlining_pb2, versions_pb2

# A mark that it began, a hold of each of three matters, the commit, a version of each, and that it is complete.
BEGIN, HOLDS, COMMIT, VERSIONS = 1, (2, 3, 4), 5, (6, 7, 8)
NOW = timedelta(0)


@pytest.fixture(scope="module")
def die(office: Office, store: str) -> Iterator[Callable[[str, int], int]]:
    """Has a process adopt a set and killed after so many writes."""
    prefix = mongoengine.get_db("matters").name.removesuffix("matters")
    env = {**os.environ, "MONGODB_URI": store, "YIMEN_DATABASE_PREFIX": prefix}
    command = [sys.executable, "-m", "tests.matters.dying"]
    with subprocess.Popen(
        command, env=env, cwd=Path(__file__).parents[2], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as dying:
        assert dying.stdin
        assert dying.stdout
        stdin, stdout = dying.stdin, dying.stdout

        def ask(name: str, writes: int) -> int:
            stdin.write(f"{name} {writes}\n")
            stdin.flush()
            return int(stdout.readline())

        yield ask


def a_set(office: Office) -> tuple[list[matter_pb2.Matter], streamlining_pb2.ChangeSet]:
    matters = [on_the_list(office) for _ in range(3)]
    first, second, third = matters
    return matters, approved(
        office, a_proposal(first, **LESS), a_proposal(second, cut=True), a_proposal(third, drop_materials=["map"])
    )


def stored(change_set: streamlining_pb2.ChangeSet) -> ChangeSet:
    with acting_in(Scope(hall="440307")):
        return ChangeSet.load(change_set.name)


def elements(office: Office, matters: list[matter_pb2.Matter]) -> list[object]:
    return [(found.elements, found.state, found.matter_version) for found in (get(office, matter) for matter in matters)]


@pytest.mark.parametrize("writes", [BEGIN, *HOLDS])
def test_what_was_not_committed_is_undone_and_can_be_adopted_again(
    office: Office, die: Callable[[str, int], int], writes: int
) -> None:
    matters, change_set = a_set(office)
    assert die(change_set.name, writes) == signal.SIGKILL
    assert refusal(lambda: adopt(office, change_set)).reason == "ADOPTION_UNDER_WAY"
    recovering.recover(NOW, patience=NOW)
    assert elements(office, matters) == [(matter.elements, matter.state, 1) for matter in matters]
    assert stored(change_set).unfinished is None
    publish(office, revise(office, matters[2], "新名称"))
    assert refusal(lambda: adopt(office, change_set)).reason == "PROPOSAL_OUTDATED"


@pytest.mark.parametrize("writes", [COMMIT, *VERSIONS])
def test_what_was_committed_is_completed(office: Office, die: Callable[[str, int], int], writes: int) -> None:
    matters, change_set = a_set(office)
    assert die(change_set.name, writes) == signal.SIGKILL
    assert stored(change_set).state == streamlining_pb2.CHANGE_SET_STATE_ADOPTED
    restarted = Recovering()
    restarted.start()
    restarted.stop()
    recovering.recover(NOW)
    first, second, third = (get(office, matter) for matter in matters)
    assert (first.matter_version, [m.id for m in first.elements.materials]) == (2, ["form", "lease"])
    assert second.state == matter_pb2.MATTER_STATE_CANCELLED
    assert (third.matter_version, len(third.elements.materials)) == (2, 2)
    complete = stored(change_set)
    assert complete.to_proto().effect == change_set.effect
    assert complete.unfinished is None
    assert [entry.type for entry in complete.outbox] == ["yimen.matters.v1.ChangeSetAdopted"]
    for matter in matters:
        request = versions_pb2.ListVersionsRequest(parent=matter.name)
        assert len(office.editor.ListVersions(request).versions) == (1 if matter is matters[1] else 2)
    publish(office, revise(office, third, "新名称"))


def test_what_goes_on_is_left_alone(office: Office, die: Callable[[str, int], int]) -> None:
    _, change_set = a_set(office)
    assert die(change_set.name, HOLDS[0]) == signal.SIGKILL
    recovering.recover(NOW)
    assert stored(change_set).unfinished is not None
    recovering.recover(NOW, patience=NOW)
    assert adopt(office, change_set).effect == change_set.effect
