"""The reference programme through the service, set by set, and what becomes of the urban-renewal chain."""

from dataclasses import dataclass

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from services.chassis.caller import Post
from services.matters.streamlining import running
from services.matters.streamlining.rules.sharing import OutOfReach
from tests.matters.conftest import DISTRICT, Office
from tests.matters.proposed import get
from tests.streamlining.conftest import Planned
from yimen.matters.v1 import matter_pb2, streamlining_pb2

LONGGANG = streamlining_pb2.Effect(
    matters_cut=121, matters_optimised=589, working_days=4379, conditions=30, materials=153, fees=18, prerequisites=9, steps=50
)
CHAIN = f"{DISTRICT}/chains/urban-renewal"


@dataclass
class Ran:
    """The chain before the programme and after it, what it took away, its sets, and how far it was told to be."""

    before: streamlining_pb2.Chain
    after: streamlining_pb2.Chain
    effect: streamlining_pb2.Effect
    sets: list[streamlining_pb2.ChangeSet]
    heard: list[tuple[int, int]]


def chain(office: Office, at: Timestamp | None = None) -> streamlining_pb2.Chain:
    found: streamlining_pb2.Chain = office.anyone.GetChain(streamlining_pb2.GetChainRequest(name=CHAIN, before_time=at))
    return found


def run(office: Office, whole: Planned, heard: list[tuple[int, int]]) -> streamlining_pb2.Effect:
    def head(unit: str) -> str:
        return office.issuer.token("people/head", Post("HEAD", "440307", unit, covers_subtree=True))

    people = running.People(
        editor=office.issuer.token("people/editor", Post("EDITOR", "440307")),
        legal=office.issuer.token("people/legal", Post("LEGAL", "440307")),
        head=head,
    )
    return running.run(office.channel, people, lambda _: whole.sets, lambda done, of: heard.append((done, of)))


@pytest.fixture(scope="module")
def ran(office: Office, whole: Planned) -> Ran:
    """Every set of the programme proposed, reviewed by its unit's head and the legal office, and adopted."""
    before, heard = chain(office), list[tuple[int, int]]()
    effect = run(office, whole, heard)
    request = streamlining_pb2.ListChangeSetsRequest(parent=DISTRICT, page_size=100)
    listed = office.editor.ListChangeSets(request).change_sets
    sets = [office.editor.GetChangeSet(streamlining_pb2.GetChangeSetRequest(name=one.name)) for one in listed]
    return Ran(before, chain(office), effect, sets, heard)


def test_the_programme_took_away_what_longgang_took_away(office: Office, whole: Planned, ran: Ran) -> None:
    assert ran.effect == LONGGANG
    assert LONGGANG.matters_cut + LONGGANG.matters_optimised == 710
    assert {one.state for one in ran.sets} == {streamlining_pb2.CHANGE_SET_STATE_ADOPTED}
    assert ran.heard == [(done, len(whole.sets)) for done in range(len(whole.sets) + 1)]


def test_a_programme_that_was_run_is_not_run_again(office: Office, whole: Planned, ran: Ran) -> None:
    assert run(office, whole, []) == ran.effect
    request = streamlining_pb2.ListChangeSetsRequest(parent=DISTRICT, page_size=100)
    assert len(office.editor.ListChangeSets(request).change_sets) == len(ran.sets)


def test_a_list_that_is_not_whole_has_no_programme(office: Office) -> None:
    with pytest.raises(OutOfReach):
        running.planned(office.channel)


def test_every_matter_of_the_programme_is_what_was_proposed(office: Office, ran: Ran) -> None:
    for proposal in (proposal for one in ran.sets for proposal in list(one.proposals)[::9]):
        matter = get(office, matter_pb2.Matter(name=proposal.matter))
        if proposal.cut:
            assert matter.state == matter_pb2.MATTER_STATE_CANCELLED
            continue
        assert (matter.state, matter.matter_version) == (matter_pb2.MATTER_STATE_PUBLISHED, 2)
        if proposal.promised_limit.unit:
            assert matter.elements.promised_limit == proposal.promised_limit
        assert not {material.id for material in matter.elements.materials} & set(proposal.drop_materials)


def test_the_urban_renewal_chain_went_from_955_working_days_to_586(ran: Ran) -> None:
    assert (ran.before.before.working_days, ran.before.after.working_days) == (955, 955)
    assert (ran.after.before.working_days, ran.after.after.working_days) == (955, 586)
    assert ran.after.display_name.zh == "城市更新项目审批"
    assert len(ran.after.before.links) == len(ran.after.after.links) == 30


def test_a_chain_as_it_stood_before_the_programme(office: Office, ran: Ran) -> None:
    assert chain(office, ran.sets[-1].create_time).before.working_days == 955
    assert chain(office, ran.sets[0].update_time).before.working_days == 586
    assert not chain(office, Timestamp(seconds=1)).before.links


def test_what_is_critical_follows_without_a_gap_from_start_to_end(ran: Ran) -> None:
    for path in (ran.after.before, ran.after.after):
        by_name = {link.matter: link for link in path.links}
        for link in path.links:
            assert all(by_name[earlier].finish <= link.start for earlier in link.after)
        (last,) = (link for link in path.links if link.finish == path.working_days)
        assert last.critical
        while last.start:
            last = next(by_name[n] for n in last.after if by_name[n].critical and by_name[n].finish == last.start)
        assert list(path.links) == sorted(path.links, key=lambda link: link.start)


def test_the_chain_is_drawn_before_and_after_in_both_languages(ran: Ran) -> None:
    for path, words in ((ran.after.before, ("首次发布时", "as first published")), (ran.after.after, ("现行", "as it is now"))):
        for svg, word in zip((path.svg_zh, path.svg_en), words, strict=True):
            assert svg.startswith("<svg")
            assert word in svg
            assert str(path.working_days) in svg
