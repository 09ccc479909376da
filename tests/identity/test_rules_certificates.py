"""Which certificates and tokens are relied on: the table of algorithms, and every refusal."""

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256

from services.chassis.errors import Refusal
from services.identity.rules import certificates, tokens
from services.identity.rules.certificates import (
    CertificateExpired,
    CertificateNotYetValid,
    CertificateRevoked,
    CertificateUnfit,
    RevocationUnknown,
    Trust,
    UntrustedRoot,
)
from services.identity.rules.numbers import BadResidentId
from services.identity.rules.tokens import ALGORITHMS, SignatureMismatch, TokenMalformed
from stack.ukey import Bank
from tests.identity.banks import RESIDENT, Bearer, a_bank, a_bearer, a_key, changed, der, public_der, trust_in

ORIGIN = "https://yimen.example"
NONCE = base64.b64encode(bytes(32)).decode()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bank")


@pytest.fixture(scope="module")
def bank(folder: Path) -> Bank:
    return a_bank(folder)


@pytest.fixture(scope="module")
def trust(bank: Bank, folder: Path) -> Trust:
    return trust_in(folder)


@pytest.fixture(scope="module")
def resident(bank: Bank) -> Bearer:
    return a_bearer(bank)


def now() -> datetime:
    return datetime.now(UTC)


def verify(token: object, trust: Trust, at: datetime | None = None, nonce: str = NONCE) -> certificates.Holder:
    return tokens.verify(token, nonce, [ORIGIN], trust, at or now())  # type: ignore[arg-type]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_algorithm_of_web_eid_signs_in(algorithm: str, bank: Bank, trust: Trust) -> None:
    holder = verify(a_bearer(bank, algorithm).token(ORIGIN, NONCE, algorithm), trust)
    assert (holder.resident_id, holder.display_name, holder.issuer) == (RESIDENT, "居民甲", "Test Bank Issuing CA")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("claimed", ALGORITHMS)
def test_a_signature_holds_under_its_own_algorithm_alone(algorithm: str, claimed: str, bank: Bank, trust: Trust) -> None:
    if algorithm == claimed:
        return
    token = changed(a_bearer(bank, algorithm).token(ORIGIN, NONCE, algorithm), algorithm=claimed)
    with pytest.raises(SignatureMismatch):
        verify(token, trust)


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://yimen.example", "https://yimen.example/", "https://yimen.example:8443"]
)
def test_a_token_for_another_origin_is_refused(origin: str, resident: Bearer, trust: Trust) -> None:
    with pytest.raises(SignatureMismatch):
        verify(resident.token(origin, NONCE), trust)


def test_a_token_over_another_challenge_is_refused(resident: Bearer, trust: Trust) -> None:
    with pytest.raises(SignatureMismatch):
        verify(resident.token(ORIGIN, NONCE), trust, nonce=base64.b64encode(b"\x01" * 32).decode())


def test_a_token_with_the_certificate_of_somebody_else_is_refused(bank: Bank, resident: Bearer, trust: Trust) -> None:
    thief = a_bearer(bank)
    stolen = base64.b64encode(der(resident.certificate)).decode()
    with pytest.raises(SignatureMismatch):
        verify(changed(thief.token(ORIGIN, NONCE), unverified_certificate=stolen), trust)


def test_an_ecdsa_signature_must_be_r_and_s(resident: Bearer, trust: Trust) -> None:
    for signature in (b"", bytes(64), bytes(63), bytes(72)):
        with pytest.raises(SignatureMismatch):
            verify(changed(resident.token(ORIGIN, NONCE), signature=base64.b64encode(signature).decode()), trust)


@pytest.mark.parametrize(
    ("field", "value"),
    [("format", "web-eid:2.0"), ("format", "jwt"), ("algorithm", "none"), ("algorithm", "HS256"), ("signature", "?"),
     ("unverified_certificate", "not base64")],
)  # fmt: skip
def test_a_malformed_token_names_its_field(field: str, value: str, resident: Bearer, trust: Trust) -> None:
    with pytest.raises(TokenMalformed) as refused:
        verify(changed(resident.token(ORIGIN, NONCE), **{field: value}), trust)
    assert refused.value.facts == {"field": field}


def test_a_later_minor_format_is_accepted(resident: Bearer, trust: Trust) -> None:
    assert verify(changed(resident.token(ORIGIN, NONCE), format="web-eid:1.1"), trust).resident_id == RESIDENT


def test_a_certificate_of_another_root_is_refused(tmp_path: Path, trust: Trust) -> None:
    other = a_bearer(a_bank(tmp_path, "Other Bank"))
    with pytest.raises(UntrustedRoot):
        verify(other.token(ORIGIN, NONCE), trust)


def test_a_root_of_the_same_name_is_another_root(tmp_path: Path, trust: Trust) -> None:
    impostor = a_bearer(a_bank(tmp_path))
    with pytest.raises((UntrustedRoot, CertificateUnfit)):
        verify(impostor.token(ORIGIN, NONCE), trust)


def test_nothing_is_trusted_where_no_root_is(resident: Bearer) -> None:
    with pytest.raises(UntrustedRoot):
        verify(resident.token(ORIGIN, NONCE), Trust([], [], []))


def test_a_person_is_no_authority(bank: Bank, resident: Bearer, trust: Trust, tmp_path: Path) -> None:
    """basicConstraints: a certificate that a U-key's holder signs is worth nothing, whatever it says."""
    key = a_key()
    genuine = a_bearer(bank, resident_id="440300180001010446").certificate
    forged = x509.CertificateBuilder(
        resident.certificate.subject,
        genuine.subject,
        key.public_key(),
        7,
        now() - timedelta(hours=1),
        now() + timedelta(days=1),
    )
    for extension in genuine.extensions:
        if extension.oid != x509.AuthorityKeyIdentifier.oid:
            forged = forged.add_extension(extension.value, extension.critical)
    certificate = forged.sign(resident.key, SHA256())
    through_the_person = Trust(trust.roots, [*trust.intermediates, _asn1(der(resident.certificate))], trust.crls)
    with pytest.raises((UntrustedRoot, CertificateUnfit, RevocationUnknown)):
        verify(Bearer(key, certificate).token(ORIGIN, NONCE), through_the_person)


def test_an_expired_certificate_is_refused_with_its_date(bank: Bank, trust: Trust) -> None:
    expired = a_bearer(bank, not_before=now() - timedelta(days=30), not_after=now() - timedelta(days=3))
    with pytest.raises(CertificateExpired) as refused:
        verify(expired.token(ORIGIN, NONCE), trust)
    assert f"{now() - timedelta(days=3):%Y-%m-%d}" in refused.value.message("zh")


def test_a_certificate_of_tomorrow_is_refused(bank: Bank, trust: Trust) -> None:
    early = a_bearer(bank, not_before=now() + timedelta(days=1), not_after=now() + timedelta(days=2))
    with pytest.raises(CertificateNotYetValid):
        verify(early.token(ORIGIN, NONCE), trust)


def test_a_revoked_certificate_is_refused_and_its_neighbour_is_not(tmp_path: Path) -> None:
    bank = a_bank(tmp_path)
    stolen, kept = a_bearer(bank), a_bearer(bank)
    bank.revoke(stolen.certificate)
    later = datetime.now(UTC) + timedelta(seconds=2)
    with pytest.raises(CertificateRevoked):
        verify(stolen.token(ORIGIN, NONCE), trust_in(tmp_path), later)
    assert verify(kept.token(ORIGIN, NONCE), trust_in(tmp_path), later).resident_id == RESIDENT


def test_without_a_revocation_list_nobody_signs_in(resident: Bearer, folder: Path) -> None:
    with pytest.raises(RevocationUnknown):
        verify(resident.token(ORIGIN, NONCE), trust_in(folder, crls=False))


def test_a_stale_revocation_list_is_as_good_as_none(tmp_path: Path) -> None:
    bank = a_bank(tmp_path)
    resident = a_bearer(bank)
    bank.publish_crls(this_update=now() - timedelta(days=40), life=timedelta(days=10))
    with pytest.raises(RevocationUnknown):
        verify(resident.token(ORIGIN, NONCE), trust_in(tmp_path))


def test_a_revocation_list_of_another_bank_does_not_help(tmp_path: Path, resident: Bearer, folder: Path) -> None:
    a_bank(tmp_path)
    mixed = Trust(trust_in(folder).roots, trust_in(folder).intermediates, trust_in(tmp_path).crls)
    with pytest.raises(RevocationUnknown):
        verify(resident.token(ORIGIN, NONCE), mixed)


def test_a_certificate_for_another_use_is_unfit(bank: Bank, trust: Trust) -> None:
    with pytest.raises(CertificateUnfit, match="clientAuth"):
        verify(a_bearer(bank, client_auth=False).token(ORIGIN, NONCE), trust)


@pytest.mark.parametrize("resident_id", ["440300180001010228", "440300180002300229", "123"])
def test_a_certificate_with_a_bad_resident_id_is_refused_without_repeating_it(
    resident_id: str, bank: Bank, trust: Trust
) -> None:
    with pytest.raises((BadResidentId, CertificateUnfit)) as refused:
        verify(a_bearer(bank, resident_id=resident_id).token(ORIGIN, NONCE), trust)
    assert resident_id not in refused.value.message("zh") + refused.value.message("en")


@pytest.mark.parametrize("certificate", [b"", b"\x30\x00", b"garbage", bytes(2000)])
def test_what_is_no_certificate_is_unfit(certificate: bytes, resident: Bearer, trust: Trust) -> None:
    with pytest.raises(CertificateUnfit):
        verify(changed(resident.token(ORIGIN, NONCE), unverified_certificate=base64.b64encode(certificate).decode()), trust)


def test_a_short_rsa_key_is_unfit(bank: Bank, trust: Trust) -> None:
    key = rsa.generate_private_key(65537, 1024)  # noqa: S505
    weak = Bearer(key, bank.issue(public_der(key), resident_id=RESIDENT, name="居民甲"))
    with pytest.raises(CertificateUnfit):
        verify(weak.token(ORIGIN, NONCE, "RS256"), trust)


def test_no_refusal_quotes_the_subject(tmp_path: Path, bank: Bank, trust: Trust) -> None:
    bearers = [
        a_bearer(a_bank(tmp_path, "Other Bank")),
        a_bearer(bank, not_before=now() - timedelta(days=9), not_after=now() - timedelta(days=3)),
        a_bearer(bank, client_auth=False),
    ]
    for bearer in bearers:
        with pytest.raises(Refusal) as refused:
            verify(bearer.token(ORIGIN, NONCE), trust)
        said = refused.value.message("zh") + refused.value.message("en") + repr(refused.value.facts)
        assert RESIDENT not in said
        assert refused.value.__cause__ is None
        assert refused.value.__suppress_context__


def _asn1(certificate: bytes) -> object:
    return asn1_x509.Certificate.load(certificate)
