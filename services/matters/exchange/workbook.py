"""A workbook of one sheet, written while its rows come: no library writes to what cannot be turned back, so this is by hand.

The smallest parts that ECMA-376 asks for; every cell is text in place, so nothing is ever taken for a formula.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator
from typing import IO, cast
from xml.sax.saxutils import escape

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_FIXED = {
    "[Content_Types].xml": (
        f'{_HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPES}.worksheet+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'{_HEAD}<Relationships xmlns="{_RELATIONS}">'
        f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'{_HEAD}<Relationships xmlns="{_RELATIONS}">'
        f'<Relationship Id="r1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
    ),
}
_FROZEN_HEADER = (
    '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" state="frozen"/></sheetView></sheetViews>'
)
# XML 1.0 has no place for these.
_UNSPEAKABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class _Outlet:
    """What the archive is written to: it can be written alone, and gives out what has gathered."""

    def __init__(self) -> None:
        self._gathered = bytearray()

    def write(self, content: bytes) -> int:
        self._gathered += content
        return len(content)

    def flush(self) -> None:
        """Nothing waits anywhere else."""

    def taken(self) -> bytes:
        """What has gathered since it was last asked."""
        given = bytes(self._gathered)
        self._gathered.clear()
        return given


def written(title: str, header: list[str], rows: Iterable[list[str]]) -> Iterator[bytes]:
    """The bytes of a workbook with one sheet of this title, header first."""
    outlet = _Outlet()
    with zipfile.ZipFile(cast(IO[bytes], outlet), "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, content in _FIXED.items():
            archive.writestr(name, content)
        book = f'<sheets><sheet name="{escape(title)}" sheetId="1" r:id="r1"/></sheets>'
        archive.writestr("xl/workbook.xml", f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">{book}</workbook>')
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(f'{_HEAD}<worksheet xmlns="{_MAIN}">{_FROZEN_HEADER}<sheetData>'.encode())
            sheet.write(_row(header))
            for row in rows:
                sheet.write(_row(row))
                yield outlet.taken()
            sheet.write(b"</sheetData></worksheet>")
    yield outlet.taken()


def _row(values: list[str]) -> bytes:
    return f"<row>{''.join(map(_cell, values))}</row>".encode()


def _cell(value: str) -> str:
    if not value:
        return "<c/>"
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(_UNSPEAKABLE.sub("", value))}</t></is></c>'
