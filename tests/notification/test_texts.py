"""What people are told of each fact."""

import re

import pytest
from google.protobuf.message import Message

from services.notification import texts
from yimen.intake.v1 import events_pb2 as intake
from yimen.intake.v1.cases_pb2 import CorrectionItem

FACTS = intake.CaseFacts(
    case="halls/440307003001/cases/c1",
    number="440307-1",
    applicant="people/lin",
    matter_display_name="高龄老人津贴",
)
SAMPLES: list[Message] = [
    intake.CaseSubmitted(facts=FACTS, submission=1),
    intake.CaseSubmitted(facts=FACTS, submission=2),
    intake.CasePreReviewed(facts=FACTS),
    intake.CorrectionRequested(facts=FACTS, items=[CorrectionItem(reason="照片不清晰"), CorrectionItem(reason="缺少签名")]),
    intake.CaseNotAccepted(facts=FACTS, reason="不属于本单位职权"),
    intake.CaseAccepted(facts=FACTS, due_date="2014-12-08"),
    intake.CaseAccepted(facts=FACTS),
    intake.CaseReviewStarted(facts=FACTS),
    intake.CaseSuspended(facts=FACTS, procedure="EXPERT_REVIEW", reason="专家评审"),
    intake.CaseResumed(facts=FACTS, due_date="2014-12-10"),
    intake.CaseExtended(facts=FACTS, working_days=5, reason="情况复杂", due_date="2014-12-15"),
    intake.CaseDecided(facts=FACTS, granted=True),
    intake.CaseDecided(facts=FACTS, reasons=["不符合第三条", "材料不实"]),
    intake.CaseCompleted(facts=FACTS, result="准予行政许可决定书"),
    intake.CaseDelivered(facts=FACTS),
    intake.CaseRated(facts=FACTS, stars=5),
    intake.CaseWithdrawn(facts=FACTS),
    intake.CaseTerminated(facts=FACTS, reason="申请人死亡"),
]


def test_something_is_said_of_every_fact_about_a_case() -> None:
    facts = {m.full_name for m in intake.DESCRIPTOR.message_types_by_name.values()} - {"yimen.intake.v1.CaseFacts"}
    assert {event.DESCRIPTOR.full_name for event in texts.SPOKEN} == facts == {s.DESCRIPTOR.full_name for s in SAMPLES}


@pytest.mark.parametrize("event", SAMPLES, ids=lambda event: type(event).__name__)
def test_every_text_names_the_case_in_both_languages_and_is_whole(event: Message) -> None:
    spoken = texts.say(event)
    for words in (spoken.zh, spoken.en):
        assert "440307-1" in words.body
        assert "高龄老人津贴" in words.body
        assert not re.search(r"[{}]|  |None", words.title + words.body)
        assert "\n" not in words.title
    assert not re.search(r"[a-z]{3}", spoken.zh.title + spoken.zh.body)
    assert not re.search(r"[\u4e00-\u9fff]", spoken.en.title)


def test_the_reasons_of_a_refusal_and_the_remedies_are_told() -> None:
    refused = texts.say(SAMPLES[12])
    assert "1. 不符合第三条\n2. 材料不实" in refused.zh.body
    assert "行政复议" in refused.zh.body
    assert refused.zh.title == "不予决定"


def test_all_corrections_are_told_at_once() -> None:
    assert "1. 照片不清晰\n2. 缺少签名" in texts.say(SAMPLES[3]).zh.body


def test_a_draft_that_is_withdrawn_has_no_number_to_name() -> None:
    facts = intake.CaseFacts(matter_display_name="高龄老人津贴")
    assert texts.say(intake.CaseWithdrawn(facts=facts)).zh.body == "您的“高龄老人津贴”已按您的要求撤回。"


def test_what_people_wrote_is_text_and_no_template() -> None:
    event = intake.CaseTerminated(facts=FACTS, reason="{{ 7 * 7 }} <b>&")
    assert "{{ 7 * 7 }} <b>&" in texts.say(event).zh.body
