"""The conventions that are worth having, held: contracts, scopes, events, tenants, folders."""

import ast
import functools
import importlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mongoengine
import pytest
import yaml
from google.api import annotations_pb2
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor

import tenants
from services.chassis import documents, events, workers
from services.chassis.access import Access
from services.chassis.clients import Clients
from services.chassis.documents import HallDocument, Resource, ScopeMissing
from services.chassis.server import Service
from services.chassis.settings import Settings
from stack import keys

ROOT = Path(__file__).parents[1]
SERVICES = sorted(
    folder.parent.name for folder in (ROOT / "protos/yimen").glob("*/v1") if (ROOT / "services" / folder.parent.name).is_dir()
)
WITH_WORKERS = sorted(path.parent.name for path in (ROOT / "services").glob("*/worker.py"))
# RPCs that neither make nor move a resource, or that are safe to repeat by what they say: no request_id.
REPEATABLE = {
    "CreateChallenge",
    "SignIn",
    "RefreshSession",
    "SignOut",
    "VerifySignature",
    "ReadNotice",
    "UpdateChannels",
    "DeleteMaterial",
    "LookUpCase",
    "RunImport",
    "ReplayDeadLetter",
}


def descriptor(service: str) -> ServiceDescriptor:
    module = importlib.import_module(f"yimen.{service}.v1.{service}_pb2")
    (found,) = module.DESCRIPTOR.services_by_name.values()
    return found  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def wired(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Service]]:
    """Wires a service as its process does; no store, broker or other service is there, and none is asked."""
    folder = tmp_path_factory.mktemp("wiring")
    keys.ensure(folder)
    settings = Settings(addresses=dict.fromkeys(SERVICES, "127.0.0.1:1"), keys=folder, trust=folder)

    @functools.cache
    def wire(service: str) -> Service:
        documents.connect(settings, service)
        wired: Service = importlib.import_module(f"services.{service}.__main__").service(Clients(settings), settings)
        return wired

    yield wire
    for service in SERVICES:
        mongoengine.disconnect(service)


def rpcs() -> list[Any]:
    return [pytest.param(method, id=method.full_name) for service in SERVICES for method in descriptor(service).methods]


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from (path for path in (ROOT / folder).rglob("*.py") if "gen" not in path.parts)


def test_the_services_of_the_design_are_there() -> None:
    assert {"identity", "matters", "intake", "notification", "halls"} <= set(SERVICES)


@pytest.mark.parametrize("method", rpcs())
def test_every_rpc_declares_who_may_call_it(method: MethodDescriptor) -> None:
    assert Access.of(method)


@pytest.mark.parametrize("method", rpcs())
def test_every_rpc_has_an_http_rule(method: MethodDescriptor) -> None:
    assert method.GetOptions().Extensions[annotations_pb2.http].WhichOneof("pattern")


@pytest.mark.parametrize("method", rpcs())
def test_every_change_can_be_repeated_safely(method: MethodDescriptor) -> None:
    reads = method.GetOptions().Extensions[annotations_pb2.http].WhichOneof("pattern") == "get"
    assert reads or method.name in REPEATABLE or "request_id" in method.input_type.fields_by_name


@pytest.mark.parametrize("method", rpcs())
def test_every_list_has_pages(method: MethodDescriptor) -> None:
    whole = {"ListEndedSessions", "ListHistory"}
    if method.name.startswith("List") and method.name not in whole:
        assert {"page_size", "page_token"} <= set(method.input_type.fields_by_name)
        assert "next_page_token" in method.output_type.fields_by_name


@pytest.mark.parametrize("service", SERVICES)
def test_every_rpc_is_implemented(service: str, wired: Callable[[str], Service]) -> None:
    base = getattr(importlib.import_module(f"yimen.{service}.v1.{service}_pb2_grpc"), f"{service.title()}ServiceServicer")
    servicer = type(wired(service).servicer)
    missing = [m.name for m in descriptor(service).methods if getattr(servicer, m.name) is getattr(base, m.name)]
    assert not missing


@pytest.mark.parametrize("service", SERVICES)
def test_no_document_of_a_hall_is_readable_without_a_scope(service: str, wired: Callable[[str], Service]) -> None:
    for document in wired(service).documents:
        if issubclass(document, HallDocument):
            with pytest.raises(ScopeMissing):
                document.objects.first()


@pytest.mark.parametrize("service", SERVICES)
def test_documents_live_in_their_own_services_database(service: str, wired: Callable[[str], Service]) -> None:
    for document in wired(service).documents:
        assert issubclass(document, Resource)
        assert document._meta["db_alias"] == service
        assert document.__module__.startswith(f"services.{service}.")


def heard() -> list[Any]:
    return [
        pytest.param(event, id=f"{hearing.queue}:{events.full_name(event)}")
        for service in WITH_WORKERS
        for hearing in workers.hearings(service)
        for event in hearing.events
    ]


@pytest.mark.parametrize("event", heard())
def test_every_event_that_is_heard_has_a_publisher(event: Any) -> None:
    publisher = events.full_name(event).split(".")[1]
    text = "".join(path.read_text() for path in sources(f"services/{publisher}"))
    assert re.search(rf"\b{event.DESCRIPTOR.name}\(", text)


@pytest.mark.parametrize("service", [s for s in SERVICES if (ROOT / f"protos/yimen/{s}/v1/events.proto").exists()])
def test_every_declared_event_is_published(service: str) -> None:
    module = importlib.import_module(f"yimen.{service}.v1.events_pb2")
    text = "".join(path.read_text() for path in sources(f"services/{service}"))
    parts = {
        field.message_type.name
        for m in module.DESCRIPTOR.message_types_by_name.values()
        for field in m.fields
        if field.message_type
    }
    unused = [
        name for name in module.DESCRIPTOR.message_types_by_name if name not in parts and not re.search(rf"\b{name}\b", text)
    ]
    assert not unused


def test_no_event_name_is_typed_as_a_string() -> None:
    names = re.compile(r"^yimen\.\w+\.v\d+\.[A-Z]\w+$")
    for path in sources("services", "stack", "gateway"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not names.match(node.value), f"{path}:{node.lineno}"


def test_no_code_names_a_hall() -> None:
    code = re.compile(r"\b440307(\d{3}){0,2}\b")
    for path in sources("services", "gateway"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Compare | ast.Match):
                assert not code.search(ast.unparse(node)), f"{path}:{node.lineno}"


def test_the_states_of_the_rules_are_the_states_of_the_contract() -> None:
    from services.intake import rules as intake
    from services.matters import rules as matters
    from services.matters.streamlining import rules as streamlining
    from yimen.intake.v1 import cases_pb2
    from yimen.matters.v1 import matter_pb2, streamlining_pb2, versions_pb2

    for states, enum, prefix in (
        (intake.State, cases_pb2.CaseState, "CASE_STATE_"),
        (matters.State, matter_pb2.MatterState, "MATTER_STATE_"),
        (matters.VersionState, versions_pb2.VersionState, "VERSION_STATE_"),
        (streamlining.State, streamlining_pb2.ChangeSetState, "CHANGE_SET_STATE_"),
        (streamlining.Kind, streamlining_pb2.ReviewerKind, "REVIEWER_KIND_"),
    ):
        values = {name.removeprefix(prefix): value for name, value in enum.items()}
        assert {state.name: state.value for state in states} == {n: v for n, v in values.items() if n != "UNSPECIFIED"}


def test_one_district_eight_streets_and_109_communities_resolve() -> None:
    tiers = [hall.tier for hall in tenants.load(ROOT / "tenants")]
    assert [tiers.count(tier) for tier in tenants.Tier] == [1, 8, 109]


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_its_kubernetes_folder_and_its_page(service: str) -> None:
    kustomization = ROOT / "k8s/base" / service / "kustomization.yaml"
    assert yaml.safe_load(kustomization.read_text())["kind"] in {"Kustomization", "Component"}
    assert (ROOT / f"docs/{service}.md").read_text().strip()


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_says_what_it_owns(service: str) -> None:
    assert (importlib.import_module(f"services.{service}").__doc__ or "").strip()


def test_files_stay_short() -> None:
    long = {
        str(path.relative_to(ROOT)): n
        for path in sources("services", "gateway", "tenants", "stack", "tests", "bench")
        if (n := path.read_text().count("\n")) > 430
    }
    assert not long
