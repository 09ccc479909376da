"""A U-key: a SoftHSM2 token through PKCS#11, whose private key is made on it and cannot be taken out.

What the token signs: Web eID authentication tokens (https://web-eid.eu, format web-eid:1.0) and detached CMS.
"""

import asyncio
import base64
import fcntl
import hashlib
import os
import re
import secrets
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import pkcs11
from asn1crypto import keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters
from pkcs11.util.rsa import encode_rsa_public_key
from pyhanko.sign.pkcs11 import PKCS11Signer
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes

from stack.ukey.people import FIRST_PIN, KeyKind

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
# A bank's U-key locks after so many wrong PINs in a row; SoftHSM never does, so this class counts.
PIN_TRIES = 6
KEY_ID = b"\x01"
KEY_LABEL = "sign"
CURVES = {"p-256": "secp256r1", "p-384": "secp384r1", "p-521": "secp521r1"}
# PKCS#11 login is per process, not per session: one operation at a time.
_module_lock = threading.RLock()
_module_conf: list[str] = []


class TokenRefusal(Exception):
    """The U-key does not do what it was asked to; `reason` is for programs, `zh` and `en` for people."""

    def __init__(self, reason: str, zh: str, en: str) -> None:
        super().__init__(en)
        self.reason, self.zh, self.en = reason, zh, en


class WrongPin(TokenRefusal):
    def __init__(self, left: int) -> None:
        super().__init__("WRONG_PIN", f"PIN 码不正确，还可以再试 {left} 次", f"wrong PIN, {left} tries left")
        self.left = left


class PinLocked(TokenRefusal):
    def __init__(self) -> None:
        super().__init__("PIN_LOCKED", "U盾已锁定，请到银行网点解锁", "the U-key is locked; the bank unlocks it at a branch")


class NoSuchToken(TokenRefusal):
    def __init__(self, label: str) -> None:
        super().__init__("NO_SUCH_TOKEN", f"没有找到U盾 {label}", f"there is no U-key {label}")


class Token:
    """The U-key with this label among those in a folder."""

    def __init__(self, folder: Path, label: str) -> None:
        if not re.fullmatch(r"[a-z0-9-]{1,32}", label):
            raise NoSuchToken(label)
        self._folder = folder.resolve() / "tokens"
        self.label = label

    @classmethod
    def all(cls, folder: Path) -> tuple[Self, ...]:
        """The U-keys that are plugged in, by label."""
        found = (entry.stem for entry in (folder / "tokens").glob("*.tries"))
        return tuple(cls(folder, label) for label in sorted(found))

    @classmethod
    def made(cls, folder: Path, label: str, key: KeyKind, pin: str = FIRST_PIN) -> tuple[Self, bytes]:
        """A new U-key and the public key (SubjectPublicKeyInfo, DER) that was generated on it."""
        token = cls(folder, label)
        token._initialise(pin)
        with token._session(pin, writable=True) as session:
            public = _generate(session, key)
        token._tries.touch(mode=0o600)
        return token, public

    @property
    def certificate(self) -> x509.Certificate:
        """The certificate on the token; reading it needs no PIN."""
        with self._session() as session:
            objects = session.get_objects({pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE})
            found = [bytes(entry[pkcs11.Attribute.VALUE]) for entry in objects]
        if not found:
            raise NoSuchToken(self.label)
        return x509.load_der_x509_certificate(found[0])

    @property
    def holder(self) -> str:
        """The name on the certificate."""
        return str(self.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)

    def store(self, certificate: x509.Certificate, pin: str = FIRST_PIN) -> None:
        """Puts a certificate on the token in place of the one that is there."""
        fields = asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
        with self._unlocked(pin, writable=True) as session:
            for old in list(session.get_objects({pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE})):
                old.destroy()
            session.create_object(
                {
                    pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE,
                    pkcs11.Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
                    pkcs11.Attribute.TOKEN: True,
                    pkcs11.Attribute.PRIVATE: False,
                    pkcs11.Attribute.ID: KEY_ID,
                    pkcs11.Attribute.LABEL: KEY_LABEL,
                    pkcs11.Attribute.SUBJECT: fields.subject.dump(),
                    pkcs11.Attribute.ISSUER: fields.issuer.dump(),
                    pkcs11.Attribute.SERIAL_NUMBER: fields["tbs_certificate"]["serial_number"].dump(),
                    pkcs11.Attribute.VALUE: fields.dump(),
                }
            )

    def authenticate(self, *, origin: str, nonce: str, pin: str, algorithm: str = "") -> dict[str, str]:
        """A Web eID authentication token: the signature covers hash(origin) || hash(nonce).

        The algorithm is a JWA name that fits the key; left out, it is RS256 or the one of the key's curve.
        """
        certificate = self.certificate
        algorithm = algorithm or _usual_algorithm(certificate)
        digest = f"sha{algorithm[2:]}"
        signed = b"".join(hashlib.new(digest, part.encode()).digest() for part in (origin, nonce))
        with self._unlocked(pin) as session:
            signature = _sign(session, signed, algorithm)
        return {
            "unverifiedCertificate": base64.b64encode(certificate.public_bytes(Encoding.DER)).decode(),
            "algorithm": algorithm,
            "signature": base64.b64encode(signature).decode(),
            "format": "web-eid:1.0",
            "appVersion": "stack.ukey 1.0",
        }

    def sign(self, content: bytes, *, pin: str) -> bytes:
        """A detached CMS SignedData (RFC 5652, DER) over the content, SHA-256.

        Signed attributes: content-type, message-digest, signing-time, ESS signing-certificate-v2, CMS algorithm protection.
        """
        certificate = self.certificate
        with self._unlocked(pin) as session:
            signer = PKCS11Signer(
                session,
                signing_cert=asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER)),
                key_id=KEY_ID,
                # SoftHSM hashes for RSA but not for ECDSA.
                use_raw_mechanism=isinstance(certificate.public_key(), ec.EllipticCurvePublicKey),
            )
            attributes = PdfCMSSignedAttributes(signing_time=datetime.now(UTC))
            signing = signer.async_sign_general_data(content, "sha256", detached=True, signed_attr_settings=attributes)
            # pyHanko signs in an event loop alone, and one of the caller's may run in this thread.
            with ThreadPoolExecutor(1) as elsewhere:
                signed = elsewhere.submit(asyncio.run, signing).result()
        return bytes(signed.dump())

    def unlock(self) -> None:
        """What a bank's branch does: the counter of wrong PINs starts again."""
        self._tries.write_text("0")

    @property
    def _tries(self) -> Path:
        return self._folder / f"{self.label}.tries"

    @contextmanager
    def _unlocked(self, pin: str, *, writable: bool = False) -> Iterator[Any]:
        """A session after login; a wrong PIN is counted before it is tried, so that a crash gives no try away."""
        if not self._tries.exists():
            raise NoSuchToken(self.label)
        with _module_lock, self._tries.open("r+") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            used = int(stream.read() or "0")
            if used >= PIN_TRIES:
                raise PinLocked
            _rewrite(stream, used + 1)
            try:
                session_of_user = self._session(pin, writable=writable)
                session = session_of_user.__enter__()
            except (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange):
                if used + 1 >= PIN_TRIES:
                    raise PinLocked from None
                raise WrongPin(PIN_TRIES - used - 1) from None
            _rewrite(stream, 0)
            try:
                yield session
            finally:
                session_of_user.__exit__(None, None, None)

    @contextmanager
    def _session(self, pin: str | None = None, *, writable: bool = False) -> Iterator[Any]:
        with _module_lock:
            try:
                slot = _module(self._folder).get_token(token_label=self.label)
            except pkcs11.NoSuchToken:
                raise NoSuchToken(self.label) from None
            session = slot.open(user_pin=pin, rw=writable)
            try:
                yield session
            finally:
                session.close()

    def _initialise(self, pin: str) -> None:
        """A blank token. The SO PIN is thrown away: a locked U-key of this bank is unlocked by its counter."""
        environment = os.environ | {"SOFTHSM2_CONF": str(_configured(self._folder))}
        command = [
            "softhsm2-util",
            "--init-token",
            "--free",
            "--label",
            self.label,
            "--pin",
            pin,
            "--so-pin",
            secrets.token_hex(8),
        ]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"softhsm2-util could not make the token {self.label}: {done.stderr.strip()}")
        _module_conf.clear()


def _configured(folder: Path) -> Path:
    """SoftHSM's configuration for tokens in this folder, written when it is missing."""
    file = folder / "softhsm2.conf"
    if not file.exists():
        (folder / "store").mkdir(parents=True, exist_ok=True, mode=0o700)
        file.write_text(f"directories.tokendir = {folder / 'store'}\nobjectstore.backend = file\nlog.level = ERROR\n")
    return file


def _module(folder: Path) -> Any:
    """SoftHSM over the tokens of this folder; a process can hold one folder at a time, so another one reinitialises."""
    conf = str(_configured(folder))
    if _module_conf != [conf]:
        os.environ["SOFTHSM2_CONF"] = conf
        pkcs11.lib(str(MODULE)).reinitialize()
        _module_conf[:] = [conf]
    return pkcs11.lib(str(MODULE))


def _generate(session: Any, key: KeyKind) -> bytes:
    private = {
        pkcs11.Attribute.SENSITIVE: True,
        pkcs11.Attribute.EXTRACTABLE: False,
        pkcs11.Attribute.PRIVATE: True,
        pkcs11.Attribute.SIGN: True,
    }
    options = {"id": KEY_ID, "label": KEY_LABEL, "store": True, "private_template": private}
    if key == "rsa-2048":
        public, _ = session.generate_keypair(pkcs11.KeyType.RSA, 2048, **options)
        der = encode_rsa_public_key(public)
        return _rsa_info(der)
    curve = {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters(CURVES[key])}
    parameters = session.create_domain_parameters(pkcs11.KeyType.EC, curve, local=True)
    public, _ = parameters.generate_keypair(**options)
    return bytes(encode_ec_public_key(public))


def _rsa_info(pkcs1: bytes) -> bytes:
    info = keys.PublicKeyInfo.wrap(keys.RSAPublicKey.load(pkcs1), "rsa")
    return bytes(info.dump())


def _usual_algorithm(certificate: x509.Certificate) -> str:
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return "RS256"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return {256: "ES256", 384: "ES384", 521: "ES512"}[key.key_size]
    raise TypeError(f"no algorithm for a {type(key).__name__}")


def _sign(session: Any, data: bytes, algorithm: str) -> bytes:
    """The signature as JWA has it (RFC 7518): ECDSA as R || S, PSS with a salt as long as the hash."""
    key = session.get_key(pkcs11.ObjectClass.PRIVATE_KEY, id=KEY_ID)
    family, bits = algorithm[:2], algorithm[2:]
    if family == "ES":
        return bytes(key.sign(hashlib.new(f"sha{bits}", data).digest(), mechanism=pkcs11.Mechanism.ECDSA))
    if family == "RS":
        return bytes(key.sign(data, mechanism=pkcs11.Mechanism[f"SHA{bits}_RSA_PKCS"]))
    parameters = (pkcs11.Mechanism[f"SHA{bits}"], pkcs11.MGF[f"SHA{bits}"], int(bits) // 8)
    mechanism = pkcs11.Mechanism[f"SHA{bits}_RSA_PKCS_PSS"]
    return bytes(key.sign(data, mechanism=mechanism, mechanism_param=parameters))


def _rewrite(stream: Any, count: int) -> None:
    stream.seek(0)
    stream.write(str(count))
    stream.truncate()
    stream.flush()
