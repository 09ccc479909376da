"""Detached CMS signatures (RFC 5652) of a person over a content."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256, sha384, sha512

from asn1crypto import cms
from pyhanko.sign.general import CMSExtractionError, CMSStructuralError
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import extract_certs_for_validation, validate_sig_integrity

from services.chassis.errors import InvalidArgument, PermissionDenied
from services.identity.rules.certificates import Holder, Trust, holder

_HASHES = {"sha256": sha256, "sha384": sha384, "sha512": sha512}
# What an electronic signature must state about itself (ETSI EN 319 122-1, baseline B): when, and with which certificate.
_ATTRIBUTES = {"signing_time", "signing_certificate_v2"}


class SignatureMalformed(InvalidArgument):
    """Not a detached CMS signature by one person with what it must state."""

    zh = "电子签名格式不正确: {why_zh}"
    en = "the signature is malformed: {why_en}"


class ContentDiffers(InvalidArgument):
    """The signature is over another content, or the content was changed after it was signed."""

    zh = "签名的内容与提交的内容不一致"
    en = "the signature is not over this content"


class SignatureInvalid(InvalidArgument):
    """The signature was not made with the key of the certificate in it."""

    zh = "电子签名无效"
    en = "the signature was not made with the key of its certificate"


class SignerIsAnother(PermissionDenied):
    """A signature by somebody else than the caller."""

    zh = "签名用的不是您本人的U盾，请换用您本人的U盾重新签名"
    en = "this was signed with somebody else's U-key: sign again with your own"


@dataclass(frozen=True)
class Signed:
    """Who signed, and when by the signer's own clock."""

    holder: Holder
    signing_time: datetime


def verify(signature: bytes, content: bytes, trust: Trust, at: datetime) -> Signed:
    """Who signed the content, once the signature and the signer's certificate hold at this time.

    SignatureMalformed, ContentDiffers, SignatureInvalid, and every refusal of a certificate.
    """
    try:
        signed_data = _signed_data(signature)
        signer_info: cms.SignerInfo = signed_data["signer_infos"][0]
        stated = _stated(signer_info)
        certificate = extract_certs_for_validation(signed_data).signer_cert
        digest = _HASHES[signer_info["digest_algorithm"]["algorithm"].native](content).digest()
        intact, valid = validate_sig_integrity(signer_info, certificate, "data", digest)
    except (ValueError, TypeError, KeyError, SignatureValidationError, CMSExtractionError, CMSStructuralError):
        raise SignatureMalformed(why_zh="无法读取", why_en="it cannot be read") from None
    if not intact:
        raise ContentDiffers
    if not valid:
        raise SignatureInvalid
    return Signed(holder(certificate.dump(), trust, at), stated["signing_time"])


def _signed_data(signature: bytes) -> cms.SignedData:
    info = cms.ContentInfo.load(signature, strict=True)
    if info["content_type"].native != "signed_data":
        raise SignatureMalformed(why_zh="不是签名数据", why_en="it is not SignedData")
    signed_data: cms.SignedData = info["content"]
    if signed_data["encap_content_info"]["content"].native is not None:
        raise SignatureMalformed(why_zh="须为分离式签名", why_en="it must be detached")
    if len(signed_data["signer_infos"]) != 1:
        raise SignatureMalformed(why_zh="须只有一个签名人", why_en="it must have one signer")
    return signed_data


def _stated(signer_info: cms.SignerInfo) -> dict[str, datetime]:
    attributes = {attribute["type"].native: attribute["values"].native for attribute in signer_info["signed_attrs"]}
    if not attributes.keys() >= _ATTRIBUTES or any(len(attributes[name]) != 1 for name in _ATTRIBUTES):
        zh, en = "缺少签名时间或签名证书属性", "signing-time or signing-certificate-v2 is missing"
        raise SignatureMalformed(why_zh=zh, why_en=en)
    return {"signing_time": attributes["signing_time"][0]}
