"""Certificates of bank U-keys: whether one may be relied on now, and whom it names.

The path is built and judged by pyhanko-certvalidator (RFC 5280): signatures, validity, basicConstraints, keyUsage, revocation.
Its messages quote subjects, and with them resident ids; ours never do.
"""

import asyncio
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import crl as asn1_crl
from asn1crypto import x509 as asn1_x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import (
    DisallowedAlgorithmError,
    ExpiredError,
    InsufficientRevinfoError,
    InvalidCertificateError,
    NotYetValidError,
    PathBuildingError,
    PathValidationError,
    RevokedError,
)

from services.chassis.errors import Unauthenticated, Unavailable
from services.identity.rules import numbers

PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey

# ETSI EN 319 412-1, 5.1.3: PNO is a national personal number, CN the country that gave it.
_SUBJECT_NUMBER = re.compile(r"PNOCN-(\d{17}[\dXx])")
_CURVES = {"secp256r1", "secp384r1", "secp521r1"}
_RSA_BITS = 2048


class UntrustedRoot(Unauthenticated):
    """No path leads from the certificate to a root that is trusted here."""

    zh = "证书不是由受信任的银行签发的"
    en = "the certificate does not lead to a bank root that is trusted here"


class CertificateExpired(Unauthenticated):
    """The certificate, or one above it, is past its end."""

    zh = "证书已于 {expired:%Y-%m-%d} 过期，请到银行网点更新U盾"
    en = "the certificate expired on {expired:%Y-%m-%d}: have the bank renew the U-key"


class CertificateNotYetValid(Unauthenticated):
    """The certificate, or one above it, is before its beginning."""

    zh = "证书自 {begins:%Y-%m-%d} 起才有效"
    en = "the certificate is not valid before {begins:%Y-%m-%d}"


class CertificateRevoked(Unauthenticated):
    """The bank has put the certificate, or one above it, on its revocation list."""

    zh = "证书已于 {revoked:%Y-%m-%d} 被银行吊销"
    en = "the bank revoked the certificate on {revoked:%Y-%m-%d}"


class CertificateUnfit(Unauthenticated):
    """The certificate is not one that a person signs in and signs with."""

    zh = "证书不能用于登录和签名: {why_zh}"
    en = "the certificate cannot be used to sign in and to sign: {why_en}"


class RevocationUnknown(Unavailable):
    """No revocation list of the bank is at hand, or it is out of date: nothing is accepted on trust."""

    zh = "银行的证书吊销列表缺失或已过期，请稍后再试"
    en = "the bank's revocation list is missing or out of date: try again later"


@dataclass(frozen=True)
class Trust:
    """What this deployment relies on: banks' roots, the CAs under them, and all of their revocation lists."""

    roots: Sequence[asn1_x509.Certificate]
    intermediates: Sequence[asn1_x509.Certificate]
    crls: Sequence[asn1_crl.CertificateList]


@dataclass(frozen=True)
class Holder:
    """Whom a certificate that was relied on names, and the key that is theirs."""

    resident_id: str
    display_name: str
    issuer: str
    certificate_sha256: str
    key: PublicKey

    def __repr__(self) -> str:
        """Without the resident id, which must not reach a log."""
        return f"Holder({self.certificate_sha256[:16]})"


def fingerprint(certificate: bytes) -> str:
    """SHA-256 of a certificate (DER), hexadecimal."""
    return hashlib.sha256(certificate).hexdigest()


def holder(certificate: bytes, trust: Trust, at: datetime) -> Holder:
    """Whom the certificate (DER) names, once everything about it holds at this time; else a refusal above, or BadResidentId."""
    try:
        parsed = asn1_x509.Certificate.load(certificate, strict=True)
        key = _key(parsed)
        _rely(parsed, trust, at)
        return _named(parsed, key, certificate, at)
    except (ValueError, TypeError, KeyError, UnsupportedAlgorithm):
        raise CertificateUnfit(why_zh="无法读取", why_en="it cannot be read") from None


def _key(parsed: asn1_x509.Certificate) -> PublicKey:
    key = load_der_public_key(parsed.public_key.dump())
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= _RSA_BITS:
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _CURVES:
        return key
    raise CertificateUnfit(why_zh="密钥类型或长度不受支持", why_en="its key is of another kind or too short")


def _rely(parsed: asn1_x509.Certificate, trust: Trust, at: datetime) -> None:
    if not trust.roots:
        raise UntrustedRoot
    context = ValidationContext(
        trust_roots=list(trust.roots),
        other_certs=list(trust.intermediates),
        crls=list(trust.crls),
        revocation_mode="require",
        moment=at,
        allow_fetching=False,
    )
    validator = CertificateValidator(parsed, validation_context=context)
    try:
        usage = validator.async_validate_usage({"digital_signature"}, {"client_auth"})  # type: ignore[no-untyped-call]
        asyncio.run(usage)
    except PathBuildingError:
        raise UntrustedRoot from None
    except ExpiredError as error:
        raise CertificateExpired(expired=error.expired_dt) from None
    except NotYetValidError as error:
        raise CertificateNotYetValid(begins=error.valid_from) from None
    except RevokedError as error:
        raise CertificateRevoked(revoked=error.revocation_dt) from None
    except InsufficientRevinfoError:
        raise RevocationUnknown from None
    except DisallowedAlgorithmError:
        raise CertificateUnfit(why_zh="签名算法过弱", why_en="it is signed with a weak algorithm") from None
    except InvalidCertificateError:
        zh, en = "密钥用法须含数字签名和客户端认证", "its key usage must allow digitalSignature and clientAuth"
        raise CertificateUnfit(why_zh=zh, why_en=en) from None
    except PathValidationError:
        raise CertificateUnfit(why_zh="证书链无效", why_en="its chain does not hold (RFC 5280)") from None


def _named(parsed: asn1_x509.Certificate, key: PublicKey, certificate: bytes, at: datetime) -> Holder:
    subject = parsed.subject.native
    number, name = str(subject.get("serial_number", "")), subject.get("common_name", "")
    match = _SUBJECT_NUMBER.fullmatch(number)
    if not match or not isinstance(name, str) or not 0 < len(name) <= 100:
        zh = "主体应含姓名和 PNOCN- 开头的公民身份号码"
        en = "its subject must have a commonName and a serialNumber PNOCN-… (ETSI EN 319 412-1)"
        raise CertificateUnfit(why_zh=zh, why_en=en)
    return Holder(
        resident_id=numbers.resident_id(match[1], at.date(), field="certificate"),
        display_name=name,
        issuer=str(parsed.issuer.native.get("common_name", "")),
        certificate_sha256=fingerprint(certificate),
        key=key,
    )
