"""What a resident does on the pages, for the tests: signs in through the U-key's own window, applies, signs."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import FilePayload, Page, expect

from stack import Stack, ukey
from stack.actors import Actor, actor
from stack.calls import Grpc
from stack.journey import HALL, a_pdf, upload
from yimen.intake.v1 import intake_pb2

# A matter with a form of every usual kind of question and four materials; one with a single material.
ALLOWANCE = "/apply/440307/old-age-allowance?hall=440307003002"
CARD = "halls/440307/matters/senior-card"
CARD_FORM: dict[str, str | int | bool] = {
    "mobile": "13800000000",
    "address": "深圳市龙岗区",
    "age": 70,
    "photo_receipt": "R-0001",
    "declaration": True,
}
# What may follow after acceptance.
LATER = "photo-receipt"
START = "#start"


def through_the_window(page: Page, label: str, pin: str = ukey.FIRST_PIN) -> Page:
    """Presses the page's button and answers in the agent's window; returns the window."""
    with page.expect_popup() as opened:
        page.locator(START).click()
    window = opened.value
    enter(window, label, pin)
    return window


def enter(window: Page, label: str, pin: str) -> None:
    """Chooses a U-key and enters a PIN in the agent's window."""
    window.locator("select[name=token]").select_option(label)
    window.locator("input[name=pin]").fill(pin)
    window.get_by_role("button", name="确定 OK").click()


def fill_allowance(page: Page, **other: str) -> None:
    """Answers the form of the old-age allowance."""
    typed = {
        "mobile": "13800000000",
        "address": "龙城街道良安田社区",
        "age": "82",
        "bank": "示例银行龙岗支行",
        "account_holder": "居民甲",
    }
    for name, value in {**typed, **other}.items():
        page.fill(f"[name='{name}']", value)
    page.check("input[name=household][value=longgang]")
    page.check("input[name=payee][value=card]")
    page.check("input[name=declaration]")


def go_on(page: Page) -> None:
    """Presses the form's visible button to the next page."""
    page.locator("button[name=go][value=next]:visible").last.click()


def put_file(page: Page, material: str, content: bytes | None = None, name: str = "") -> None:
    """Uploads a file to a material on the page of the materials."""
    row = page.locator(f"#m-{material}")
    file = FilePayload(name=name or f"{material}.pdf", mimeType="application/pdf", buffer=content or a_pdf(material))
    row.locator("input[type=file]").set_input_files(file)
    row.get_by_role("button", name=re.compile("^上传|^Upload")).click()


def put_files(page: Page, *materials: str) -> None:
    """The same for several, each until the page has it."""
    for material in materials:
        put_file(page, material)
        expect(page.locator(f"#m-{material} .files li")).to_have_count(1)


def case_of(page: Page) -> str:
    """The name of the case whose page this is."""
    found = re.search(r"/cases/(\d+)/([a-z0-9-]+)", page.url)
    assert found, page.url
    return f"halls/{found[1]}/cases/{found[2]}"


class Office:
    """The people of a case over gRPC: for what comes before and after the page that a test is about."""

    def __init__(self, platform: Stack, transport: Grpc) -> None:
        self._platform, self._transport = platform, transport
        self._people: dict[str, Actor] = {}

    def person(self, label: str) -> Actor:
        """Somebody, signed in."""
        if label not in self._people:
            self._people[label] = actor(self._platform, label, self._transport)
            self._people[label].sign_in()
        return self._people[label]

    def draft(self, label: str = "resident") -> intake_pb2.Case:
        """A draft for a senior citizens' card that is complete but for its signature."""
        person = self.person(label)
        case = intake_pb2.Case(matter=CARD)
        case.form.update(CARD_FORM)
        made = person.intake.CreateCase(intake_pb2.CreateCaseRequest(parent=HALL, case=case))
        person.intake.UploadMaterial(upload(made.name, "identity-card", a_pdf("identity-card")))
        return self.read(made.name, label)

    def submitted(self, label: str = "resident") -> intake_pb2.Case:
        """One that was handed in."""
        person, draft = self.person(label), self.draft(label)
        content = person.intake.GetSubmissionContent(intake_pb2.GetSubmissionContentRequest(name=draft.name))
        # The browser's driver keeps an event loop in this thread, and the U-key needs one of its own.
        with ThreadPoolExecutor(1) as elsewhere:
            signature = elsewhere.submit(person.sign, content.content).result()
        request = intake_pb2.SubmitCaseRequest(name=draft.name, etag=content.etag, signature=signature)
        return person.intake.SubmitCase(request)  # type: ignore[no-any-return]

    def returned(self, material: str = "identity-card", reason: str = "身份证照片不清楚") -> intake_pb2.Case:
        """One that has to be corrected."""
        case = self.submitted()
        items = [{"material": material, "reason": reason}, {"material": "", "reason": "地址请写到门牌号"}]
        request = intake_pb2.RequestCorrectionRequest(name=case.name)
        for item in items:
            request.items.add(**item)
        return self.person("clerk").intake.RequestCorrection(request)  # type: ignore[no-any-return]

    def accepted(self) -> intake_pb2.Case:
        """One that was accepted."""
        case = self.submitted()
        return self.person("clerk").intake.AcceptCase(intake_pb2.AcceptCaseRequest(name=case.name))  # type: ignore[no-any-return]

    def completed(self) -> intake_pb2.Case:
        """One whose result can be collected."""
        case = self.accepted()
        self.person("resident").intake.UploadMaterial(upload(case.name, LATER, a_pdf(LATER)))
        return self.complete(case.name)

    def complete(self, name: str) -> intake_pb2.Case:
        """Reviews, grants and completes an accepted case."""
        approver = self.person("approver").intake
        approver.StartReview(intake_pb2.StartReviewRequest(name=name))
        approver.DecideCase(intake_pb2.DecideCaseRequest(name=name, outcome=intake_pb2.OUTCOME_GRANTED))
        return approver.CompleteCase(  # type: ignore[no-any-return]
            intake_pb2.CompleteCaseRequest(name=name, result_number="深龙民〔2026〕000001号")
        )

    def read(self, name: str, label: str = "resident") -> intake_pb2.Case:
        """The case as its applicant reads it now."""
        return self.person(label).intake.GetCase(intake_pb2.GetCaseRequest(name=name))  # type: ignore[no-any-return]

    def cases(self, label: str = "resident") -> list[intake_pb2.Case]:
        """The last hundred cases of a person."""
        person = self.person(label)
        return list(person.intake.ListCases(intake_pb2.ListCasesRequest(parent=person.name, page_size=100)).cases)


def path_of(case: intake_pb2.Case, part: str = "") -> str:
    """The address of a case's page."""
    _halls, hall, _cases, id_ = case.name.split("/")
    return f"/cases/{hall}/{id_}{f'/{part}' if part else ''}"


@contextmanager
def no_token(platform: Stack) -> Iterator[None]:
    """The platform's machine while no U-key is plugged in."""
    folder = Path(platform.env["YIMEN_UKEY"]) / "tokens"
    away = folder.with_name("pulled-out")
    folder.rename(away)
    try:
        folder.mkdir()
        yield
    finally:
        folder.rmdir()
        away.rename(folder)
