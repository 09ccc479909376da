"""Codes as the service gives and keeps them: generated where absent, issued once, never again."""

import threading

import grpc
import pytest

from services.matters.documents import ItemSeries
from services.matters.documents.series import NumbersUsedUp
from services.matters.rules import codes
from services.matters.rules.codes import EarlierCode, ImplementationCode
from tests.matters.builders import UNIT_CODE, a_code, a_matter, published
from tests.matters.conftest import DISTRICT, Office
from tests.serving import Refused, refusal
from yimen.matters.v1 import matter_pb2, versions_pb2

_WITHOUT = {"basic_code": "", "implementation_code": ""}


def submitted(office: Office, matter_id: str, matter: matter_pb2.Matter) -> matter_pb2.Matter:
    """A draft that has been handed in."""
    draft = office.editor.CreateMatter(matter_pb2.CreateMatterRequest(parent=DISTRICT, matter_id=matter_id, matter=matter))
    handed_in: matter_pb2.Matter = office.editor.SubmitMatter(versions_pb2.SubmitMatterRequest(name=draft.name))
    return handed_in


def cancel(office: Office, matter: matter_pb2.Matter) -> None:
    """Takes it off the list."""
    office.editor.CancelMatter(matter_pb2.CancelMatterRequest(name=matter.name, reason="并入其他事项"))


def test_what_has_no_codes_is_given_them_when_it_is_handed_in(office: Office) -> None:
    first = submitted(office, "coded-1", a_matter(**_WITHOUT)).elements
    second = submitted(office, "coded-2", a_matter(**_WITHOUT)).elements
    code = ImplementationCode.parse(first.implementation_code)
    assert code is not None
    assert (code.subject, code.level, str(code.basic)) == (UNIT_CODE, "4", first.basic_code)
    assert (code.basic.region, code.basic.matter_type, code.basic.sub_item) == ("44", "01", "000")
    assert EarlierCode.parse(first.gbt39046_implementation_code) == code.gbt39046()
    assert EarlierCode.parse(first.guangdong_code) == code.guangdong("440307")
    assert int(second.basic_code[4:9]) == int(code.basic.main_item) + 1 > codes.FIRST_OWN_ITEM


def test_a_code_that_is_there_stays(office: Office) -> None:
    stated = a_code(8601)
    elements = submitted(office, "coded-3", a_matter(**stated)).elements
    assert (elements.basic_code, elements.implementation_code) == tuple(stated.values())
    assert elements.gbt39046_basic_code == stated["basic_code"][2:]


def test_provenance_stays_when_codes_are_given(office: Office) -> None:
    matter = a_matter(**_WITHOUT)
    matter.provenance.add(field_path="*", source="清单")
    assert submitted(office, "coded-4", matter).provenance == matter.provenance


def test_what_does_not_say_whose_it_is_is_given_no_code(office: Office) -> None:
    nobody = a_matter(**_WITHOUT | {"unit": "units/440307-nobody"})
    refused = refusal(lambda: submitted(office, "coded-5", nobody))
    assert refused.violations["elements.unit"] == "UNIT_KNOWN"
    assert refused.violations["elements.implementation_code"] == "CODE_WELL_FORMED"


def test_no_two_live_matters_have_one_code(office: Office) -> None:
    live = published(office.editor, DISTRICT, "live-code", a_matter(**a_code(8602)))
    refused = refusal(lambda: submitted(office, "same-code", a_matter(**a_code(8602))))
    assert refused.violations == {"elements.implementation_code": "CODE_UNIQUE"}
    assert live.name in refused.zh


def test_the_code_of_a_cancelled_matter_is_never_used_again(office: Office) -> None:
    gone = published(office.editor, DISTRICT, "gone", a_matter(**a_code(8603)))
    cancel(office, gone)
    refused = refusal(lambda: submitted(office, "again", a_matter(**a_code(8603))))
    assert refused.violations == {"elements.implementation_code": "CODE_NEVER_REUSED"}
    assert gone.name in refused.zh
    assert "a code is never used again" in refused.en


@pytest.mark.parametrize("generation", ["gbt39046_implementation_code", "guangdong_code"])
def test_an_earlier_generations_code_of_another_matter_is_refused(office: Office, generation: str) -> None:
    code = str(ImplementationCode.parse(a_code(8604)["implementation_code"]).gbt39046())  # type: ignore[union-attr]
    other = a_matter(**a_code(8605) | {generation: code})
    refused = refusal(lambda: submitted(office, f"other-{generation.replace('_', '-')}", other))
    assert refused.violations == {f"elements.{generation}": "EARLIER_CODES_AGREE"}


def test_a_matter_keeps_the_code_that_it_had_before(office: Office) -> None:
    matter = published(office.editor, DISTRICT, "recoded", a_matter(**a_code(8640)))
    changed = a_matter(**a_code(8641)).elements
    office.editor.ReviseMatter(versions_pb2.ReviseMatterRequest(name=matter.name, elements=changed, reason="编码调整"))
    office.editor.SubmitMatter(versions_pb2.SubmitMatterRequest(name=matter.name))
    office.editor.PublishMatter(matter_pb2.PublishMatterRequest(name=matter.name))
    refused = refusal(lambda: submitted(office, "takes-the-old", a_matter(**a_code(8640))))
    assert refused.violations == {"elements.implementation_code": "CODE_UNIQUE"}


def test_of_two_who_publish_one_code_at_once_one_wins(office: Office) -> None:
    drafts = [submitted(office, f"racing-{n}", a_matter(**a_code(8650))) for n in (1, 2)]
    outcomes: list[str] = []

    def publish(draft: matter_pb2.Matter) -> None:
        try:
            office.editor.PublishMatter(matter_pb2.PublishMatterRequest(name=draft.name))
            outcomes.append("published")
        except grpc.RpcError as error:
            outcomes.append(error.code().name)

    threads = [threading.Thread(target=publish, args=(draft,)) for draft in drafts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Whoever comes a little later hears it from the rules, at the same moment from the store.
    assert sorted(outcomes) in (["ALREADY_EXISTS", "published"], ["INVALID_ARGUMENT", "published"])


def test_numbers_end_with_a_clear_error(office: Office) -> None:
    ItemSeries._get_collection().insert_one({"_id": "440307-08", "last": codes.LAST_ITEM - 1})
    assert ItemSeries.next_item("440307", "08") == "99999"
    with pytest.raises(NumbersUsedUp):
        ItemSeries.next_item("440307", "08")
    reward = a_matter(**_WITHOUT | {"matter_type": "MATTER_TYPE_REWARD"})
    refused: Refused = refusal(lambda: submitted(office, "coded-6", reward))
    assert (refused.code, refused.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "NUMBERS_USED_UP")


def test_of_sixteen_at_once_none_is_given_a_number_twice(office: Office) -> None:
    given: list[str] = []
    threads = [threading.Thread(target=lambda: given.append(ItemSeries.next_item("440307", "07"))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(given)) == 16
