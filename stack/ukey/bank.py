"""A bank's certification authority for development: a root, an issuing CA under it, and the CRLs of both.

Real U-keys come from a bank whose roots an operator puts into YIMEN_TRUST; this bank exists so that everything after the bank
is real. Its keys are files under the stack's root, are made there and never leave it.
"""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_public_key,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CRL_LIFE = timedelta(days=30)
CA_LIFE = timedelta(days=3650)
CERTIFICATE_LIFE = timedelta(days=1095)
# Clocks differ: what is issued now is valid for a machine that is this much behind.
LEEWAY = timedelta(minutes=5)


class Bank:
    """A root and an issuing CA: keys and books in one folder, what a relying party is given in another, `trust`."""

    def __init__(self, folder: Path, trust: Path) -> None:
        self._folder = folder / "bank"
        self._root = _Authority(self._folder, trust, "root")
        self._issuing = _Authority(self._folder, trust, "issuing")

    @classmethod
    def opened(cls, folder: Path, trust: Path, name: str = "Yimen Development Bank") -> Self:
        """The bank of this folder, founded if it is not there yet, with CRLs that have half of their life before them."""
        bank = cls(folder, trust)
        if not bank._issuing.certificate_file.exists():
            bank._found(name)
        now = datetime.now(UTC)
        if any(_next_update(authority.crl_file) < now + CRL_LIFE / 2 for authority in (bank._root, bank._issuing)):
            bank.publish_crls()
        return bank

    @property
    def root(self) -> x509.Certificate:
        return self._root.certificate

    @property
    def issuing(self) -> x509.Certificate:
        return self._issuing.certificate

    def issue(
        self,
        public_key: bytes,
        *,
        resident_id: str,
        name: str,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
        client_auth: bool = True,
    ) -> x509.Certificate:
        """A person's certificate over a public key (SubjectPublicKeyInfo, DER).

        The subject's serialNumber is the resident id by the natural-person semantics of ETSI EN 319 412-1, 5.1.3:
        `PNO` (national personal number), `CN`, `-`, the 18 characters of GB 11643.
        """
        begin = not_before or datetime.now(UTC) - LEEWAY
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
                x509.NameAttribute(NameOID.SERIAL_NUMBER, f"PNOCN-{resident_id}"),
                x509.NameAttribute(NameOID.COMMON_NAME, name),
            ]
        )
        usage = ExtendedKeyUsageOID.CLIENT_AUTH if client_auth else ExtendedKeyUsageOID.CODE_SIGNING
        key = load_der_public_key(public_key)
        if not isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey):
            raise TypeError(f"a certificate cannot be issued over a {type(key).__name__}")
        builder = (
            _builder(subject, self.issuing.subject, key, begin, not_after or begin + CERTIFICATE_LIFE)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(digital_signature=True, content_commitment=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(_authority_key_identifier(self.issuing), critical=False)
        )
        return builder.sign(self._issuing.key, hashes.SHA256())

    def revoke(self, certificate: x509.Certificate) -> None:
        """Puts a certificate on the issuing CA's CRL and publishes it."""
        revoked = self._revoked()
        revoked[format(certificate.serial_number, "x")] = datetime.now(UTC).isoformat(timespec="seconds")
        _write(self._folder / "revoked.json", json.dumps(revoked, indent=1).encode())
        self.publish_crls()

    def publish_crls(self, *, this_update: datetime | None = None, life: timedelta = CRL_LIFE) -> None:
        """Writes the CRLs of both authorities, each replaced in one step."""
        begin = this_update or datetime.now(UTC) - LEEWAY
        for authority, revoked in ((self._root, {}), (self._issuing, self._revoked())):
            builder = (
                x509.CertificateRevocationListBuilder()
                .issuer_name(authority.certificate.subject)
                .last_update(begin)
                .next_update(begin + life)
                .add_extension(x509.CRLNumber(int(datetime.now(UTC).timestamp() * 1_000_000)), critical=False)
                .add_extension(_authority_key_identifier(authority.certificate), critical=False)
            )
            for serial, time in revoked.items():
                entry = x509.RevokedCertificateBuilder().serial_number(int(serial, 16))
                builder = builder.add_revoked_certificate(
                    entry.revocation_date(datetime.fromisoformat(time))
                    .add_extension(x509.CRLReason(x509.ReasonFlags.key_compromise), critical=False)
                    .build()
                )
            crl = builder.sign(authority.key, hashes.SHA256())
            _write(authority.crl_file, crl.public_bytes(Encoding.DER))

    def _revoked(self) -> dict[str, str]:
        file = self._folder / "revoked.json"
        revoked: dict[str, str] = json.loads(file.read_bytes()) if file.exists() else {}
        return revoked

    def _found(self, name: str) -> None:
        begin = datetime.now(UTC) - LEEWAY
        for authority, issuer in ((self._root, self._root), (self._issuing, self._root)):
            authority.make_key()
            subject = x509.Name(
                [
                    x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
                    x509.NameAttribute(NameOID.ORGANIZATION_NAME, name),
                    x509.NameAttribute(NameOID.COMMON_NAME, f"{name} {authority.title} CA"),
                ]
            )
            is_root = authority is issuer
            issuer_name = subject if is_root else issuer.certificate.subject
            public = authority.key.public_key()
            builder = (
                _builder(subject, issuer_name, public, begin, begin + CA_LIFE)
                .add_extension(x509.BasicConstraints(ca=True, path_length=1 if is_root else 0), critical=True)
                .add_extension(_key_usage(key_cert_sign=True, crl_sign=True), critical=True)
                .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            )
            if not is_root:
                builder = builder.add_extension(_authority_key_identifier(issuer.certificate), critical=False)
            certificate = builder.sign(issuer.key, hashes.SHA256())
            _write(authority.certificate_file, certificate.public_bytes(Encoding.PEM))


class _Authority:
    """One CA's files: its key beside the bank's books, its certificate and CRL in `trust`."""

    def __init__(self, folder: Path, trust: Path, name: str) -> None:
        self.title = name.capitalize()
        self._key_file = folder / f"{name}.pem"
        self.certificate_file = trust / f"{name}.crt"
        self.crl_file = trust / f"{name}.crl"

    def make_key(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        _write(self._key_file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), mode=0o600)

    @property
    def key(self) -> ec.EllipticCurvePrivateKey:
        key = load_pem_private_key(self._key_file.read_bytes(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError(f"{self._key_file} is not an EC key")
        return key

    @property
    def certificate(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.certificate_file.read_bytes())


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey, begin: datetime, end: datetime
) -> x509.CertificateBuilder:
    return x509.CertificateBuilder(
        issuer_name=issuer,
        subject_name=subject,
        public_key=key,
        serial_number=x509.random_serial_number(),
        not_valid_before=begin,
        not_valid_after=end,
    )


def _key_usage(
    *, digital_signature: bool = False, content_commitment: bool = False, key_cert_sign: bool = False, crl_sign: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=content_commitment,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _authority_key_identifier(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    identifier = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)


def _next_update(crl_file: Path) -> datetime:
    if not crl_file.exists():
        return datetime.min.replace(tzinfo=UTC)
    return x509.load_der_x509_crl(crl_file.read_bytes()).next_update_utc or datetime.min.replace(tzinfo=UTC)


def _write(file: Path, data: bytes, mode: int = 0o644) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(file.name + ".part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
    part.replace(file)
