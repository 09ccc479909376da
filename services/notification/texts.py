"""What people are told of each fact about a case, in Chinese and in English.

The templates see the event as `event` and its facts as `case`. They carry no personal number: events have none.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache, partial

from babel import Locale, dates
from google.protobuf.message import Message
from jinja2 import Environment, StrictUndefined, Template

from yimen.intake.v1 import events_pb2 as intake

_jinja = Environment(undefined=StrictUndefined, autoescape=False)  # noqa: S701 - plain text
_LOCALES = {"zh": Locale.parse("zh_CN"), "en": Locale.parse("en_GB")}


def _day(said: str, pattern: str, language: str) -> str:
    """A date YYYY-MM-DD as a language writes it."""
    return str(dates.format_date(date.fromisoformat(said), pattern, locale=_LOCALES[language]))


_jinja.filters["day_zh"] = partial(_day, pattern="y年M月d日", language="zh")
_jinja.filters["day_en"] = partial(_day, pattern="d MMMM y", language="en")


@dataclass(frozen=True)
class Words:
    """A title and a body in one language."""

    title: str
    body: str


@dataclass(frozen=True)
class Spoken:
    """A fact in both languages."""

    zh: Words
    en: Words


# A draft that is withdrawn has no number.
_CASE_ZH = "“{{ case.matter_display_name }}”{% if case.number %}（办件编号 {{ case.number }}）{% endif %}"
_CASE_EN = "{{ case.matter_display_name }}{% if case.number %} (case {{ case.number }}){% endif %}"
_DUE_ZH = "{% if event.due_date %}承诺于{{ event.due_date | day_zh }}前（含当日）办结。{% endif %}"
_DUE_EN = "{% if event.due_date %} A decision is promised by {{ event.due_date | day_en }}.{% endif %}"
_REASONS_ZH = "{% for reason in event.reasons %}\n{{ loop.index }}. {{ reason }}{% endfor %}"

SPOKEN: dict[type[Message], Spoken] = {
    intake.CaseSubmitted: Spoken(
        Words(
            "申请已提交",
            "您{% if event.submission > 1 %}补正后重新{% endif %}提交的" + _CASE_ZH + "已收到，将先进行预审。",
        ),
        Words(
            "Application submitted",
            "Your {% if event.submission > 1 %}corrected {% endif %}application for "
            + _CASE_EN
            + " has been received. It will be pre-reviewed next.",
        ),
    ),
    intake.CasePreReviewed: Spoken(
        Words("预审通过", "您的" + _CASE_ZH + "已通过预审，等待窗口受理。"),
        Words("Pre-review passed", "Your application for " + _CASE_EN + " passed pre-review and awaits acceptance."),
    ),
    intake.CorrectionRequested: Spoken(
        Words(
            "请补正材料",
            "您的" + _CASE_ZH + "需要一次性补正以下内容：{% for item in event.items %}\n"
            "{{ loop.index }}. {{ item.reason }}{% endfor %}\n请补正后重新提交。",
        ),
        Words(
            "Please correct your application",
            "Your application for "
            + _CASE_EN
            + " needs the following corrections, which are all there are:{% for item in event.items %}\n"
            "{{ loop.index }}. {{ item.reason }}{% endfor %}\nPlease correct them and submit again.",
        ),
    ),
    intake.CaseNotAccepted: Spoken(
        Words("不予受理", "您的" + _CASE_ZH + "不予受理。理由：{{ event.reason }}"),
        Words("Not accepted", "Your application for " + _CASE_EN + " was not accepted. Reason: {{ event.reason }}"),
    ),
    intake.CaseAccepted: Spoken(
        Words(
            "申请已受理",
            "您的" + _CASE_ZH + "已受理。" + _DUE_ZH,
        ),
        Words(
            "Application accepted",
            "Your application for " + _CASE_EN + " has been accepted." + _DUE_EN,
        ),
    ),
    intake.CaseReviewStarted: Spoken(
        Words("开始审查", "您的" + _CASE_ZH + "已由承办单位开始审查。"),
        Words("Review started", "The unit in charge has begun to review " + _CASE_EN + "."),
    ),
    intake.CaseSuspended: Spoken(
        Words(
            "进入特别程序",
            "您的" + _CASE_ZH + "进入特别程序，期间不计入办理时限。{% if event.reason %}原因：{{ event.reason }}{% endif %}",
        ),
        Words(
            "Special procedure",
            _CASE_EN
            + " has entered a special procedure, during which its time limit does not run."
            + "{% if event.reason %} Reason: {{ event.reason }}{% endif %}",
        ),
    ),
    intake.CaseResumed: Spoken(
        Words(
            "恢复办理",
            "您的" + _CASE_ZH + "特别程序已结束，恢复办理。" + _DUE_ZH,
        ),
        Words(
            "Handling resumed",
            "The special procedure of " + _CASE_EN + " has ended." + _DUE_EN,
        ),
    ),
    intake.CaseExtended: Spoken(
        Words(
            "办理时限延长",
            "您的"
            + _CASE_ZH
            + "经批准延长办理时限 {{ event.working_days }} 个工作日。理由：{{ event.reason }}"
            + "{% if event.due_date %}\n新的办结日期：{{ event.due_date | day_zh }}。{% endif %}",
        ),
        Words(
            "Time limit extended",
            "The time limit of "
            + _CASE_EN
            + " has been extended by {{ event.working_days }} working days. Reason: {{ event.reason }}"
            + "{% if event.due_date %}\nThe new last day is {{ event.due_date | day_en }}.{% endif %}",
        ),
    ),
    intake.CaseDecided: Spoken(
        Words(
            "{% if event.granted %}准予决定{% else %}不予决定{% endif %}",
            "您的"
            + _CASE_ZH
            + "已作出决定：{% if event.granted %}准予。{% else %}不予批准。理由："
            + _REASONS_ZH
            + "\n如不服本决定，可依法申请行政复议或者提起行政诉讼。{% endif %}",
        ),
        Words(
            "{% if event.granted %}Granted{% else %}Refused{% endif %}",
            "Your application for "
            + _CASE_EN
            + " has been {% if event.granted %}granted.{% else %}refused. Reasons:"
            + _REASONS_ZH
            + "\nYou may apply for administrative reconsideration or bring an administrative action.{% endif %}",
        ),
    ),
    intake.CaseCompleted: Spoken(
        Words(
            "办件已办结",
            "您的" + _CASE_ZH + "已办结。{% if event.result %}结果：{{ event.result }}，请到窗口领取。{% endif %}",
        ),
        Words(
            "Case completed",
            _CASE_EN + " is completed.{% if event.result %} Please collect at the counter: {{ event.result }}.{% endif %}",
        ),
    ),
    intake.CaseDelivered: Spoken(
        Words("结果已送达", "您的" + _CASE_ZH + "办理结果已送达。欢迎对本次服务作出评价。"),
        Words("Result delivered", "The result of " + _CASE_EN + " has been delivered. You are welcome to rate it."),
    ),
    intake.CaseRated: Spoken(
        Words("感谢评价", "您对" + _CASE_ZH + "的评价（{{ event.stars }} 星）已收到，感谢您的意见。"),
        Words("Thank you for rating", "Your rating of " + _CASE_EN + " ({{ event.stars }} of 5) has been received."),
    ),
    intake.CaseWithdrawn: Spoken(
        Words("申请已撤回", "您的" + _CASE_ZH + "已按您的要求撤回。"),
        Words("Application withdrawn", "Your application for " + _CASE_EN + " has been withdrawn as you asked."),
    ),
    intake.CaseTerminated: Spoken(
        Words("办理终止", "您的" + _CASE_ZH + "已终止办理。原因：{{ event.reason }}"),
        Words("Case terminated", _CASE_EN + " has been terminated. Reason: {{ event.reason }}"),
    ),
}


def say(event: Message) -> Spoken:
    """What a person is told of an event; KeyError for a type that nothing is said of."""
    spoken = SPOKEN[type(event)]
    return Spoken(_filled(spoken.zh, event), _filled(spoken.en, event))


def _filled(words: Words, event: Message) -> Words:
    facts = {"event": event, "case": event.facts}  # type: ignore[attr-defined]
    return Words(_template(words.title).render(facts), _template(words.body).render(facts))


@cache
def _template(source: str) -> Template:
    return _jinja.from_string(source)
