"""CreateCase and SubmitCase under load: what lies between the two (form, materials, signature) is done but not timed."""

import base64
import json
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import grpc
from google.protobuf import json_format
from google.protobuf.struct_pb2 import Struct

from bench.load import Call, Json, Seen, channels
from stack.actors import Actor, actor
from stack.calls import Grpc
from stack.journey import FORM, HALL, MATERIALS, MATTER, a_pdf, eventually, upload
from stack.platform import Stack
from yimen.intake.v1 import applying_pb2, cases_pb2, events_pb2, intake_pb2_grpc, listing_pb2
from yimen.notification.v1 import notification_pb2

# Told the step and, for each worker, its calls.
Target = Callable[[str, list[list[Call]]], None]


class Submissions:
    """Applications of one resident, whose U-key signs each."""

    def __init__(self, stack: Stack, workers: int) -> None:
        self._stack = stack
        self._workers = workers
        self._resident: Actor = actor(stack, "resident", Grpc(grpc.insecure_channel(stack.address("gateway"))))
        self._submitted: list[str] = []

    def straight(self, number: int, target: Target) -> None:
        """`number` applications of each worker, over gRPC to the service's own port."""
        self._over_grpc(self._stack.address("intake"), number, target)

    def through_gateway(self, number: int, target: Target) -> None:
        """The same through the public port."""
        self._over_grpc(self._stack.address("gateway"), number, target)

    def as_json(self, number: int, target: Target) -> None:
        """The same as JSON."""
        self._resident.sign_in()
        clients = [Json(self._stack.address("gateway"), self._resident.headers()) for _ in range(self._workers)]
        names: list[str] = []

        def create(client: Json) -> None:
            body = json.dumps({"matter": MATTER}).encode()
            reply = client("POST", f"/v1/{HALL}/cases?request_id={secrets.token_hex(8)}", body)
            names.append(json.loads(reply)["name"])

        def submit(client: Json, name: str, signature: bytes) -> None:
            body = {"signature": base64.b64encode(signature).decode(), "request_id": secrets.token_hex(8)}
            client("POST", f"/v1/{name}:submit", json.dumps(body).encode())

        target("CreateCase", [[partial(create, client)] * number for client in clients])
        target("SubmitCase", self._submissions(names, [partial(submit, client) for client in clients]))

    def _over_grpc(self, address: str, number: int, target: Target) -> None:
        self._resident.sign_in()
        metadata = tuple(self._resident.headers().items())
        stubs = [intake_pb2_grpc.IntakeServiceStub(channel) for channel in channels(address, self._workers)]
        names: list[str] = []

        def create(stub: intake_pb2_grpc.IntakeServiceStub) -> None:
            request = applying_pb2.CreateCaseRequest(
                parent=HALL, case=cases_pb2.Case(matter=MATTER), request_id=secrets.token_hex(8)
            )
            names.append(stub.CreateCase(request, metadata=metadata, timeout=20).name)

        def submit(stub: intake_pb2_grpc.IntakeServiceStub, name: str, signature: bytes) -> None:
            request = applying_pb2.SubmitCaseRequest(name=name, signature=signature, request_id=secrets.token_hex(8))
            stub.SubmitCase(request, metadata=metadata, timeout=20)

        target("CreateCase", [[partial(create, stub)] * number for stub in stubs])
        target("SubmitCase", self._submissions(names, [partial(submit, stub) for stub in stubs]))

    def _submissions(self, names: list[str], submit: Sequence[Callable[[str, bytes], None]]) -> list[list[Call]]:
        """For each worker its share of the cases, ready to be submitted."""
        with ThreadPoolExecutor(4) as threads:
            signatures = list(threads.map(self._prepare, names))
        self._submitted += names
        cases = list(zip(names, signatures, strict=True))
        return [[partial(send, *case) for case in cases[worker :: self._workers]] for worker, send in enumerate(submit)]

    def _prepare(self, name: str) -> bytes:
        """Fills and signs a draft; its signature."""
        intake = self._resident.intake
        form = json_format.ParseDict(FORM, Struct())
        intake.UpdateCase(applying_pb2.UpdateCaseRequest(case=cases_pb2.Case(name=name, form=form)))
        for material in MATERIALS:
            intake.UploadMaterial(upload(name, material, a_pdf(material)))
        content = intake.GetSubmissionContent(applying_pb2.GetSubmissionContentRequest(name=name)).content
        return self._resident.sign(content)

    def publish_to_notified(self) -> Seen:
        """From each submission's transition to its notice in the inbox, in seconds, by the platform's own clock."""
        wanted = set(self._submitted)
        notices = eventually(lambda: self._notices(wanted), f"{len(wanted)} notices", limit=120)
        seen = Seen(seconds=1.0)
        for case, notice in notices.items():
            entries = self._resident.intake.ListHistory(listing_pb2.ListHistoryRequest(parent=case)).entries
            (submitted,) = (entry for entry in entries if entry.to == cases_pb2.CASE_STATE_SUBMITTED)
            seen.latencies.append((notice.create_time.ToDatetime() - submitted.time.ToDatetime()).total_seconds())
        return seen

    def _notices(self, wanted: set[str]) -> dict[str, notification_pb2.Notice]:
        """The notices of all wanted cases by case; empty while one is missing."""
        found: dict[str, notification_pb2.Notice] = {}
        request = notification_pb2.ListNoticesRequest(parent=self._resident.name, page_size=100)
        while True:
            page = self._resident.notification.ListNotices(request)
            submitted = events_pb2.CaseSubmitted.DESCRIPTOR.full_name
            found |= {n.subject: n for n in page.notices if n.event_type == submitted and n.subject in wanted}
            if not page.next_page_token:
                return found if found.keys() == wanted else {}
            request.page_token = page.next_page_token
