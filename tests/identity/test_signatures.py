"""Signatures on documents: detached CMS by real U-keys, read by us and by OpenSSL."""

import asyncio
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from asn1crypto import cms

from services.identity.rules import signatures
from services.identity.rules.certificates import CertificateRevoked, UntrustedRoot, fingerprint
from services.identity.rules.signatures import ContentDiffers, SignatureInvalid, SignatureMalformed
from stack.ukey import FIRST_PIN, Bank, Token
from tests.identity.banks import RESIDENT, der, trust_in
from tests.identity.conftest import Desk, refused_and_nothing_changed
from yimen.identity.v1 import sessions_pb2

CONTENT = b'{"matter":"halls/440307/matters/old-age-allowance"}'
Change = Callable[[cms.ContentInfo], None]


def later() -> datetime:
    """After every revocation list of these tests."""
    return datetime.now(UTC) + timedelta(seconds=2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bank")


@pytest.fixture(scope="module")
def bank(folder: Path) -> Bank:
    return Bank.opened(folder, folder / "trust", "Signing Bank")


def a_ukey(softhsm: Path, bank: Bank, label: str, key: Any) -> Token:
    ukey, public = Token.made(softhsm, label, key)
    ukey.store(bank.issue(public, resident_id=RESIDENT, name="居民甲"))
    return ukey


@pytest.fixture(scope="module")
def ukey(softhsm: Path, bank: Bank) -> Token:
    return a_ukey(softhsm, bank, "signer-rsa", "rsa-2048")


@pytest.fixture(scope="module")
def signature(ukey: Token) -> bytes:
    return ukey.sign(CONTENT, pin=FIRST_PIN)


@pytest.mark.parametrize("key", ["rsa-2048", "p-256", "p-384", "p-521"])
def test_a_signature_holds_for_us_and_for_openssl(softhsm: Path, bank: Bank, folder: Path, tmp_path: Path, key: str) -> None:
    ukey = a_ukey(softhsm, bank, f"signer-{key}", key)
    signature = ukey.sign(CONTENT, pin=FIRST_PIN)
    signed = signatures.verify(signature, CONTENT, trust_in(folder), later())
    assert signed.holder.resident_id == RESIDENT
    assert signed.holder.certificate_sha256 == fingerprint(der(ukey.certificate))
    assert abs(signed.signing_time - datetime.now(UTC)) < timedelta(seconds=10)
    _agrees(signature, folder, tmp_path)


def test_a_ukey_signs_where_an_event_loop_runs(ukey: Token, folder: Path) -> None:
    async def signed() -> bytes:
        return ukey.sign(CONTENT, pin=FIRST_PIN)

    assert signatures.verify(asyncio.run(signed()), CONTENT, trust_in(folder), later()).holder.resident_id == RESIDENT


def _agrees(signature: bytes, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "signature").write_bytes(signature)
    (tmp_path / "content").write_bytes(CONTENT)
    (tmp_path / "roots").write_bytes(b"".join(file.read_bytes() for file in sorted((folder / "trust").glob("*.crt"))))
    command = "openssl cms -verify -binary -inform DER -in signature -content content -CAfile roots -purpose any -out out"
    done = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "successful" in done.stderr


def test_a_changed_content_is_found(signature: bytes, folder: Path) -> None:
    with pytest.raises(ContentDiffers):
        signatures.verify(signature, CONTENT + b" ", trust_in(folder), later())


def test_a_changed_signature_is_found(signature: bytes, folder: Path) -> None:
    info = cms.ContentInfo.load(signature)
    value = info["content"]["signer_infos"][0]["signature"].native
    info["content"]["signer_infos"][0]["signature"] = value[:-1] + bytes([value[-1] ^ 1])
    with pytest.raises(SignatureInvalid):
        signatures.verify(info.dump(force=True), CONTENT, trust_in(folder), later())


def test_a_changed_signing_time_is_found(signature: bytes, folder: Path) -> None:
    info = cms.ContentInfo.load(signature)
    for attribute in info["content"]["signer_infos"][0]["signed_attrs"]:
        if attribute["type"].native == "signing_time":
            attribute["values"] = [cms.Time({"utc_time": datetime(2026, 1, 1, tzinfo=UTC)})]
    with pytest.raises(SignatureInvalid):
        signatures.verify(info.dump(force=True), CONTENT, trust_in(folder), later())


def _without(name: str) -> Change:
    def change(info: cms.ContentInfo) -> None:
        signer = info["content"]["signer_infos"][0]
        kept = [attribute for attribute in signer["signed_attrs"] if attribute["type"].native != name]
        signer["signed_attrs"] = cms.CMSAttributes(kept)

    return change


def _attached(info: cms.ContentInfo) -> None:
    info["content"]["encap_content_info"]["content"] = CONTENT


def _no_signer(info: cms.ContentInfo) -> None:
    info["content"]["signer_infos"] = []


def _two_signers(info: cms.ContentInfo) -> None:
    signer = info["content"]["signer_infos"][0]
    info["content"]["signer_infos"] = [signer, signer]


def _no_certificate(info: cms.ContentInfo) -> None:
    info["content"]["certificates"] = []


def _weak_digest(info: cms.ContentInfo) -> None:
    info["content"]["signer_infos"][0]["digest_algorithm"] = {"algorithm": "sha1"}


@pytest.mark.parametrize(
    "change",
    [
        _without("signing_time"), _without("signing_certificate_v2"), _without("message_digest"), _without("content_type"),
        _attached, _no_signer, _two_signers, _no_certificate, _weak_digest,
    ],
)  # fmt: skip
def test_what_a_signature_must_have_is_demanded(change: Change, signature: bytes, folder: Path) -> None:
    info = cms.ContentInfo.load(signature)
    change(info)
    with pytest.raises(SignatureMalformed):
        signatures.verify(info.dump(force=True), CONTENT, trust_in(folder), later())


@pytest.mark.parametrize("junk", [b"x", b"\x30\x80", bytes(100), b"\x30\x03\x02\x01\x01"])
def test_what_is_no_signature_is_malformed(junk: bytes, folder: Path) -> None:
    with pytest.raises(SignatureMalformed):
        signatures.verify(junk, CONTENT, trust_in(folder), later())


def test_every_prefix_of_a_signature_is_refused(signature: bytes, folder: Path) -> None:
    trust = trust_in(folder)
    for size in range(1, len(signature), 97):
        with pytest.raises(SignatureMalformed):
            signatures.verify(signature[:size], CONTENT, trust, later())


def test_a_signature_by_another_bank_is_refused(signature: bytes, tmp_path: Path) -> None:
    Bank.opened(tmp_path, tmp_path / "trust", "Other Bank")
    with pytest.raises(UntrustedRoot):
        signatures.verify(signature, CONTENT, trust_in(tmp_path), later())


def test_a_signature_with_a_revoked_certificate_is_refused(softhsm: Path, bank: Bank, folder: Path) -> None:
    lost = a_ukey(softhsm, bank, "signer-lost", "p-256")
    signature = lost.sign(CONTENT, pin=FIRST_PIN)
    bank.revoke(lost.certificate)
    with pytest.raises(CertificateRevoked):
        signatures.verify(signature, CONTENT, trust_in(folder), later())


def test_the_service_tells_whose_signature_it_is(desk: Desk) -> None:
    ukey = desk.a_ukey()
    session = desk.sign_in(ukey)
    facts = desk.by(session).VerifySignature(a_verification(ukey.sign(CONTENT, pin=FIRST_PIN)))
    assert facts.person == session.person.name
    assert facts.issuer == "Yimen Development Bank Issuing CA"
    assert facts.certificate_sha256 == fingerprint(der(ukey.certificate))


def test_the_service_takes_no_signature_of_somebody_else(desk: Desk) -> None:
    session, other = desk.sign_in(desk.a_ukey()), desk.a_ukey("resident-b")
    desk.sign_in(other)
    signature = other.sign(CONTENT, pin=FIRST_PIN)
    call = lambda: desk.by(session).VerifySignature(a_verification(signature))  # noqa: E731
    refused_and_nothing_changed(desk, call, grpc.StatusCode.PERMISSION_DENIED, "SIGNER_IS_ANOTHER")


def test_the_service_takes_no_changed_content(desk: Desk) -> None:
    ukey = desk.a_ukey()
    session, signature = desk.sign_in(ukey), ukey.sign(CONTENT, pin=FIRST_PIN)
    call = lambda: desk.by(session).VerifySignature(a_verification(signature, CONTENT[:-1]))  # noqa: E731
    refused_and_nothing_changed(desk, call, grpc.StatusCode.INVALID_ARGUMENT, "CONTENT_DIFFERS")
    call = lambda: desk.anyone().VerifySignature(a_verification(signature))  # noqa: E731
    refused_and_nothing_changed(desk, call, grpc.StatusCode.UNAUTHENTICATED, "NOT_SIGNED_IN")


def a_verification(signature: bytes, content: bytes = CONTENT) -> sessions_pb2.VerifySignatureRequest:
    return sessions_pb2.VerifySignatureRequest(signature=signature, content=content)
