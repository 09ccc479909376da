"""Files to rows, in memory that does not grow with the file: one row is read, given out and forgotten."""

import codecs
import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from itertools import islice
from typing import IO, Any

import yaml

from services.chassis.errors import Violation
from services.matters.exchange import messages, rows
from services.matters.exchange.rows import MAX_ROW_BYTES, MAX_ROWS, FileUnreadable, Row, Rows
from services.matters.exchange.table import Reader
from yimen.matters.v1 import exchange_pb2

_LOOK_BYTES = 1024 * 1024
# GB 18030 reads whatever was written as GBK or GB 2312.
_ENCODINGS = ("utf-8-sig", "gb18030")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# A whole list as a workbook unpacks to some sixty megabytes; what unpacks to more is not one.
_MAX_UNPACKED_BYTES = 300 * 1024 * 1024
_MAX_PARTS = 1000
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]+)(\d+):([A-Z]+)(\d+)"')

csv.field_size_limit(MAX_ROW_BYTES)


def read(content: IO[bytes], format: int) -> Rows:  # noqa: A002 - as the contract calls it
    """The rows of a file, from 1 on; blank ones are left out and counted. FileUnreadable, which may come after rows."""
    readers: dict[int, Callable[[IO[bytes]], Rows]] = {
        exchange_pb2.LIST_FORMAT_CSV: _csv,
        exchange_pb2.LIST_FORMAT_XLSX: _xlsx,
        exchange_pb2.LIST_FORMAT_YAML: _yaml,
        exchange_pb2.LIST_FORMAT_JSON_LINES: _json_lines,
    }
    found = readers[format](content)
    first = next(found, None)
    if first is None:
        raise rows.empty()
    yield first
    yield from islice(found, MAX_ROWS - 1)
    if next(found, None) is not None:
        raise rows.too_many()


def _text(content: IO[bytes]) -> io.TextIOWrapper:
    """The file as text, in the first encoding that reads all of it."""
    for encoding in _ENCODINGS:
        content.seek(0)
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            while part := content.read(_LOOK_BYTES):
                decoder.decode(part)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        content.seek(0)
        return io.TextIOWrapper(content, encoding=encoding, newline="")
    zh, en = "文件编码既不是 UTF-8，也不是 GBK（GB 18030）", "the file is neither UTF-8 nor GBK (GB 18030)"
    raise FileUnreadable("ENCODING_UNKNOWN", zh, en)


def _csv(content: IO[bytes]) -> Rows:
    lines = csv.reader(_text(content), strict=True)
    try:
        header = next(lines, None)
    except csv.Error as error:
        raise _header(str(error)) from None
    if not header:
        raise rows.empty()
    reader = _reader(header)
    number = 0
    while True:
        number += 1
        try:
            values = next(lines)
        except StopIteration:
            return
        except csv.Error as error:
            # Where a quotation does not end nobody knows where the next row begins.
            zh, en = f"第 {number} 行无法读取：{error}", f"row {number} cannot be read: {error}"
            raise FileUnreadable("ROW_MALFORMED", zh, en, where="row") from None
        if any(map(str.strip, values)):
            yield reader.row(number, values)


def _reader(header: list[Any]) -> Reader:
    try:
        return Reader(["" if name is None else str(name) for name in header])
    except ValueError as error:
        raise _header(str(error)) from None


def _header(why: str) -> FileUnreadable:
    return FileUnreadable(
        "HEADER_UNKNOWN", f"表头无法识别：{why}", f"the header is not one of a list of matters: {why}", "header"
    )


def _json_lines(content: IO[bytes]) -> Rows:
    text, number = _text(content), 0
    while line := text.readline(MAX_ROW_BYTES + 1):
        number += 1
        if len(line) > MAX_ROW_BYTES:
            while line and not line.endswith("\n"):
                line = text.readline(MAX_ROW_BYTES)
            yield rows.too_long(number)
        elif line.strip():
            yield _parsed(number, line, json.loads, (ValueError, RecursionError))


def _yaml(content: IO[bytes]) -> Rows:
    for number, document in enumerate(_documents(_text(content)), start=1):
        if document is None:
            yield rows.too_long(number)
        elif document.strip():
            yield _parsed(number, document, _load_yaml, (yaml.YAMLError, ValueError, RecursionError))


def _load_yaml(text: str) -> Any:
    return yaml.load(text, _LOADER)  # noqa: S506 - both loaders are the safe ones


def _documents(text: io.TextIOWrapper) -> Iterator[str | None]:
    """The documents of a stream; None for one that is too long."""
    lines: list[str] = []
    size = 0
    while line := text.readline(MAX_ROW_BYTES + 1):
        if line.startswith("---") and not line[3:].strip():
            if "".join(lines).strip() or size > MAX_ROW_BYTES:
                yield "".join(lines) if size <= MAX_ROW_BYTES else None
            lines, size = [], 0
            continue
        size += len(line)
        if size <= MAX_ROW_BYTES:
            lines.append(line)
        else:
            lines.clear()
    if lines or size:
        yield "".join(lines) if size <= MAX_ROW_BYTES else None


def _parsed(number: int, text: str, parse: Callable[[str], Any], errors: tuple[type[Exception], ...]) -> Row:
    try:
        content = parse(text)
    except errors as error:
        why = " ".join(str(error).split())[:200]
        return Row(number, wrong=[Violation("row", "ROW_MALFORMED", f"该行无法读取：{why}", f"the row cannot be read: {why}")])
    return messages.row_of(number, content)


def _xlsx(content: IO[bytes]) -> Rows:
    # Twenty megabytes of a process that may never read a workbook.
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    content.seek(0)
    try:
        with zipfile.ZipFile(content) as archive:
            _require_bearable(archive)
            book = openpyxl.load_workbook(content, read_only=True, data_only=False, keep_links=False)
            sheet: Any = book.worksheets[0]
            merged = _merged(archive, sheet._worksheet_path)
            sheet.reset_dimensions()
            yield from _sheet_rows(sheet.iter_rows(), merged)
    except (
        zipfile.BadZipFile,
        InvalidFileException,
        KeyError,
        IndexError,
        ValueError,
        SyntaxError,
        EOFError,
        OSError,
    ) as error:
        why = " ".join(str(error).split())[:200]
        raise FileUnreadable(
            "XLSX_UNREADABLE", f"不是可读取的 XLSX 文件：{why}", f"no XLSX file that can be read: {why}"
        ) from None


def _require_bearable(archive: zipfile.ZipFile) -> None:
    """What is declared bounds what is read: the archive's reader stops at it."""
    parts = archive.infolist()
    if len(parts) > _MAX_PARTS or sum(part.file_size for part in parts) > _MAX_UNPACKED_BYTES:
        mib = _MAX_UNPACKED_BYTES // 1024 // 1024
        zh, en = f"压缩文件展开后超过 {mib} MiB", f"the archive unpacks to more than {mib} MiB"
        raise FileUnreadable("ARCHIVE_TOO_LARGE", zh, en)


def _merged(archive: zipfile.ZipFile, path: str) -> dict[int, str]:
    """The merged cells of a sheet, by each row that they touch."""
    found: dict[int, str] = {}
    with archive.open(path.lstrip("/")) as part:
        held = b""
        while block := part.read(_LOOK_BYTES):
            held += block
            for left, top, right, bottom in _MERGED.findall(held):
                area = f"{left.decode()}{int(top)}:{right.decode()}{int(bottom)}"
                found |= dict.fromkeys(range(int(top), min(int(bottom), MAX_ROWS + 1) + 1), area)
            held = held[-200:]
    return found


def _sheet_rows(sheet: Iterator[Any], merged: dict[int, str]) -> Rows:
    header = next(sheet, None)
    if header is None:
        raise rows.empty()
    if 1 in merged:
        raise _header(f"{merged[1]} is merged")
    reader = _reader([cell.value for cell in header])
    for number, cells in enumerate(sheet, start=1):
        values = [cell.value for cell in cells]
        if all(value is None or not str(value).strip() for value in values):
            continue
        row = reader.row(number, values)
        row.wrong += [_formula(header, place, cell) for place, cell in enumerate(cells) if cell.data_type == "f"]
        if number + 1 in merged:
            area = merged[number + 1]
            row.wrong.append(Violation("row", "MERGED_CELLS", f"单元格 {area} 被合并", f"the cells {area} are merged"))
        yield row


def _formula(header: Any, place: int, cell: Any) -> Violation:
    name = str(header[place].value) if place < len(header) else "row"
    zh, en = f"{cell.coordinate} 是公式，只能填写值", f"{cell.coordinate} is a formula: only values are taken"
    return Violation(name, "FORMULA_CELL", zh, en)
