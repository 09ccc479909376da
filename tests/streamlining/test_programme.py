"""The reference programme through the service, set by set, and what becomes of the urban-renewal chain."""

from dataclasses import dataclass

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from tests.matters.conftest import DISTRICT, Office
from tests.matters.proposed import adopt, get, head, legal, review, submit
from tests.streamlining.conftest import Planned
from yimen.matters.v1 import matters_pb2, streamlining_pb2

LONGGANG = streamlining_pb2.Effect(
    matters_cut=121, matters_optimised=589, working_days=4379, conditions=30, materials=153, fees=18, prerequisites=9, steps=50
)
CHAIN = f"{DISTRICT}/chains/urban-renewal"


@dataclass
class Ran:
    """The chain before the programme, the adopted sets, and the chain after it."""

    before: streamlining_pb2.Chain
    sets: list[streamlining_pb2.ChangeSet]
    after: streamlining_pb2.Chain


def chain(office: Office, at: Timestamp | None = None) -> streamlining_pb2.Chain:
    found: streamlining_pb2.Chain = office.anyone.GetChain(streamlining_pb2.GetChainRequest(name=CHAIN, before_time=at))
    return found


@pytest.fixture(scope="module")
def ran(office: Office, whole: Planned) -> Ran:
    """Every set of the programme proposed, reviewed by its unit's head and the legal office, and adopted."""
    before = chain(office)
    adopted = []
    for planned in whole.sets:
        request = streamlining_pb2.CreateChangeSetRequest(parent=DISTRICT, change_set=planned)
        change_set = submit(office, office.editor.CreateChangeSet(request, timeout=60))
        (unit,) = change_set.units
        review(head(office, unit), change_set)
        adopted.append(adopt(office, review(legal(office), change_set)))
    return Ran(before, adopted, chain(office))


def test_the_programme_took_away_what_longgang_took_away(office: Office, ran: Ran) -> None:
    name = f"{DISTRICT}/programmes/2014/effect"
    assert office.anyone.GetProgrammeEffect(streamlining_pb2.GetProgrammeEffectRequest(name=name)) == LONGGANG
    assert LONGGANG.matters_cut + LONGGANG.matters_optimised == 710
    assert {one.state for one in ran.sets} == {streamlining_pb2.CHANGE_SET_STATE_ADOPTED}


def test_every_matter_of_the_programme_is_what_was_proposed(office: Office, ran: Ran) -> None:
    for proposal in (proposal for one in ran.sets for proposal in list(one.proposals)[::9]):
        matter = get(office, matters_pb2.Matter(name=proposal.matter))
        if proposal.cut:
            assert matter.state == matters_pb2.MATTER_STATE_CANCELLED
            continue
        assert (matter.state, matter.matter_version) == (matters_pb2.MATTER_STATE_PUBLISHED, 2)
        if proposal.promised_limit.unit:
            assert matter.elements.promised_limit == proposal.promised_limit
        assert not {material.id for material in matter.elements.materials} & set(proposal.drop_materials)


def test_the_urban_renewal_chain_went_from_955_working_days_to_586(ran: Ran) -> None:
    assert (ran.before.before.working_days, ran.before.after.working_days) == (955, 955)
    assert (ran.after.before.working_days, ran.after.after.working_days) == (955, 586)
    assert ran.after.display_name.zh == "城市更新项目审批"
    assert len(ran.after.before.links) == len(ran.after.after.links) == 30


def test_a_chain_as_it_stood_before_the_programme(office: Office, ran: Ran) -> None:
    assert chain(office, ran.sets[0].create_time).before.working_days == 955
    assert chain(office, ran.sets[-1].adopt_time).before.working_days == 586
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
