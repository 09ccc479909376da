"""The journey of one application, from the search for the matter to the rating, as the people of a community take it.

Each step is an API call of one person. `make demo` prints the steps as they come, tests play them over gRPC and JSON.
"""

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from google.api import httpbody_pb2
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Struct

from stack.actors import Actor
from stack.mail import Mail
from yimen.intake.v1 import accepting_pb2, applying_pb2, cases_pb2, delivering_pb2, events_pb2, listing_pb2, reviewing_pb2
from yimen.matters.v1 import matter_pb2, search_pb2
from yimen.notification.v1 import notification_pb2

DISTRICT = "halls/440307"
HALL = "halls/440307003002"
MATTER = "halls/440307/matters/old-age-allowance"
EMAIL = "resident@example.com"
FORM: dict[str, str | int | bool] = {
    "mobile": "13800000000",
    "address": "深圳市龙岗区龙城街道良安田社区",
    "age": 82,
    "household": "longgang",
    "bank": "示例银行龙岗支行",
    "account_holder": "居民甲",
    "payee": "card",
    "declaration": True,
}
MATERIALS = ("application-form", "identity-card", "household-register", "bank-account")
# Bytes of a file in one message of an upload.
PIECE = 64 * 1024
# Seconds that a notice may take from the broker to the inbox and the mail server on a busy machine.
NOTICE_LIMIT = 30.0


@dataclass(frozen=True)
class Step:
    """What was done: by whom, what, what came of it, and the trace to look it up by."""

    who: str
    what: str
    outcome: str
    trace_id: str
    milliseconds: float


class NothingCame(Exception):
    """Something that another step should have led to did not come in time."""


@dataclass
class Journey:
    """One application by `resident`, taken by `clerk` of the hall and decided by `approver` of the unit."""

    resident: Actor
    clerk: Actor
    approver: Actor
    mail: Mail
    case: cases_pb2.Case = field(default_factory=cases_pb2.Case)
    history: list[listing_pb2.HistoryEntry] = field(default_factory=list)
    taken: list[Step] = field(default_factory=list)
    _began: float = 0.0

    def steps(self) -> Iterator[Step]:
        """Takes every step, one each time the next is asked for."""
        for part in (self._application, self._acceptance, self._decision, self._collection):
            for step in part():
                self.taken.append(step)
                yield step

    def _application(self) -> Iterator[Step]:
        resident = self.resident
        self._start()
        found = resident.matters.SearchMatters(search_pb2.SearchMattersRequest(parent=DISTRICT, query="老人津贴")).results
        names = [matter.matter for matter in found]
        _hold(MATTER in names, f"the search found {names}")
        yield self._step(resident, "搜索事项“老人津贴”", f"{len(found)} 个事项，第一个：{found[0].display_name.zh}")

        self._start()
        matter = resident.matters.GetMatter(matter_pb2.GetMatterRequest(name=MATTER))
        limit = matter.elements.promised_limit.value
        yield self._step(resident, "阅读办事指南", f"承诺 {limit} 个工作日，材料 {len(matter.elements.materials)} 份")

        self._start()
        resident.sign_in()
        yield self._step(resident, "用银行U盾登录", resident.name)

        self._start()
        channels = notification_pb2.Channels(
            name=f"{resident.name}/channels", language=notification_pb2.LANGUAGE_ZH, email=EMAIL
        )
        resident.notification.UpdateChannels(notification_pb2.UpdateChannelsRequest(channels=channels))
        yield self._step(resident, "设定通知方式", "站内信、电子邮件")

        self._start()
        draft = cases_pb2.Case(matter=MATTER)
        self.case = resident.intake.CreateCase(
            applying_pb2.CreateCaseRequest(parent=HALL, case=draft, request_id=secrets.token_hex(8))
        )
        yield self._step(resident, "创建办件草稿", self.case.name)

        self._start()
        form = Struct()
        form.update(FORM)
        self.case = resident.intake.UpdateCase(
            applying_pb2.UpdateCaseRequest(case=cases_pb2.Case(name=self.case.name, form=form, etag=self.case.etag))
        )
        yield self._step(resident, "填写申请表", f"{len(FORM)} 项")

        for material in MATERIALS:
            self._start()
            uploaded = resident.intake.UploadMaterial(upload(self.case.name, material, a_pdf(material)))
            yield self._step(resident, f"上传材料 {material}", f"{uploaded.media_type}，{uploaded.size} 字节")

        self._start()
        content = resident.intake.GetSubmissionContent(applying_pb2.GetSubmissionContentRequest(name=self.case.name))
        signature = resident.sign(content.content)
        # The uploads changed the case: it is handed in as it was when its content was read.
        self.case.etag = content.etag
        yield self._step(resident, "用U盾签名申请", f"SHA-256 {content.sha256[:16]}…，CMS {len(signature)} 字节")

        self._start()
        self.case = resident.intake.SubmitCase(self._on(applying_pb2.SubmitCaseRequest(signature=signature)))
        yield self._step(resident, "提交申请", f"办件编号 {self.case.number}")

    def _acceptance(self) -> Iterator[Step]:
        clerk = self.clerk
        self._start()
        clerk.sign_in()
        yield self._step(clerk, "用U盾登录", "")

        self._start()
        states = [cases_pb2.CASE_STATE_SUBMITTED]
        self._find_in(clerk, listing_pb2.ListCasesRequest(parent=HALL, states=states, page_size=100))
        yield self._step(clerk, "打开大厅待办", "办件在列")

        self._start()
        self.case = clerk.intake.PassPreReview(self._on(accepting_pb2.PassPreReviewRequest()))
        yield self._step(clerk, "预审通过", "")

        self._start()
        self.case = clerk.intake.AcceptCase(self._on(accepting_pb2.AcceptCaseRequest()))
        yield self._step(clerk, "受理", f"受理日为第 0 日，应于 {self.case.clock.due_date} 前办结")

        yield self._told(events_pb2.CaseAccepted, "收到受理通知")

    def _decision(self) -> Iterator[Step]:
        approver = self.approver
        self._start()
        approver.sign_in()
        yield self._step(approver, "用U盾登录", "")

        self._start()
        states = [cases_pb2.CASE_STATE_ACCEPTED]
        self._find_in(approver, listing_pb2.ListCasesRequest(parent=self.case.unit, states=states, page_size=100))
        yield self._step(approver, "打开单位待办", "办件在列")

        self._start()
        self.case = approver.intake.StartReview(self._on(reviewing_pb2.StartReviewRequest()))
        yield self._step(approver, "开始审查", "")

        self._start()
        granted = reviewing_pb2.DecideCaseRequest(outcome=cases_pb2.OUTCOME_GRANTED)
        self.case = approver.intake.DecideCase(self._on(granted))
        clock = self.case.clock
        yield self._step(approver, "准予", f"用时 {clock.used_days} / {clock.promised_days} 个工作日")

        self._start()
        number = f"深龙民津〔{self.case.clock.accept_date[:4]}〕{self.case.number[-6:]}号"
        self.case = approver.intake.CompleteCase(self._on(delivering_pb2.CompleteCaseRequest(result_number=number)))
        yield self._step(approver, "办结", f"结果 {self.case.result_number}")

    def _collection(self) -> Iterator[Step]:
        yield self._told(events_pb2.CaseCompleted, "收到办结通知")

        self._start()
        deliver = delivering_pb2.DeliverCaseRequest(receiver=self.resident.display_name)
        self.case = self.clerk.intake.DeliverCase(self._on(deliver))
        yield self._step(self.clerk, "窗口送达", f"签收人 {self.resident.display_name}")

        self._start()
        rate = delivering_pb2.RateCaseRequest(stars=5, comment="家门口就办好了")
        self.case = self.resident.intake.RateCase(self._on(rate))
        yield self._step(self.resident, "评价", "★" * self.case.ratings[-1].stars)

        self._start()
        entries = self.resident.intake.ListHistory(listing_pb2.ListHistoryRequest(parent=self.case.name)).entries
        self.history = list(entries)
        verdict = self.resident.intake.VerifyHistory(listing_pb2.VerifyHistoryRequest(name=self.case.name))
        _hold(verdict.intact, f"entry {verdict.first_wrong_sequence} of the history was altered")
        yield self._step(self.resident, "核对办件历史", f"{len(self.history)} 条记录，哈希链完整")

    def _told(self, event: type[Message], what: str) -> Step:
        """The resident has heard of the event in the inbox and by mail."""
        self._start()
        wanted = event.DESCRIPTOR.full_name
        request = notification_pb2.ListNoticesRequest(parent=self.resident.name)

        def notice() -> notification_pb2.Notice | None:
            notices = self.resident.notification.ListNotices(request).notices
            return next((each for each in notices if (each.event_type, each.subject) == (wanted, self.case.name)), None)

        came = eventually(notice, f"a notice of {wanted}")
        title = came.title.zh
        eventually(lambda: any(title in str(mail["Subject"]) for mail in self.mail.messages(EMAIL)), f"mail “{title}”")
        return self._step(self.resident, what, f"站内信和邮件：{title}")

    def _find_in(self, actor: Actor, request: listing_pb2.ListCasesRequest) -> None:
        page = actor.intake.ListCases(request)
        while self.case.name not in [case.name for case in page.cases]:
            _hold(page.next_page_token != "", f"{self.case.name} is not among the cases of {request.parent}")
            request.page_token = page.next_page_token
            page = actor.intake.ListCases(request)

    def _on(self, request: Any) -> Any:
        """The request for this case as it was last read, with an id that makes a repetition safe."""
        request.name, request.etag, request.request_id = self.case.name, self.case.etag, secrets.token_hex(8)
        return request

    def _start(self) -> None:
        self._began = time.monotonic()

    def _step(self, actor: Actor, what: str, outcome: str) -> Step:
        return Step(actor.display_name, what, outcome, actor.trace_id, (time.monotonic() - self._began) * 1000)


def upload(case: str, material: str, content: bytes, request_id: str = "") -> Iterator[applying_pb2.UploadMaterialRequest]:
    """The messages of an upload: the first names the material, each carries a piece of the file."""
    pieces = [content[at : at + PIECE] for at in range(0, len(content), PIECE)]
    for number, piece in enumerate(pieces):
        request = applying_pb2.UploadMaterialRequest(content=httpbody_pb2.HttpBody(content_type="application/pdf", data=piece))
        if number == 0:
            request.parent, request.material, request.filename = case, material, f"{material}.pdf"
            request.request_id, request.size = request_id, len(content)
        yield request


def a_pdf(title: str) -> bytes:
    """A small PDF of one empty page, different for each title (ISO 32000-1)."""
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
        f"<< /Title ({title}) >>",
    ]
    body, offsets = "%PDF-1.4\n", []
    for number, text in enumerate(objects, start=1):
        offsets.append(len(body))
        body += f"{number} 0 obj\n{text}\nendobj\n"
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    trailer = f"trailer\n<< /Size {size} /Root 1 0 R /Info 4 0 R >>\nstartxref\n{len(body)}\n%%EOF\n"
    return f"{body}xref\n0 {size}\n0000000000 65535 f \n{table}{trailer}".encode()


def eventually(fact: Callable[[], Any], what: str, limit: float = NOTICE_LIMIT) -> Any:
    """What `fact` returns once it is something; NothingCame when it is not within the limit in seconds."""
    deadline = time.monotonic() + limit
    while not (found := fact()):
        if time.monotonic() > deadline:
            raise NothingCame(f"{what} did not come within {limit:.0f} s")
        time.sleep(0.2)
    return found


def _hold(fact: bool, otherwise: str) -> None:
    if not fact:
        raise NothingCame(otherwise)
