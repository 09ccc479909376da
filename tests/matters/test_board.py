"""The board against plain Python: whatever halls say, each is answered as if every hall had been asked of every matter."""

from hypothesis import given, settings
from hypothesis import strategies as st

import tenants
from services.matters import board
from services.matters.board import Board, Entry, Shown, Spoken
from services.matters.rules import offers
from services.matters.rules.offers import Said, Standing
from tests.matters.builders import some_elements

HALLS = tenants.load()
DISTRICT, STREET = "440307", "440307003"
OTHER_STREET = next(hall.code for hall in HALLS.children(DISTRICT) if hall.code != STREET)
CODES = [DISTRICT, *(hall.code for street in (STREET, OTHER_STREET) for hall in HALLS.subtree(street)[:3])]

tiers = st.lists(st.integers(1, 3), unique=True, max_size=3).map(lambda found: tuple(sorted(found)))
areas = st.sampled_from([DISTRICT, STREET])
words = st.builds(Said, st.booleans(), st.booleans(), st.sampled_from([(), ("general-1",), ("no-such",)]))
terms = st.lists(st.tuples(areas, tiers, tiers), max_size=5)


def a_list(of: list[tuple[str, tuple[int, ...], tuple[int, ...]]]) -> Shown:
    """As many matters as there are terms."""
    return Shown(tuple(Entry(f"code{n}", f"m{n}", *each, b"") for n, each in enumerate(of)))


def asked_one_by_one(shown: Shown, said: dict[tuple[str, str], Said], code: str, subtree: bool) -> list[tuple[str, Standing]]:
    """The same by asking every hall of every matter."""
    found = []
    for entry in shown.entries:
        halls = HALLS.subtree(code) if subtree else [HALLS.get(code)]
        stand = [offers.standing(entry, hall, entry.area, said.get((entry.name, hall.code))) for hall in halls]
        together = Standing(any(s.handles for s in stand), any(s.accepts for s in stand), stand[0].counters, stand[0].own)
        if together.is_offered:
            found.append((entry.name, together))
    return found


@given(terms, st.dictionaries(st.tuples(st.sampled_from([f"m{n}" for n in range(5)]), st.sampled_from(CODES)), words))
@settings(max_examples=30)
def test_each_hall_is_answered_as_if_all_had_been_asked(
    of: list[tuple[str, tuple[int, ...], tuple[int, ...]]], said: dict[tuple[str, str], Said]
) -> None:
    shown, spoken = a_list(of), Spoken({}, {}, frozenset(hall for _, hall in said))
    for (matter, hall), word in said.items():
        spoken = Spoken({**spoken.words, matter: {**spoken.words.get(matter, {}), hall: word}}, {}, spoken.halls)
    for code in CODES:
        for subtree in (False, True):
            listed = board.listed(shown, spoken if said else None, HALLS, code, subtree)
            assert [(entry.name, standing) for entry, standing in listed] == asked_one_by_one(shown, said, code, subtree)


def test_the_board_follows_the_list_and_shows_what_is_committed() -> None:
    follower = Board(lambda district: {"units/440307-education": ("深圳市龙岗区教育局", district)})
    first, second = some_elements(implementation_code="2"), some_elements(implementation_code="1")
    follower.put("halls/440307/matters/a", first)
    follower.put("halls/440307/matters/b", second)
    assert DISTRICT not in follower._shown
    follower.commit()
    assert [entry.name[-1] for entry in follower._shown[DISTRICT].entries] == ["b", "a"]
    follower.drop("halls/440307/matters/b")
    follower.put("halls/440307/matters/a", some_elements(implementation_code="3"))
    follower.commit()
    (entry,) = follower._shown[DISTRICT].entries
    assert (entry.code, entry.area) == ("3", DISTRICT)
    follower.commit()
    assert follower._shown[DISTRICT].entries == (entry,)
