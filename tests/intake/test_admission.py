"""Whether a case can be opened."""

from typing import Any

import pytest

from services.intake.rules import admission, require_open
from tests.intake.builders import a_matter

MATTER = "halls/440307/matters/old-age-allowance"


class AHall:
    """A community's hall that takes what its own tier and the district handle."""

    def __init__(self, code: str = "440307003002", tier: str = "community", accepts: tuple[str, ...] = ("district",)) -> None:
        self.code, self.tier, self._accepts = code, tier, accepts

    def accepts(self, tier: str) -> bool:
        return tier in self._accepts


def open_at(hall: AHall, terms: Any = None, organisation: str = "") -> None:
    require_open(terms or a_matter(), matter=MATTER, hall=hall, organisation=organisation)


def test_a_hall_takes_what_its_tier_may_accept_for_the_tier_that_handles_it() -> None:
    open_at(AHall())


@pytest.mark.parametrize(
    ("hall", "terms"),
    [
        (AHall(), a_matter(accepted_at=[1])),
        (AHall(accepts=("community",)), a_matter()),
        (AHall(code="440306003002"), a_matter()),
    ],
    ids=["a tier that the matter does not name", "a hall that takes nothing for the district", "another district's hall"],
)
def test_a_hall_refuses_what_it_does_not_take(hall: AHall, terms: Any) -> None:
    with pytest.raises(admission.HallDoesNotAccept):
        open_at(hall, terms)


def test_a_matter_for_organisations_is_not_open_to_a_person() -> None:
    with pytest.raises(admission.ApplicantNotServed) as refused:
        open_at(AHall(), a_matter(service_objects=[2, 3]))
    assert "个人" in refused.value.message("zh")
    open_at(AHall(), a_matter(service_objects=[2, 3]), "organisations/o1")


def test_a_matter_for_persons_is_not_open_to_an_organisation() -> None:
    with pytest.raises(admission.ApplicantNotServed):
        open_at(AHall(), a_matter(service_objects=[1]), "organisations/o1")
