"""People, posts and organisations: who may make them, who sees them, and what is kept of a personal number."""

import json
import subprocess
import sys
from functools import partial
from pathlib import Path

import grpc
import jwt
import pytest
from cryptography.exceptions import InvalidTag

from services.chassis import audit, caller
from services.identity.documents import Organisation, Person, Post
from services.identity.load import load
from services.identity.rules import numbers
from services.identity.sealing import Vault, vault
from stack.ukey import DemoPerson, people, person
from tests.identity.conftest import RESIDENT_IDS, Desk, a_post, refused_and_nothing_changed
from tests.serving import As, refusal
from yimen.identity.v1 import events_pb2, people_pb2, sessions_pb2

CIVIL_AFFAIRS = "units/440307-civil-affairs"


def registration(resident_id: str, name: str = "居民甲", request_id: str = "") -> people_pb2.RegisterPersonRequest:
    return people_pb2.RegisterPersonRequest(display_name=name, resident_id=resident_id, request_id=request_id)


def an_organisation(code: str = "914403001922038216") -> people_pb2.CreateOrganisationRequest:
    return people_pb2.CreateOrganisationRequest(organisation=people_pb2.Organisation(display_name="某公司", code=code))


def get(name: str) -> people_pb2.GetPersonRequest:
    return people_pb2.GetPersonRequest(name=name)


def test_who_is_registered_beforehand_is_who_signs_in_later(desk: Desk) -> None:
    registered = desk.an_operator().RegisterPerson(registration(person("head").resident_id, "单位负责人甲"))
    assert desk.sign_in(desk.a_ukey("head")).person == registered


def test_a_name_that_was_mistyped_is_the_certificates_from_the_sign_in_on(desk: Desk) -> None:
    mistyped = desk.an_operator().RegisterPerson(registration(person("chief-representative").resident_id, "首席代袁甲"))
    signed_in = desk.sign_in(desk.a_ukey("chief-representative")).person
    assert (signed_in.name, signed_in.display_name) == (mistyped.name, person("chief-representative").name)


def test_registering_twice_is_registering_once(desk: Desk) -> None:
    operator, number = desk.an_operator(), person("editor").resident_id
    first = operator.RegisterPerson(registration(number, request_id="r1"))
    assert operator.RegisterPerson(registration(number, request_id="r1")) == first
    assert operator.RegisterPerson(registration(number, request_id="r2")) == first
    assert operator.RegisterPerson(registration(number.lower())) == first
    # Whoever has a number reads a name by it.
    read = [r for r in audit.records_of("identity").objects(hall="440307") if r.subject == first.name]
    assert {(r.rpc, r.role) for r in read} == {("RegisterPerson", "OPERATOR")}


@pytest.mark.parametrize(
    ("resident_id", "zh"),
    [
        ("440300180001010228", "校验码"),
        ("44030018000101", "18 位"),
        ("44030018000101ABCD", "字符"),
        ("110105194902300020", "出生日期"),
    ],
)
def test_a_bad_resident_id_is_refused(desk: Desk, resident_id: str, zh: str) -> None:
    operator = desk.an_operator()
    call = lambda: operator.RegisterPerson(registration(resident_id))  # noqa: E731
    refused = refused_and_nothing_changed(desk, call, grpc.StatusCode.INVALID_ARGUMENT, "BAD_RESIDENT_ID")
    assert refused.violations == {"resident_id": "resident_id"}
    assert zh in refused.zh
    assert resident_id not in json.dumps([refused.zh, refused.en, refused.facts])


def test_only_an_operator_registers_people(desk: Desk) -> None:
    resident = desk.by(desk.sign_in(desk.a_ukey()))
    call = lambda: resident.RegisterPerson(registration(RESIDENT_IDS[0]))  # noqa: E731
    refused_and_nothing_changed(desk, call, grpc.StatusCode.PERMISSION_DENIED, "ROLE_MISSING")
    call = lambda: desk.anyone().RegisterPerson(registration(RESIDENT_IDS[0]))  # noqa: E731
    refused_and_nothing_changed(desk, call, grpc.StatusCode.UNAUTHENTICATED, "NOT_SIGNED_IN")


def test_the_store_has_no_personal_number(desk: Desk) -> None:
    session = desk.sign_in(desk.a_ukey())
    stored = Person._get_collection().find_one({"_id": session.person.name.removeprefix("people/")})
    assert stored is not None
    assert RESIDENT_IDS[0] not in repr(stored)
    assert RESIDENT_IDS[0].encode() not in bytes(stored["resident_sealed"])
    assert vault().open(bytes(stored["resident_sealed"]), stored["_id"]) == RESIDENT_IDS[0]


def test_a_sealed_number_opens_for_its_owner_alone(tmp_path: Path) -> None:
    (tmp_path / "pii.key").write_text("11" * 32)
    kept = Vault(tmp_path / "pii.key")
    sealed = kept.seal(RESIDENT_IDS[0], "a")
    assert kept.open(sealed, "a") == RESIDENT_IDS[0]
    with pytest.raises(InvalidTag):
        kept.open(sealed, "b")
    with pytest.raises(InvalidTag):
        kept.open(sealed[:-1] + bytes([sealed[-1] ^ 1]), "a")
    assert kept.seal(RESIDENT_IDS[0], "a") != sealed


def test_a_replaced_key_still_opens_and_finds_what_the_old_one_sealed(tmp_path: Path) -> None:
    file = tmp_path / "pii.key"
    file.write_text("11" * 32)
    old = Vault(file)
    sealed = old.seal(RESIDENT_IDS[0], "a")
    file.write_text("22" * 32 + "\n" + "11" * 32)
    new = Vault(file)
    assert new.open(sealed, "a") == RESIDENT_IDS[0]
    assert new.index(RESIDENT_IDS[0]) == old.index(RESIDENT_IDS[0])
    with pytest.raises(KeyError):
        old.open(new.seal(RESIDENT_IDS[0], "a"), "a")


@pytest.mark.parametrize("text", ["", "abc", "11" * 31, "not hexadecimal"])
def test_a_broken_key_file_is_an_error_at_start(tmp_path: Path, text: str) -> None:
    (tmp_path / "pii.key").write_text(text)
    with pytest.raises(ValueError, match=r"hexadecimal|characters"):
        Vault(tmp_path / "pii.key")


def test_a_person_sees_themselves_and_nobody_else(desk: Desk) -> None:
    one, other = desk.sign_in(desk.a_ukey()), desk.sign_in(desk.a_ukey("resident-b"))
    assert desk.by(one).GetPerson(get(one.person.name)) == one.person
    call = lambda: desk.by(one).GetPerson(get(other.person.name))  # noqa: E731
    refused_and_nothing_changed(desk, call, grpc.StatusCode.PERMISSION_DENIED, "NOT_YOURS")


def test_a_clerk_sees_a_person_masked_and_leaves_a_record(desk: Desk) -> None:
    resident = desk.sign_in(desk.a_ukey()).person
    clerk_person = desk.sign_in(desk.a_ukey("clerk")).person
    desk.an_operator().CreatePost(a_post(clerk_person.name))
    clerk = desk.by(desk.sign_in(desk.a_ukey("clerk")))
    assert clerk.GetPerson(get(resident.name)).resident_id_masked == numbers.masked(RESIDENT_IDS[0])
    records = [r for r in audit.records_of("identity").objects(hall="440307003002") if r.reader == clerk_person.name]
    assert [(r.subject, r.rpc, r.role) for r in records] == [(resident.name, "GetPerson", "CLERK")]


def test_a_post_is_created_listed_and_ended_with_its_holders_sessions(desk: Desk) -> None:
    operator = desk.an_operator()
    session = desk.sign_in(desk.a_ukey("approver"))
    post = operator.CreatePost(
        a_post(session.person.name, "440307", role="ROLE_APPROVER", unit=CIVIL_AFFAIRS, covers_subtree=True)
    )
    listed = operator.ListPosts(people_pb2.ListPostsRequest(parent="halls/440307")).posts
    assert post in listed
    assert desk.sign_in(desk.a_ukey("approver")).posts == [post]
    ended = operator.EndPost(people_pb2.EndPostRequest(name=post.name))
    assert ended.HasField("end_time")
    assert not desk.sign_in(desk.a_ukey("approver")).posts
    again = lambda: desk.anyone().RefreshSession(sessions_pb2.RefreshSessionRequest(refresh_token=session.refresh_token))  # noqa: E731
    assert refusal(again).reason == "SESSION_ENDED"
    call = lambda: operator.EndPost(people_pb2.EndPostRequest(name=post.name))  # noqa: E731
    refused_and_nothing_changed(desk, call, grpc.StatusCode.FAILED_PRECONDITION, "POST_ENDED_ALREADY")


def test_what_happened_to_a_post_is_told_without_names_and_numbers(desk: Desk) -> None:
    holder = desk.sign_in(desk.a_ukey("supervisor")).person
    post = desk.an_operator().CreatePost(a_post(holder.name, role="ROLE_SUPERVISOR"))
    stored = Post._get_collection().find_one({"_id": post.name.rpartition("/")[2]})
    assert stored is not None
    told = json.dumps(stored["outbox"], default=str)
    assert events_pb2.PostCreated.DESCRIPTOR.full_name in told
    assert holder.display_name not in told
    assert not any(number in told for number in RESIDENT_IDS)


def test_a_post_needs_a_person_a_role_and_the_unit_that_its_role_has(desk: Desk) -> None:
    operator, name = desk.an_operator(), desk.sign_in(desk.a_ukey()).person.name
    cases = [
        (a_post("people/nobody"), grpc.StatusCode.NOT_FOUND, "RESOURCE_UNKNOWN"),
        (a_post(name, role="ROLE_UNSPECIFIED"), grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELDS"),
        (a_post(name, role="ROLE_APPROVER"), grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELDS"),
        (a_post(name, unit=CIVIL_AFFAIRS), grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELDS"),
        (a_post(name, "440307999"), grpc.StatusCode.NOT_FOUND, "HALL_UNKNOWN"),
    ]
    for request, code, reason in cases:
        call = lambda request=request: operator.CreatePost(request)  # noqa: E731
        refused_and_nothing_changed(desk, call, code, reason)


def test_an_operator_of_one_hall_appoints_there_alone_and_not_below(desk: Desk) -> None:
    name = desk.sign_in(desk.a_ukey("clerk-b")).person.name
    desk.an_operator().CreatePost(a_post(name, "440307003", role="ROLE_OPERATOR"))
    local = desk.by(desk.sign_in(desk.a_ukey("clerk-b")))
    assert local.CreatePost(a_post(name, "440307003")).role
    # A role of a unit reaches the unit's cases in every hall below.
    for below in ({"covers_subtree": True}, {"role": "ROLE_APPROVER", "unit": CIVIL_AFFAIRS}):
        call = partial(local.CreatePost, a_post(name, "440307003", **below))
        refused_and_nothing_changed(desk, call, grpc.StatusCode.PERMISSION_DENIED, "SUBTREE_BEYOND_REACH")
    for elsewhere in ("440307003002", "440307006", "440307"):
        call = partial(local.CreatePost, a_post(name, elsewhere))
        refused_and_nothing_changed(desk, call, grpc.StatusCode.NOT_FOUND, "RESOURCE_UNKNOWN")


def test_an_organisation_is_seen_by_its_representative_alone(desk: Desk) -> None:
    owner, other = desk.sign_in(desk.a_ukey("entrepreneur")), desk.sign_in(desk.a_ukey("resident-b"))
    created = desk.by(owner).CreateOrganisation(an_organisation())
    assert created.representatives == [owner.person.name]
    assert desk.by(owner).GetOrganisation(people_pb2.GetOrganisationRequest(name=created.name)) == created
    for who, seen in ((owner, [created]), (other, [])):
        mine = desk.by(who).ListOrganisations(people_pb2.ListOrganisationsRequest(parent=who.person.name))
        assert list(mine.organisations) == seen
    theirs = partial(desk.by(other).ListOrganisations, people_pb2.ListOrganisationsRequest(parent=owner.person.name))
    refused_and_nothing_changed(desk, theirs, grpc.StatusCode.PERMISSION_DENIED, "NOT_YOURS")
    call = lambda: desk.by(other).GetOrganisation(people_pb2.GetOrganisationRequest(name=created.name))  # noqa: E731
    refused_and_nothing_changed(desk, call, grpc.StatusCode.NOT_FOUND, "RESOURCE_UNKNOWN")
    call = lambda: desk.by(other).CreateOrganisation(an_organisation())  # noqa: E731
    refused_and_nothing_changed(desk, call, grpc.StatusCode.ALREADY_EXISTS, "NOT_UNIQUE")


def test_a_wrong_organisation_code_is_refused(desk: Desk) -> None:
    owner = desk.by(desk.sign_in(desk.a_ukey("entrepreneur")))
    call = lambda: owner.CreateOrganisation(an_organisation("914403001922038217"))  # noqa: E731
    refused = refused_and_nothing_changed(desk, call, grpc.StatusCode.INVALID_ARGUMENT, "BAD_ORGANISATION_CODE")
    assert refused.violations == {"organisation.code": "organisation_code"}


def test_an_organisation_code_is_kept_without_its_hyphen(desk: Desk) -> None:
    owner = desk.by(desk.sign_in(desk.a_ukey("entrepreneur")))
    assert owner.CreateOrganisation(an_organisation("D2143569-X")).code == "D2143569X"
    assert Organisation.pattern == "organisations/{id}"


def test_the_loader_makes_the_demos_people_and_posts_and_twice_is_once(desk: Desk) -> None:
    desk.an_operator()
    token = desk.sign_in(desk.a_ukey("operator")).access_token
    names = load(desk.channel, token, people())
    assert load(desk.channel, token, people()) == names
    clerk = desk.sign_in(desk.a_ukey("clerk"))
    assert clerk.person.name == names["clerk"]
    held = {(p["role"], p["hall"]) for p in jwt.decode(clerk.access_token, options={"verify_signature": False})["posts"]}
    assert ("CLERK", "440307003002") in held


def test_appointing_reads_the_number_from_standard_input_and_twice_is_once(desk: Desk, tmp_path: Path) -> None:
    someone: DemoPerson = person("operator")
    settings = desk.settings
    environment = {
        "PATH": "/usr/bin:/bin",
        "MONGODB_URI": settings.mongodb_uri,
        "YIMEN_DATABASE_PREFIX": settings.database_prefix,
        "YIMEN_KEYS": str(settings.keys),
    }
    command = [sys.executable, "-m", "services.identity", "appoint", "--name", someone.name, "--hall", "440307"]
    runs = [
        subprocess.run(command, input=number, env=environment, text=True, capture_output=True, check=False, timeout=60)
        for number in (someone.resident_id, someone.resident_id, "440300180001011212")
    ]
    assert [run.returncode for run in runs] == [0, 0, 1]
    assert runs[0].stdout == runs[1].stdout
    assert "校验码" in runs[2].stderr
    assert "440300180001011212" not in runs[2].stderr
    session = desk.sign_in(desk.a_ukey("operator"))
    assert session.person.name == runs[0].stdout.strip()
    assert [post.covers_subtree for post in session.posts] == [True]


def test_a_token_of_another_issuer_is_nobody(desk: Desk) -> None:
    forged = As(desk.stub, desk.issuer.token("people/x", caller.Post("OPERATOR", "440307", "", True)))
    call = lambda: forged.RegisterPerson(registration(RESIDENT_IDS[0]))  # noqa: E731
    refused_and_nothing_changed(desk, call, grpc.StatusCode.UNAUTHENTICATED, "TOKEN_INVALID")
