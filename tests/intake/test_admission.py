"""Whether a case can be opened."""

from typing import Any

import pytest

from services.intake.rules import admission, require_open
from tests.intake.builders import a_matter

HALL = "440307003002"


def open_there(terms: Any = None, organisation: str = "", *, is_taken: bool = True) -> None:
    require_open(terms or a_matter(), hall=HALL, is_taken=is_taken, organisation=organisation)


def test_a_hall_that_does_not_take_the_matter_refuses_it() -> None:
    open_there()
    with pytest.raises(admission.HallDoesNotAccept) as refused:
        open_there(is_taken=False)
    assert HALL in refused.value.message("zh")


def test_a_matter_for_organisations_is_not_open_to_a_person() -> None:
    with pytest.raises(admission.ApplicantNotServed) as refused:
        open_there(a_matter(service_objects=[2, 3]))
    assert "个人" in refused.value.message("zh")
    open_there(a_matter(service_objects=[2, 3]), "organisations/o1")


def test_a_matter_for_persons_is_not_open_to_an_organisation() -> None:
    with pytest.raises(admission.ApplicantNotServed):
        open_there(a_matter(service_objects=[1]), "organisations/o1")
