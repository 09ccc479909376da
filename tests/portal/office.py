"""The people of a case over gRPC: for what comes before and after the page that a test is about, and cases in every state."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import pymongo
from google.protobuf import json_format
from google.protobuf.struct_pb2 import Struct

from services.intake.rules import history as chain
from services.matters import data
from stack import Stack
from stack.actors import Actor, actor
from stack.calls import Grpc
from stack.journey import HALL, a_pdf, upload
from tests import senior_card
from yimen.intake.v1 import accepting_pb2, applying_pb2, cases_pb2, delivering_pb2, listing_pb2, reviewing_pb2
from yimen.matters.v1 import elements_pb2, matter_pb2, versions_pb2

# What may follow after acceptance.
LATER = "photo-receipt"


class Office:
    """The people of a case. What they say for a step is `said`, where a test says nothing else."""

    def __init__(self, platform: Stack, transport: Grpc) -> None:
        self._platform, self._transport = platform, transport
        self._people: dict[str, Actor] = {}

    def person(self, label: str) -> Actor:
        """Somebody, signed in."""
        if label not in self._people:
            self._people[label] = actor(self._platform, label, self._transport)
            self._people[label].sign_in()
        return self._people[label]

    def draft(
        self,
        label: str = "resident",
        *,
        matter: str = senior_card.MATTER,
        form: Mapping[str, str | int | bool] = senior_card.FORM,
        filename: str = "",
        organisation: str = "",
    ) -> cases_pb2.Case:
        """A draft, for a senior citizens' card, that is complete but for its signature."""
        person = self.person(label)
        case = cases_pb2.Case(matter=matter, organisation=organisation)
        case.form.update(form)
        made = person.intake.CreateCase(applying_pb2.CreateCaseRequest(parent=HALL, case=case))
        messages = list(upload(made.name, "identity-card", a_pdf("identity-card")))
        messages[0].filename = filename or messages[0].filename
        person.intake.UploadMaterial(iter(messages))
        return self.read(made.name, label)

    def submitted(self, label: str = "resident", draft: cases_pb2.Case | None = None) -> cases_pb2.Case:
        """One that was handed in."""
        person, draft = self.person(label), draft or self.draft(label)
        content = person.intake.GetSubmissionContent(applying_pb2.GetSubmissionContentRequest(name=draft.name))
        request = applying_pb2.SubmitCaseRequest(name=draft.name, etag=content.etag, signature=person.sign(content.content))
        return person.intake.SubmitCase(request)  # type: ignore[no-any-return]

    def returned(self, material: str = "identity-card", reason: str = "身份证照片不清楚") -> cases_pb2.Case:
        """One that has to be corrected."""
        return self.correct(self.submitted().name, {material: reason, "": "地址请写到门牌号"})

    def correct(self, name: str, reasons: Mapping[str, str]) -> cases_pb2.Case:
        """Asks for a correction: what is wrong, by material; "" for the form."""
        request = accepting_pb2.RequestCorrectionRequest(name=name)
        for material, reason in reasons.items():
            request.items.add(material=material, reason=reason)
        return self.person("clerk").intake.RequestCorrection(request)  # type: ignore[no-any-return]

    def refuse(self, name: str, said: str = "不属于本机关职权范围") -> cases_pb2.Case:
        """Refuses acceptance."""
        request = accepting_pb2.RefuseAcceptanceRequest(name=name, reason=said)
        return self.person("clerk").intake.RefuseAcceptance(request)  # type: ignore[no-any-return]

    def accepted(self, case: cases_pb2.Case | None = None) -> cases_pb2.Case:
        """One that was accepted."""
        name = (case or self.submitted()).name
        return self.person("clerk").intake.AcceptCase(accepting_pb2.AcceptCaseRequest(name=name))  # type: ignore[no-any-return]

    def reviewed(self, case: cases_pb2.Case | None = None) -> cases_pb2.Case:
        """One that the unit reviews."""
        name = (case or self.accepted()).name
        return self.person("approver").intake.StartReview(reviewing_pb2.StartReviewRequest(name=name))  # type: ignore[no-any-return]

    def suspended(self, case: cases_pb2.Case | None = None, said: str = "举行听证，约十个工作日") -> cases_pb2.Case:
        """One whose clock a hearing stops."""
        procedure = elements_pb2.SPECIAL_PROCEDURE_HEARING
        request = reviewing_pb2.SuspendCaseRequest(name=(case or self.reviewed()).name, procedure=procedure, reason=said)
        return self.person("approver").intake.SuspendCase(request)  # type: ignore[no-any-return]

    def resume(self, name: str, said: str = "") -> cases_pb2.Case:
        """Ends the special procedure."""
        return self.person("approver").intake.ResumeCase(  # type: ignore[no-any-return]
            reviewing_pb2.ResumeCaseRequest(name=name, result=said)
        )

    def extended(self, case: cases_pb2.Case | None = None, said: str = "案情复杂") -> cases_pb2.Case:
        """One whose limit the unit's head has extended."""
        request = reviewing_pb2.ExtendCaseRequest(name=(case or self.accepted()).name, working_days=5, reason=said)
        return self.person("head").intake.ExtendCase(request)  # type: ignore[no-any-return]

    def decided(self, case: cases_pb2.Case | None = None, reasons: Sequence[str] = ()) -> cases_pb2.Case:
        """One that was granted, after what was to follow came; refused where there are reasons."""
        case = case or self.reviewed()
        if not reasons and self._awaits(case, LATER):
            self.person("resident").intake.UploadMaterial(upload(case.name, LATER, a_pdf(LATER)))
        outcome = cases_pb2.OUTCOME_REFUSED if reasons else cases_pb2.OUTCOME_GRANTED
        request = reviewing_pb2.DecideCaseRequest(name=case.name, outcome=outcome, reasons=reasons)
        return self.person("approver").intake.DecideCase(request)  # type: ignore[no-any-return]

    def _awaits(self, case: cases_pb2.Case, material: str) -> bool:
        matter = self.person("resident").matters.GetMatter(matter_pb2.GetMatterRequest(name=case.matter))
        asked = any(one.id == material for one in matter.elements.materials)
        return asked and not any(file.material == material for file in self.read(case.name).materials)

    def completed(self) -> cases_pb2.Case:
        """One whose result can be collected."""
        return self.complete(self.accepted().name)

    def complete(self, name: str, number: str = "深龙民〔2026〕000001号") -> cases_pb2.Case:
        """Reviews, grants and completes an accepted case."""
        if self.read(name).state == cases_pb2.CASE_STATE_ACCEPTED:
            self.reviewed(self.read(name))
        if self.read(name).state == cases_pb2.CASE_STATE_IN_REVIEW:
            self.decided(self.read(name))
        request = delivering_pb2.CompleteCaseRequest(name=name, result_number=number)
        return self.person("approver").intake.CompleteCase(request)  # type: ignore[no-any-return]

    def delivered(self, case: cases_pb2.Case | None = None, receiver: str = "居民甲") -> cases_pb2.Case:
        """One whose result was handed over."""
        request = delivering_pb2.DeliverCaseRequest(name=(case or self.completed()).name, receiver=receiver)
        return self.person("clerk").intake.DeliverCase(request)  # type: ignore[no-any-return]

    def withdrawn(self, case: cases_pb2.Case | None = None, said: str = "") -> cases_pb2.Case:
        """One that its applicant took back."""
        request = applying_pb2.WithdrawCaseRequest(name=(case or self.submitted()).name, reason=said)
        return self.person("resident").intake.WithdrawCase(request)  # type: ignore[no-any-return]

    def terminated(self, case: cases_pb2.Case | None = None, said: str = "申请人死亡") -> cases_pb2.Case:
        """One that ended before its time."""
        request = reviewing_pb2.TerminateCaseRequest(name=(case or self.accepted()).name, reason=said)
        return self.person("clerk").intake.TerminateCase(request)  # type: ignore[no-any-return]

    def passed(self, case: cases_pb2.Case | None = None) -> cases_pb2.Case:
        """One whose pre-review was passed."""
        request = accepting_pb2.PassPreReviewRequest(name=(case or self.submitted()).name)
        return self.person("clerk").intake.PassPreReview(request)  # type: ignore[no-any-return]

    def read(self, name: str, label: str = "resident") -> cases_pb2.Case:
        """The case as somebody, its applicant where nobody is said, reads it now."""
        return self.person(label).intake.GetCase(listing_pb2.GetCaseRequest(name=name))  # type: ignore[no-any-return]

    def cases(self, label: str = "resident") -> list[cases_pb2.Case]:
        """The last hundred cases of a person."""
        person = self.person(label)
        return list(person.intake.ListCases(listing_pb2.ListCasesRequest(parent=person.name, page_size=100)).cases)

    def history(self, name: str) -> list[listing_pb2.HistoryEntry]:
        """Everything that was done to a case."""
        asked = listing_pb2.ListHistoryRequest(parent=name)
        return list(self.person("resident").intake.ListHistory(asked).entries)

    def notice(self, name: str, action: str) -> str:
        """The part of the address of the notice that an action led to."""
        return f"notices/{next(entry.sequence for entry in self.history(name) if entry.action == action)}"

    def matter(self, *objects: elements_pb2.ServiceObject.ValueType, form: dict[str, Any] | None = None) -> matter_pb2.Matter:
        """A published matter of its own, like the senior citizens' card; for these service objects, where some are named, and
        with this form (JSON Schema), where one is given."""
        request = next(one for one in data.matters() if f"{one.parent}/matters/{one.matter_id}" == senior_card.MATTER)
        request.matter_id = f"kayak-{secrets.token_hex(4)}"
        request.matter.elements.display_name.zh = f"皮划艇敬老卡{secrets.token_hex(2)}"
        # It is given codes of its own.
        elements = request.matter.elements
        elements.basic_code = elements.implementation_code = elements.guangdong_code = ""
        elements.gbt39046_basic_code = elements.gbt39046_implementation_code = ""
        elements.service_objects.extend(objects)
        if form:
            elements.form_schema.CopyFrom(json_format.ParseDict(form, Struct()))
        return self.publish(self.person("editor").matters.CreateMatter(request))

    def publish(self, matter: matter_pb2.Matter) -> matter_pb2.Matter:
        """Puts what is prepared of a matter in force."""
        editor = self.person("editor").matters
        editor.SubmitMatter(versions_pb2.SubmitMatterRequest(name=matter.name))
        return editor.PublishMatter(matter_pb2.PublishMatterRequest(name=matter.name))  # type: ignore[no-any-return]

    def age(self, name: str, days: int) -> None:
        """Moves what was done to a case some days back in the store: no test waits three weeks for a limit to end."""

        def earlier(entry: chain.Entry) -> None:
            entry["time"] = chain.instant(chain.time_of(entry) - timedelta(days=days))

        self._rewrite(name, earlier, chained=True)

    def forge(self, name: str) -> None:
        """Alters the history of a case in the store, past the services."""

        def other(entry: chain.Entry) -> None:
            entry["actor"] = "people/nobody"

        self._rewrite(name, other, chained=False)

    def _rewrite(self, name: str, change: Callable[[chain.Entry], None], *, chained: bool) -> None:
        _halls, hall, _cases, id_ = name.split("/")
        with pymongo.MongoClient(self._platform.env["MONGODB_URI"]) as store:  # type: ignore[var-annotated]
            cases = store["yimen_intake"]["cases"]
            kept = cases.find_one({"_id": id_, "hall": hall})
            assert kept, name
            entries = kept["history"]
            for entry in entries:
                change(entry)
            if chained:
                told, entries = entries, []
                for entry in told:
                    fresh = {key: value for key, value in entry.items() if key not in ("hash", "sequence")}
                    chain.append(entries, fresh, case=name)
            cases.update_one({"_id": kept["_id"]}, {"$set": {"history": entries}})


def path_of(case: cases_pb2.Case, part: str = "") -> str:
    """The address of a case's page."""
    _halls, hall, _cases, id_ = case.name.split("/")
    return f"/cases/{hall}/{id_}{f'/{part}' if part else ''}"


def work(case: cases_pb2.Case, part: str = "") -> str:
    """The address of a case's page for staff."""
    return f"/work{path_of(case, part)}"
