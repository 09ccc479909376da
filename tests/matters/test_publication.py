"""How far the list is published: what is being prepared of it, for editors and operators."""

from typing import Any

import pytest

from services.chassis import clock
from services.chassis.caller import Post
from services.matters.turning import turn
from tests.matters.asked import eventually
from tests.matters.conftest import DISTRICT, Office
from tests.matters.test_versions import DAY, V, draft, get, publish, revise, version
from tests.serving import As, refusal
from yimen.matters.v1 import matter_pb2, publication_pb2, search_pb2

P = publication_pb2.Preparation
OPERATOR = Post("OPERATOR", "440307")


@pytest.fixture(autouse=True)
def clock_as_it_was() -> Any:
    """A test that shifts the clock leaves it as it was."""
    yield
    clock.shift(0)


def publication(as_: As) -> dict[str, int]:
    """How many matters stand where, beside those in force: these follow the list within a moment."""
    told = as_.GetPublication(publication_pb2.GetPublicationRequest(name=f"{DISTRICT}/publication"))
    assert told.name == f"{DISTRICT}/publication"
    prepared = {P.Name(one.preparation).removeprefix("PREPARATION_"): one.count for one in told.preparations}
    return {"cancelled": told.cancelled_count, **prepared}


def published(office: Office) -> int:
    """How many are in force, as the operator is told."""
    asked = publication_pb2.GetPublicationRequest(name=f"{DISTRICT}/publication")
    count: int = office.by("operator", OPERATOR).GetPublication(asked).published_count
    return count


def listed(office: Office) -> int:
    """How many are in force, as search says."""
    found = office.anyone.SearchMatters(search_pb2.SearchMattersRequest(parent=DISTRICT, page_size=1))
    count: int = found.total_size
    return count


def prepared(as_: As, preparation: Any, **more: Any) -> list[str]:
    """The names of the matters of which something is prepared."""
    request = matter_pb2.ListMattersRequest(parent=DISTRICT, preparation=preparation, page_size=100, **more)
    return [matter.name for matter in as_.ListMatters(request).matters]


def ending(office: Office, matter: matter_pb2.Matter) -> matter_pb2.Matter:
    """Announces that it goes off the list in three days."""
    request = matter_pb2.CancelMatterRequest(name=matter.name, reason="国务院取消")
    request.effective_time.FromDatetime(clock.now() + 3 * DAY)
    announced: matter_pb2.Matter = office.editor.CancelMatter(request)
    return announced


def test_a_matter_is_counted_and_listed_where_it_stands(office: Office) -> None:
    operator = office.by("operator", OPERATOR)
    before = publication(operator)
    matter = draft(office)
    at = {"name": matter.name}
    stages: list[tuple[Any, Any]] = [
        (P.PREPARATION_DRAFT, lambda: None),
        (P.PREPARATION_IN_REVIEW, lambda: office.editor.SubmitMatter(V.SubmitMatterRequest(**at))),
        (P.PREPARATION_DRAFT, lambda: office.editor.ReturnMatter(V.ReturnMatterRequest(**at, reason="补充依据"))),
        (P.PREPARATION_SCHEDULED, lambda: publish(office, matter, at=clock.now() + DAY)),
    ]
    for stage, act in stages:
        act()
        assert matter.name in prepared(operator, stage)
        assert matter.name in prepared(operator, stage, unit=matter.elements.unit, matter_type=matter.elements.matter_type)
        name = P.Name(stage).removeprefix("PREPARATION_")
        assert publication(operator) == before | {name: before.get(name, 0) + 1}
        others = [other for other in P.values() if other not in (0, stage)]
        assert not any(matter.name in prepared(operator, other) for other in others)


def test_what_is_in_force_is_counted(office: Office) -> None:
    eventually(lambda: published(office) == listed(office))
    before = published(office)
    publish(office, draft(office))
    eventually(lambda: published(office) == before + 1)


def test_what_comes_into_force_or_ends_is_prepared_no_more(office: Office) -> None:
    live = publish(office, draft(office))
    scheduled = publish(office, revise(office, publish(office, draft(office))), at=clock.now() + DAY)
    announced = ending(office, live)
    assert announced.next_time == announced.cancel_time
    assert get(office.editor, scheduled.name).next_time == version(office.editor, scheduled, 2).effective_time
    assert live.name in prepared(office.editor, P.PREPARATION_ENDING)
    assert scheduled.name in prepared(office.editor, P.PREPARATION_SCHEDULED)
    clock.shift(4 * DAY.total_seconds())
    turn()
    for preparation in P.values()[1:]:
        assert not {live.name, scheduled.name} & set(prepared(office.editor, preparation))
    assert not get(office.editor, scheduled.name).HasField("next_time")
    gone = matter_pb2.ListMattersRequest(parent=DISTRICT, state=matter_pb2.MATTER_STATE_CANCELLED, page_size=100)
    assert live.name in [matter.name for matter in office.by("operator", OPERATOR).ListMatters(gone).matters]


def test_an_operator_reads_what_is_prepared_and_changes_nothing(office: Office) -> None:
    operator = office.by("operator", OPERATOR)
    matter = revise(office, publish(office, draft(office)))
    assert (get(operator, matter.name).next_version, version(operator, matter, 2).state) == (2, V.VERSION_STATE_DRAFT)
    assert [entry.person for entry in version(operator, matter, 2).entries] == ["people/editor"]
    refused = refusal(lambda: operator.SubmitMatter(V.SubmitMatterRequest(name=matter.name)))
    assert refused.reason == "ROLE_MISSING"


def test_nobody_else_learns_what_is_prepared(office: Office) -> None:
    matter = revise(office, publish(office, draft(office)))
    clerk = office.by("clerk", Post("CLERK", "440307"))
    for reader in (office.anyone, clerk):
        assert prepared(reader, P.PREPARATION_DRAFT) == []
        assert not get(reader, matter.name).next_version
    assert refusal(lambda: publication(office.anyone)).reason == "NOT_SIGNED_IN"
    assert refusal(lambda: publication(clerk)).reason == "ROLE_MISSING"
