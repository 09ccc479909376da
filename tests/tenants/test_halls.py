"""The reference deployment: 1 + 8 + 109 halls, and what is asked of them."""

import time
from collections import Counter

import pytest

import tenants
from tenants import Tier

HALLS = tenants.load()

COMMUNITIES_BY_STREET = {
    "平湖街道": 12, "坪地街道": 9, "南湾街道": 14, "坂田街道": 10,
    "布吉街道": 24, "龙城街道": 13, "龙岗街道": 12, "横岗街道": 15,
}  # fmt: skip


def test_there_are_one_district_eight_streets_and_109_communities() -> None:
    assert Counter(hall.tier for hall in HALLS) == {Tier.DISTRICT: 1, Tier.STREET: 8, Tier.COMMUNITY: 109}


def test_each_street_has_its_communities() -> None:
    counted = {street.name.zh: len(HALLS.children(street.code)) for street in HALLS.children("440307")}
    assert counted == COMMUNITIES_BY_STREET


def test_a_hall_above_is_the_beginning_of_the_code() -> None:
    for hall in HALLS:
        assert [above.code for above in HALLS.ancestors(hall.code)] == [
            hall.code[:digits] for digits in (6, 9) if digits < len(hall.code)
        ]


def test_a_subtree_is_every_hall_whose_code_begins_with_the_codes_own() -> None:
    for hall in HALLS:
        assert HALLS.subtree(hall.code) == [other for other in HALLS if other.code.startswith(hall.code)]


def test_two_communities_called_fenghuang_are_two_halls_with_two_signs() -> None:
    namesakes = [hall for hall in HALLS if hall.name.zh == "凤凰社区"]
    assert [hall.code for hall in namesakes] == ["440307003012", "440307014014"]
    assert [hall.display_name.zh for hall in namesakes] == [
        "龙岗区平湖街道凤凰社区政务服务大厅",
        "龙岗区布吉街道凤凰社区政务服务大厅",
    ]


def test_no_two_signs_are_the_same_in_either_language() -> None:
    signs = [hall.display_name for hall in HALLS]
    assert len({sign.zh for sign in signs}) == len({sign.en for sign in signs}) == 118


def test_every_hall_opens_has_counters_a_telephone_and_an_address_that_is_marked_as_a_placeholder() -> None:
    for hall in HALLS:
        assert hall.opening_hours
        assert hall.counters
        assert hall.telephone
        assert hall.address_is_placeholder
        assert "待核" in hall.address


def test_a_hall_handles_its_own_tier_and_accepts_for_the_others() -> None:
    for hall in HALLS:
        assert [tier for tier in Tier if hall.handles(tier)] == [hall.tier]
        assert all(hall.accepts(tier) for tier in Tier)


def test_a_residents_committee_belongs_to_one_community() -> None:
    committees = [code for hall in HALLS for code in hall.committees]
    assert len(committees) == len(set(committees)) == 117
    assert all(min(hall.committees) == hall.code for hall in HALLS if hall.tier is Tier.COMMUNITY)


@pytest.mark.parametrize("code", ["", "440308", "440307003001", "44030", "halls/440307", "龙岗区"])
def test_a_code_that_no_hall_has_is_unknown(code: str) -> None:
    for ask in (HALLS.get, HALLS.children, HALLS.subtree, HALLS.ancestors):
        with pytest.raises(tenants.HallUnknown):
            ask(code)
    assert code not in HALLS


def test_all_halls_load_in_150_ms_and_their_fingerprint_in_10() -> None:
    def best_of_five(ask: object) -> float:
        def once() -> float:
            began = time.perf_counter()
            ask()  # type: ignore[operator]
            return time.perf_counter() - began

        return min(once() for _ in range(5))

    assert best_of_five(tenants.load) < 0.150
    assert best_of_five(tenants.fingerprint) < 0.010
