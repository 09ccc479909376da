"""申请材料: what may be put to a case, what it is, and what is still missing."""

import hashlib
from collections.abc import Iterable, Sequence
from enum import IntEnum

import puremagic
import rfc8785

from services.chassis.errors import (
    FailedPrecondition,
    InvalidArgument,
    ResourceExhausted,
    ResourceUnknown,
    Violation,
)
from services.intake.rules import states
from services.intake.rules.shapes import Case, File, ListedMaterial

MAX_BYTES = 20 * 1024 * 1024
MAX_FILES_OF_A_MATERIAL = 20
MAX_FILES_OF_A_CASE = 200
# How much of a file its type is judged by.
HEAD_BYTES = 8192
MEDIA_TYPES = ("application/pdf", "image/jpeg", "image/png")
# As people call them: what is taken, and what is often tried.
_CALLED = {"application/pdf": "PDF", "image/jpeg": "JPG", "image/png": "PNG"}
_ALSO_CALLED = {
    "image/heif": ("HEIC 照片", "an HEIC photograph"),
    "image/heic": ("HEIC 照片", "an HEIC photograph"),
    "image/webp": ("WebP 图片", "a WebP picture"),
    "image/gif": ("GIF 图片", "a GIF picture"),
    "image/tiff": ("TIFF 图片", "a TIFF picture"),
    "application/zip": ("压缩包或 Office 文档", "an archive or an Office document"),
    "application/msword": ("Word 文档", "a Word document"),
}
_UNKNOWN = ("其他格式的文件", "a file of another kind")


class MaterialClass(IntEnum):
    """材料分级, numbered as yimen.matters.v1.MaterialClass."""

    # Needed at the submission.
    A = 1
    # 容缺: may follow after acceptance, before a grant.
    B = 2
    # Read by the hall from a shared record; asked for only where it cannot be read.
    C = 3
    # Arises while the case is handled; never asked of the applicant.
    D = 4


class MaterialUnlisted(InvalidArgument):
    """The matter's list has no such material: nothing outside it may be asked for (行政许可法 art. 30, 31)."""

    zh = "事项“{matter}”的材料清单中没有 {material}"
    en = "the list of materials of {matter} has no {material}"


class MaterialNotAsked(InvalidArgument):
    """The material arises while the case is handled; the applicant does not bring it."""

    zh = "“{title}”在办理过程中形成，无需申请人提交"
    en = "{title_en} arises while the case is handled: the applicant does not bring it"


class FileEmpty(InvalidArgument):
    """The file has no content."""

    zh = "文件内容为空"
    en = "the file is empty"


class FileTooLarge(InvalidArgument):
    """The file passes 20 MB."""

    zh = "文件超过 {limit_mb} MB，请压缩后上传"
    en = "the file is larger than {limit_mb} MB"


class FileIncomplete(InvalidArgument):
    """Another number of bytes arrived than was announced: the upload broke off."""

    zh = "文件没有传完（已到 {arrived} 字节，应为 {size} 字节），请重新上传"
    en = "the upload broke off: {arrived} of {size} bytes arrived; please upload the file again"


class FileTypeRefused(InvalidArgument):
    """By its content the file is of a type that the material is not taken in."""

    zh = "“{title}”只接受 {allowed} 文件，所传的是{found_zh}，请另存为这些格式后再上传"
    en = "“{title_en}” is taken as {allowed}, and this is {found_en}: save it as one of these and upload it again"


class TooManyFiles(ResourceExhausted):
    """A material, or the case, has as many files as it may have."""

    zh = "文件过多，最多 {limit} 个"
    en = "there are too many files: at most {limit}"


class MaterialsMissing(FailedPrecondition):
    """What was let follow after acceptance has not come, so the case cannot be granted."""

    zh = "容缺材料尚未补齐: {titles}"
    en = "materials that were to follow are missing: {titles_en}"


def listed(case: Case, material: str) -> ListedMaterial:
    """The material of the matter's list; MaterialUnlisted."""
    for one in case.terms.materials:
        if one.id == material:
            return one
    raise MaterialUnlisted(matter=case.matter_display_name, material=material)


def of(case: Case, material: str) -> list[File]:
    """The files that a material has now."""
    return [file for file in case.files if file.material == material and not file.removed]


def current(case: Case) -> list[File]:
    """All files that the case has now."""
    return [file for file in case.files if not file.removed]


def require_place(case: Case, material: str) -> ListedMaterial:
    """The material, where the applicant may put a file to it now.

    WrongState, MaterialUnlisted, MaterialNotAsked, TooManyFiles. After acceptance only what may follow can come.
    """
    one = listed(case, material)
    if one.material_class == MaterialClass.D:
        raise MaterialNotAsked(title=one.display_name.zh, title_en=_en(one))
    follows = one.material_class == MaterialClass.B and case.state in states.UNDER_WAY
    (states.SUPPLEMENT if follows else states.REVISE).require(case.state)
    if len(of(case, material)) >= MAX_FILES_OF_A_MATERIAL:
        raise TooManyFiles(limit=MAX_FILES_OF_A_MATERIAL)
    if len(case.files) >= MAX_FILES_OF_A_CASE:
        raise TooManyFiles(limit=MAX_FILES_OF_A_CASE)
    return one


def require_whole(arrived: int, size: int) -> None:
    """Passes where as many bytes arrived as were announced; else FileIncomplete."""
    if arrived != size:
        raise FileIncomplete(arrived=arrived, size=size)


def require_size(size: int) -> None:
    """Passes up to 20 MB (20 x 1024 x 1024 bytes); else FileTooLarge."""
    if size > MAX_BYTES:
        raise FileTooLarge(limit_mb=MAX_BYTES // 1024**2)


def media_type(head: bytes, material: ListedMaterial) -> str:
    """The media type by the first bytes, never by the name; FileEmpty, FileTypeRefused where it is not taken."""
    if not head:
        raise FileEmpty
    allowed = list(material.media_types) or list(MEDIA_TYPES)
    found = _types_of(head)
    for one in allowed:
        if one in found:
            return one
    called = {_CALLED[one]: (f" {_CALLED[one]} 文件", f"a {_CALLED[one]} file") for one in found if one in _CALLED}
    found_zh, found_en = next(iter([*called.values(), *(_ALSO_CALLED[one] for one in found if one in _ALSO_CALLED)]), _UNKNOWN)
    names = [_CALLED.get(one, one) for one in allowed]
    raise FileTypeRefused(
        title=material.display_name.zh, title_en=_en(material), allowed=", ".join(names), found_zh=found_zh, found_en=found_en
    )


def remove(case: Case, file_id: str) -> bool:
    """Takes a file off the case and says whether its content may go: what was once handed in is kept as evidence.

    ResourceUnknown, WrongState.
    """
    found = next((file for file in current(case) if file.id == file_id), None)
    if found is None:
        raise ResourceUnknown(name=f"{case.name}/materials/{file_id}")
    states.REVISE.require(case.state)
    if found.submission:
        found.removed = True
        return False
    case.files.remove(found)
    return True


def unfit(case: Case) -> list[File]:
    """The files that the list of materials has no place for, by their material or their type."""
    places = {one.id: one for one in case.terms.materials if one.material_class != MaterialClass.D}
    taken = {material: list(one.media_types) or list(MEDIA_TYPES) for material, one in places.items()}
    return [file for file in current(case) if file.media_type not in taken.get(file.material, [])]


def missing_at_submission(case: Case) -> list[Violation]:
    """A violation for each required material of class A that has no file."""
    return [
        Violation(
            f"case.materials.{one.id}", "material_missing",
            f"缺少材料：{one.display_name.zh}", f"a material is missing: {_en(one)}",
        )
        for one in case.terms.materials
        if one.required and one.material_class == MaterialClass.A and not of(case, one.id)
    ]  # fmt: skip


def require_all_followed(case: Case) -> None:
    """Passes a case whose required class A and B materials are all there; else MaterialsMissing."""
    awaited = [
        one
        for one in case.terms.materials
        if one.required and one.material_class in (MaterialClass.A, MaterialClass.B) and not of(case, one.id)
    ]
    if awaited:
        raise MaterialsMissing(titles="、".join(one.display_name.zh for one in awaited), titles_en=", ".join(map(_en, awaited)))


def fingerprint(files: Iterable[File]) -> str:
    """Changes whenever one of the files does; hexadecimal."""
    return hashlib.sha256(rfc8785.dumps(sorted(file.sha256 for file in files))).hexdigest()


def _types_of(head: bytes) -> Sequence[str]:
    try:
        return [guess.mime_type for guess in puremagic.magic_string(head) if guess.mime_type]
    except puremagic.PureError:
        return []


def _en(material: ListedMaterial) -> str:
    return material.display_name.en or material.display_name.zh
