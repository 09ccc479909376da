"""Change-sets over real gRPC on the real store: proposed, reviewed, adopted whole or not at all."""

import secrets
import threading
import time
from collections.abc import Callable
from typing import Any

import grpc
import pytest

from services.chassis.caller import Post
from services.chassis.context import Scope, acting_in
from services.matters.documents import Matter
from services.matters.streamlining.documents import ChangeSet
from tests.matters.builders import UNIT
from tests.matters.conftest import DISTRICT, Office
from tests.matters.proposed import (
    CIVIL_AFFAIRS,
    LESS,
    a_proposal,
    adopt,
    approved,
    get,
    head,
    legal,
    on_the_list,
    propose,
    publish,
    review,
    revise,
    submit,
)
from tests.serving import refusal
from yimen.matters.v1 import matter_pb2, search_pb2, streamlining_pb2, versions_pb2

Effect = streamlining_pb2.Effect


def read(by: Any, change_set: streamlining_pb2.ChangeSet) -> streamlining_pb2.ChangeSet:
    found: streamlining_pb2.ChangeSet = by.GetChangeSet(streamlining_pb2.GetChangeSetRequest(name=change_set.name))
    return found


def versions(office: Office, matter: str) -> list[versions_pb2.Version]:
    request = versions_pb2.ListVersionsRequest(parent=matter)
    return list(office.editor.ListVersions(request).versions)


# proposing


def test_a_draft_says_what_it_would_take_away_and_whom_it_touches(office: Office) -> None:
    first, second = on_the_list(office), on_the_list(office, CIVIL_AFFAIRS)
    change_set = propose(office, a_proposal(first, **LESS), a_proposal(second, cut=True), programme="p-draft")
    assert change_set.state == streamlining_pb2.CHANGE_SET_STATE_DRAFT
    assert change_set.effect == Effect(
        matters_cut=1, matters_optimised=1, working_days=5, conditions=1, materials=1, prerequisites=1, steps=1
    )
    assert list(change_set.units) == [CIVIL_AFFAIRS, UNIT]
    assert [proposal.base_version for proposal in change_set.proposals] == [1, 1]
    assert get(office, first) == first
    assert read(office.editor, change_set) == change_set


def test_no_figure_can_be_typed_into_a_set(office: Office) -> None:
    typed = streamlining_pb2.ChangeSet(
        effect=Effect(materials=999), state=streamlining_pb2.CHANGE_SET_STATE_ADOPTED, units=["units/440307-audit"]
    )
    typed.display_name.zh = "虚报的方案"
    typed.proposals.append(a_proposal(on_the_list(office), drop_materials=["map"]))
    request = streamlining_pb2.CreateChangeSetRequest(parent=DISTRICT, change_set=typed)
    made = office.editor.CreateChangeSet(request)
    assert made.effect == Effect(matters_optimised=1, materials=1)
    assert (made.state, list(made.units)) == (streamlining_pb2.CHANGE_SET_STATE_DRAFT, [UNIT])


def test_everything_that_is_wrong_with_the_proposals_is_named_at_once(office: Office) -> None:
    matter = on_the_list(office)
    nowhere = matter_pb2.Matter(name=f"{DISTRICT}/matters/nowhere")
    proposals = [
        a_proposal(matter, drop_materials=["nothing"], promised_limit={"value": 99, "unit": 1}),
        a_proposal(nowhere, cut=True),
        a_proposal(matter, cut=True, base_version=7),
    ]
    assert refusal(lambda: propose(office, *proposals)).violations == {
        "change_set.proposals[0].drop_materials[0]": "PART_OF_THE_MATTER",
        "change_set.proposals[0].promised_limit": "LIMIT_IS_SHORTER",
        "change_set.proposals[1].matter": "MATTER_ON_THE_LIST",
        "change_set.proposals[2].matter": "MATTER_ONCE_IN_A_SET",
        "change_set.proposals[2].base_version": "BASE_VERSION_IN_FORCE",
    }


def test_a_set_that_is_asked_for_twice_is_made_once(office: Office) -> None:
    proposal = a_proposal(on_the_list(office), cut=True)
    assert propose(office, proposal, request_id="set-twice") == propose(office, proposal, request_id="set-twice")


def test_a_set_is_seen_by_editors_by_the_legal_office_and_by_the_heads_of_its_units(office: Office) -> None:
    change_set = propose(office, a_proposal(on_the_list(office), cut=True))
    for by in (office.editor, legal(office), head(office, UNIT)):
        assert read(by, change_set) == change_set
        listed = by.ListChangeSets(streamlining_pb2.ListChangeSetsRequest(parent=DISTRICT, page_size=100)).change_sets
        (mine,) = (one for one in listed if one.name == change_set.name)
        assert (len(mine.proposals), mine.effect) == (0, change_set.effect)
    other = head(office, "units/440307-audit")
    assert refusal(lambda: read(other, change_set)).code == grpc.StatusCode.NOT_FOUND
    assert not other.ListChangeSets(streamlining_pb2.ListChangeSetsRequest(parent=DISTRICT)).change_sets
    clerk = office.by("clerk", Post("CLERK", "440307"))
    assert refusal(lambda: read(clerk, change_set)).code == grpc.StatusCode.PERMISSION_DENIED
    assert refusal(lambda: read(office.anyone, change_set)).code == grpc.StatusCode.UNAUTHENTICATED


def test_sets_are_listed_newest_first_page_by_page(office: Office) -> None:
    matter = on_the_list(office)
    made = [propose(office, a_proposal(matter, cut=True)).name for _ in range(3)]
    request = streamlining_pb2.ListChangeSetsRequest(parent=DISTRICT, page_size=2)
    first = office.editor.ListChangeSets(request)
    request.page_token = first.next_page_token
    second = office.editor.ListChangeSets(request)
    assert [one.name for one in [*first.change_sets, *second.change_sets]][:3] == made[::-1]


# reviewing


def test_a_set_is_adopted_when_every_unit_and_the_legal_office_have_approved(office: Office) -> None:
    first, second = on_the_list(office), on_the_list(office, CIVIL_AFFAIRS)
    change_set = submit(office, propose(office, a_proposal(first, **LESS), a_proposal(second, cut=True)))
    review(head(office, UNIT), change_set)
    review(legal(office), change_set)
    refused = refusal(lambda: adopt(office, change_set))
    assert (refused.code, refused.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "REVIEW_INCOMPLETE")
    assert refused.facts["awaited"] == CIVIL_AFFAIRS
    judged = review(head(office, CIVIL_AFFAIRS), change_set)
    assert [(one.kind, one.unit, one.approved, one.person) for one in judged.reviews] == [
        (streamlining_pb2.REVIEWER_KIND_UNIT, UNIT, True, "people/head-of-440307-education"),
        (streamlining_pb2.REVIEWER_KIND_LEGAL_OFFICE, "", True, "people/legal"),
        (streamlining_pb2.REVIEWER_KIND_UNIT, CIVIL_AFFAIRS, True, "people/head-of-440307-civil-affairs"),
    ]
    assert get(office, first) == first
    assert adopt(office, change_set).state == streamlining_pb2.CHANGE_SET_STATE_ADOPTED


def test_one_refusal_rejects_a_set_and_leaves_the_list_as_it_was(office: Office) -> None:
    matter = on_the_list(office)
    change_set = submit(office, propose(office, a_proposal(matter, cut=True)))
    assert review(legal(office), change_set, approved=False).state == streamlining_pb2.CHANGE_SET_STATE_REJECTED
    for act in (lambda: adopt(office, change_set), lambda: review(head(office, UNIT), change_set)):
        assert refusal(act).reason == "CHANGE_SET_NOT_IN_REVIEW"
    assert get(office, matter) == matter


def test_who_proposes_does_not_review_and_who_reviews_does_not_adopt(office: Office) -> None:
    change_set = submit(office, propose(office, a_proposal(on_the_list(office), cut=True)))
    assert refusal(lambda: review(office.editor, change_set)).code == grpc.StatusCode.PERMISSION_DENIED
    request = streamlining_pb2.AdoptChangeSetRequest(name=change_set.name)
    assert refusal(lambda: legal(office).AdoptChangeSet(request)).code == grpc.StatusCode.PERMISSION_DENIED
    review(legal(office), change_set)
    assert refusal(lambda: review(legal(office), change_set)).reason == "ALREADY_REVIEWED"


# adopting


def test_adoption_makes_a_version_of_every_proposal_in_one_act(office: Office) -> None:
    first, second = on_the_list(office), on_the_list(office, CIVIL_AFFAIRS)
    change_set = approved(office, a_proposal(first, **LESS), a_proposal(second, cut=True), programme="p-adopted")
    adopted = adopt(office, change_set, etag=change_set.etag)
    after = get(office, first)
    assert (after.matter_version, after.state) == (2, matter_pb2.MATTER_STATE_PUBLISHED)
    assert [material.id for material in after.elements.materials] == ["form", "lease"]
    assert [(step.display_name.zh, step.working_days) for step in after.elements.steps] == [
        ("受理", 1),
        ("初审", 2),
        ("决定", 2),
    ]
    newest = versions(office, first.name)[0]
    assert (newest.change_set, newest.effective_time) == (change_set.name, adopted.adopt_time)
    assert [entry.change_set for entry in newest.entries] == [change_set.name] * 3
    cut = get(office, second)
    assert (cut.state, cut.cancel_time) == (matter_pb2.MATTER_STATE_CANCELLED, adopted.adopt_time)
    assert cut.cancel_reason == "第一批精简方案"
    assert adopted.effect == change_set.effect
    assert adopted.effect == effect_by_hand(office, adopted)


def test_what_is_cut_is_found_no_more_and_what_is_optimised_as_it_is_now(office: Office) -> None:
    cut = on_the_list(office, display_name={"zh": "热气球系留许可"})
    kept = on_the_list(office, display_name={"zh": "水上飞机停靠许可"})

    def found(query: str) -> dict[str, int]:
        reply = office.anyone.SearchMatters(search_pb2.SearchMattersRequest(parent=DISTRICT, query=query))
        return {result.matter: result.promised_limit.value for result in reply.results}

    eventually(lambda: cut.name in found("热气球") and found("水上飞机").get(kept.name) == 10)
    adopt(office, approved(office, a_proposal(cut, cut=True), a_proposal(kept, **LESS)))
    eventually(lambda: cut.name not in found("热气球") and found("水上飞机").get(kept.name) == 5)


def eventually(holds: Callable[[], bool], seconds: float = 15.0) -> None:
    """Passes once something holds; what is found is fresh within a second of a machine that does nothing else."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.1)


def effect_by_hand(office: Office, change_set: streamlining_pb2.ChangeSet) -> Effect:
    """The effect of an adopted set, reckoned from what GetVersion says."""
    total = Effect()
    for proposal in change_set.proposals:
        number = proposal.base_version
        before, *later = [
            version for version in reversed(versions(office, proposal.matter)) if int(version.name.split("/")[-1]) >= number
        ]
        if not later:
            total.matters_cut += before.state == versions_pb2.VERSION_STATE_CANCELLED
            continue
        a, b = before.elements, later[0].elements
        total.matters_optimised += 1
        total.working_days += a.promised_limit.value - b.promised_limit.value
        for part in ("conditions", "materials", "fees", "prerequisites", "steps"):
            setattr(total, part, getattr(total, part) + len(getattr(a, part)) - len(getattr(b, part)))
    return total


def test_the_effect_of_a_programme_is_that_of_its_adopted_sets_together(office: Office) -> None:
    programme = f"p-{secrets.token_hex(4)}"
    name = f"{DISTRICT}/programmes/{programme}/effect"
    one = approved(
        office, a_proposal(on_the_list(office), **LESS), a_proposal(on_the_list(office), cut=True), programme=programme
    )
    two = approved(office, a_proposal(on_the_list(office), drop_materials=["map", "lease"]), programme=programme)
    propose(office, a_proposal(on_the_list(office), cut=True), programme=programme)

    def effect() -> Effect:
        found: Effect = office.anyone.GetProgrammeEffect(streamlining_pb2.GetProgrammeEffectRequest(name=name))
        return found

    assert effect() == Effect()
    adopt(office, one)
    assert effect() == one.effect
    adopt(office, two)
    assert effect() == Effect(
        matters_cut=1, matters_optimised=2, working_days=5, conditions=1, materials=3, prerequisites=1, steps=1
    )


def test_a_later_set_takes_away_from_what_an_earlier_one_left(office: Office) -> None:
    matter = on_the_list(office)
    adopt(office, approved(office, a_proposal(matter, drop_materials=["map"])))
    second = approved(office, a_proposal(matter, drop_materials=["lease"]))
    assert second.proposals[0].base_version == 2
    assert adopt(office, second).effect.materials == 1
    assert [material.id for material in get(office, matter).elements.materials] == ["form"]


def test_what_has_changed_since_is_not_overwritten(office: Office) -> None:
    kept, changed = on_the_list(office), on_the_list(office)
    change_set = approved(office, a_proposal(kept, cut=True), a_proposal(changed, drop_materials=["map"]))
    publish(office, revise(office, changed, "新名称"))
    refused = refusal(lambda: adopt(office, change_set))
    assert (refused.code, refused.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "PROPOSAL_OUTDATED")
    assert refused.facts["matters"] == changed.name
    assert get(office, kept) == kept
    assert len(get(office, changed).elements.materials) == 3


def test_a_draft_that_is_being_prepared_stays_and_follows_after(office: Office) -> None:
    matter = on_the_list(office)
    revise(office, matter, "新名称")
    adopt(office, approved(office, a_proposal(matter, drop_materials=["map"])))
    draft, current, _ = versions(office, matter.name)
    assert (draft.state, draft.elements.display_name.zh) == (versions_pb2.VERSION_STATE_DRAFT, "新名称")
    assert len(current.elements.materials) == 2


def test_what_would_break_a_rule_of_publication_is_named_with_its_proposal(office: Office) -> None:
    fine, broken = on_the_list(office), on_the_list(office)
    short = a_proposal(broken, promised_limit={"value": 3, "unit": "TIME_UNIT_WORKING_DAY"})
    change_set = propose(office, a_proposal(fine, **LESS), short)
    assert refusal(lambda: submit(office, change_set)).violations == {"proposals[1].elements.steps": "STEPS_WITHIN_PROMISE"}
    assert read(office.editor, change_set).state == streamlining_pb2.CHANGE_SET_STATE_DRAFT


def test_an_adoption_that_is_asked_for_twice_happens_once(office: Office) -> None:
    matter = on_the_list(office)
    change_set = approved(office, a_proposal(matter, drop_materials=["map"]))
    adopted = adopt(office, change_set, request_id="adopt-twice")
    assert adopt(office, change_set, request_id="adopt-twice") == adopted
    assert get(office, matter).matter_version == 2
    assert refusal(lambda: adopt(office, change_set)).reason == "CHANGE_SET_NOT_IN_REVIEW"
    with acting_in(Scope(hall="440307")):
        (stored,) = ChangeSet.objects(id=change_set.name.rpartition("/")[2])
    assert [entry.type for entry in stored.outbox] == ["yimen.matters.v1.ChangeSetAdopted"]


def test_of_many_who_adopt_at_the_same_moment_one_succeeds(office: Office) -> None:
    matters = [on_the_list(office) for _ in range(3)]
    change_set = approved(office, *(a_proposal(matter, drop_materials=["map"]) for matter in matters))
    outcomes: list[str] = []

    def act() -> None:
        try:
            adopt(office, change_set)
            outcomes.append("adopted")
        except grpc.RpcError as error:
            outcomes.append(error.code().name)

    threads = [threading.Thread(target=act) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("adopted") == 1
    assert set(outcomes) <= {"adopted", "ABORTED", "FAILED_PRECONDITION"}
    assert [get(office, matter).matter_version for matter in matters] == [2, 2, 2]


def test_of_two_sets_with_matters_in_common_one_is_adopted_whole_and_the_other_not_at_all(office: Office) -> None:
    shared = [on_the_list(office) for _ in range(3)]
    own = [on_the_list(office) for _ in range(2)]
    sets = [
        approved(office, *(a_proposal(matter, drop_materials=["map"]) for matter in (*order, mine)))
        for order, mine in zip((shared, shared[::-1]), own, strict=True)
    ]
    outcomes: dict[str, str] = {}

    def act(change_set: streamlining_pb2.ChangeSet) -> None:
        try:
            outcomes[change_set.name] = streamlining_pb2.ChangeSetState.Name(adopt(office, change_set).state)
        except grpc.RpcError as error:
            outcomes[change_set.name] = error.code().name

    threads = [threading.Thread(target=act, args=[change_set]) for change_set in sets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won = [outcomes[change_set.name] == "CHANGE_SET_STATE_ADOPTED" for change_set in sets]
    assert sorted(won) == [False, True], outcomes
    assert [get(office, matter).matter_version for matter in shared] == [2, 2, 2]
    assert [get(office, matter).matter_version for matter in own] == [1 + one for one in won]
    loser = sets[won.index(False)]
    assert refusal(lambda: adopt(office, loser)).reason == "PROPOSAL_OUTDATED"


def test_nobody_changes_a_matter_while_a_set_holds_it(office: Office) -> None:
    matter = on_the_list(office)
    other = approved(office, a_proposal(matter, drop_materials=["map"]))
    with acting_in(Scope(hall="440307")):
        Matter.load(matter.name).hold(f"{DISTRICT}/changeSets/another", "first")
    for act in (lambda: revise(office, matter, "新名称"), lambda: adopt(office, other)):
        refused = refusal(act)
        assert (refused.code, refused.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "MATTER_HELD")
        assert refused.facts["change_set"] == f"{DISTRICT}/changeSets/another"
    assert read(office.editor, other).state == streamlining_pb2.CHANGE_SET_STATE_IN_REVIEW
    with acting_in(Scope(hall="440307")):
        held = Matter.load(matter.name)
        held.let_go().save_with()
    assert adopt(office, other).effect.materials == 1


@pytest.mark.parametrize("name", ["changeSets/nothing", "changeSets/a-b"])
def test_an_unknown_set_is_not_found(office: Office, name: str) -> None:
    refused = refusal(lambda: read(office.editor, streamlining_pb2.ChangeSet(name=f"{DISTRICT}/{name}")))
    assert refused.code == grpc.StatusCode.NOT_FOUND
