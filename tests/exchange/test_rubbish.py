"""Files that are no list of matters: each gives a clear report, and changes nothing."""

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest

from services.matters.exchange import rows, store
from tests.exchange.bureau import Bureau, a_row, as_csv, as_json_lines, as_xlsx, as_yaml, id_of
from tests.serving import refusal
from yimen.matters.v1 import exchange_pb2 as pb

CSV, XLSX, YAML, LINES = pb.LIST_FORMAT_CSV, pb.LIST_FORMAT_XLSX, pb.LIST_FORMAT_YAML, pb.LIST_FORMAT_JSON_LINES
SKIP_BAD = pb.IMPORT_MODE_SKIP_BAD


def refused(bureau: Bureau, content: bytes, kind: pb.ListFormat.ValueType) -> list[tuple[int, str, str]]:
    """Why the file is refused; even where bad rows may be left out."""
    paper = bureau.run(content, kind, mode=SKIP_BAD)
    assert (paper.state, paper.created, paper.revised, paper.unchanged) == (pb.IMPORT_STATE_REFUSED, 0, 0, 0)
    return bureau.rejected(paper)


def edited(content: bytes, edit: Callable[[Any], None]) -> bytes:
    """A workbook after somebody has edited it."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    edit(book.active)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def test_gbk_is_read_like_utf8(bureau: Bureau) -> None:
    row = a_row(display_name={"zh": "旧系统导出的许可", "en": "From an old system"})
    paper = bureau.run(as_csv(row).decode("utf-8-sig").encode("gbk"), CSV)
    assert paper.created == 1
    assert bureau.get(id_of(row)).elements.display_name.zh == "旧系统导出的许可"


@pytest.mark.parametrize("kind", [CSV, YAML, LINES], ids=["csv", "yaml", "jsonl"])
def test_what_is_no_text_is_refused(bureau: Bureau, kind: pb.ListFormat.ValueType) -> None:
    assert refused(bureau, b"\x89PNG\r\n\x1a\n\xff\xff\xff\xff", kind) == [(0, "file", "ENCODING_UNKNOWN")]


def test_an_empty_file_and_a_file_without_rows_are_refused(bureau: Bureau) -> None:
    assert refusal(lambda: bureau.upload(b"", CSV)).reason == "FILE_EMPTY"
    assert refused(bureau, as_csv(), CSV) == [(0, "file", "NO_ROWS")]
    assert refused(bureau, b"\n\n", LINES) == [(0, "file", "NO_ROWS")]


def test_a_header_of_something_else_is_refused(bureau: Bureau) -> None:
    assert refused(bureau, "姓名,电话\n张三,1\n".encode(), CSV) == [(0, "header", "HEADER_UNKNOWN")]
    assert refused(bureau, b"unit,unit,id\n", CSV) == [(0, "header", "HEADER_UNKNOWN")]
    assert refused(bureau, b"unit\n", CSV) == [(0, "header", "HEADER_UNKNOWN")]


def test_a_file_larger_than_the_limit_is_refused_while_it_arrives(bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MAX_FILE_BYTES", 1024 * 1024)
    too_large = refusal(lambda: bureau.upload(b"x" * 3 * 1024 * 1024, CSV, request_id="too-large"))
    assert (too_large.reason, too_large.facts["mebibytes"]) == ("FILE_TOO_LARGE", "1")
    lied = refusal(lambda: bureau.upload(b"x" * 3 * 1024 * 1024, CSV, request_id="too-large", size=1000))
    assert lied.reason == "FILE_TOO_LARGE"
    # Nothing of it is left, so the same request can bring a smaller file.
    assert bureau.upload(as_csv(a_row()), CSV, request_id="too-large").state == pb.IMPORT_STATE_UPLOADED


def test_a_file_that_broke_off_is_not_taken_for_a_whole_one(bureau: Bureau) -> None:
    content = as_csv(a_row())
    broken = refusal(lambda: bureau.upload(content, CSV, size=len(content) + 1, request_id="broken"))
    assert (broken.reason, broken.facts["arrived"]) == ("FILE_INCOMPLETE", str(len(content)))
    assert bureau.upload(content, CSV, request_id="broken").state == pb.IMPORT_STATE_UPLOADED


def test_a_zip_bomb_is_not_unpacked(bureau: Bureau) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/worksheets/sheet1.xml", "w") as part:
        for _ in range(310):
            part.write(bytes(1024 * 1024))
    assert len(bomb.getvalue()) < 1024 * 1024
    assert refused(bureau, bomb.getvalue(), XLSX) == [(0, "file", "ARCHIVE_TOO_LARGE")]


@pytest.mark.parametrize(
    "content", [b"no zip at all", b"PK\x05\x06" + bytes(18), as_xlsx(a_row())[:-100]], ids=["text", "empty", "cut"]
)
def test_what_is_no_workbook_is_refused(bureau: Bureau, content: bytes) -> None:
    assert refused(bureau, content, XLSX) == [(0, "file", "XLSX_UNREADABLE")]


def test_formulas_and_merged_cells_are_named_by_row_and_column(bureau: Bureau) -> None:
    first, second, third = a_row(), a_row(), a_row()

    def edit(sheet: Any) -> None:
        sheet["C2"] = '=CONCATENATE("a","b")'
        sheet.merge_cells("B3:B4")

    paper = bureau.run(edited(as_xlsx(first, second, third, a_row()), edit), XLSX, mode=SKIP_BAD)
    assert (paper.created, paper.rejected) == (1, 3)
    rejected = bureau.rejected(paper)
    assert (1, "事项名称（英文）", "FORMULA_CELL") in rejected
    assert {row for row, _, rule in rejected if rule == "MERGED_CELLS"} == {2, 3}


def test_a_workbook_that_a_person_filled_in_is_read(bureau: Bureau) -> None:
    row = a_row()

    def edit(sheet: Any) -> None:
        # Spreadsheets keep numbers, and leave empty rows behind.
        places = {cell.value: cell.column for cell in sheet[1]}
        sheet.cell(2, places["到办事现场次数"]).value = 1.0
        sheet.cell(2, places["基本编码"]).value = int(row.elements.basic_code)
        sheet.cell(9, 1).value = " "

    assert bureau.run(edited(as_xlsx(row), edit), XLSX).created == 1


@pytest.mark.parametrize(
    ("line", "field", "rule"),
    [
        (b"{", "row", "ROW_MALFORMED"),
        (b"[1]", "row", "ROW_MALFORMED"),
        (b"[" * 5000 + b"]" * 5000, "row", "ROW_MALFORMED"),
        (b'{"elements": {}}', "id", "ID_MISSING"),
        (b'{"id": "UPPER case", "elements": {}}', "id", "ID_MALFORMED"),
        (b'{"id": "x", "elements": {"colour": "red"}}', "elements.colour", "FIELD_UNKNOWN"),
        (b'{"id": "x", "elements": {"visits": "many"}}', "elements.visits", "VALUE_MALFORMED"),
        (b'{"id": "x", "elements": {"matter_type": "MATTER_TYPE_X"}}', "elements.matter_type", "VALUE_MALFORMED"),
        (b'{"id": "x", "elements": {"visits": 99}}', "elements.visits", "int32.gte_lte"),
        (b'{"id": "x", "elements": {"unit": "' + b"u" * rows.MAX_ROW_BYTES + b'"}}', "row", "ROW_TOO_LARGE"),
    ],
    ids=["cut", "list", "deep", "no-id", "bad-id", "field", "value", "enum", "range", "long"],
)
def test_a_row_that_is_no_matter_is_named_and_the_others_are_taken(bureau: Bureau, line: bytes, field: str, rule: str) -> None:
    good = a_row()
    paper = bureau.run(as_json_lines(good)[:-1] + b"\n" + line + b"\n" + as_json_lines(a_row()), LINES, mode=SKIP_BAD)
    assert (paper.created, paper.rejected) == (2, 1)
    assert (2, field, rule) in bureau.rejected(paper)


def test_a_cell_that_cannot_be_read_is_named_by_its_column(bureau: Bureau) -> None:
    text = as_csv(a_row(), a_row()).decode("utf-8-sig")
    text = text.replace("MATTER_TYPE_LICENCE", "许可证办理", 1).replace("LEGAL_RANK_LAW", "LEGAL_RANK_SONG", 1)
    rejected = bureau.rejected(bureau.run(text.encode(), CSV, mode=SKIP_BAD))
    assert {(1, "matter_type", "VALUE_MALFORMED"), (1, "legal_basis", "VALUE_MALFORMED")} <= set(rejected)
    assert {row for row, _, _ in rejected} == {1}


def test_a_quotation_without_an_end_refuses_the_file(bureau: Bureau) -> None:
    content = as_csv(a_row()) + b'another,"never closed\n'
    assert refused(bureau, content, CSV)[-1][1:] == ("row", "ROW_MALFORMED")


def test_aliases_do_not_make_a_small_text_an_endless_matter(bureau: Bureau) -> None:
    bomb = "id: bomb\nelements:\n  form_schema:\n    a: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"    b{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9))
    paper = bureau.run(as_yaml(a_row()) + f"---\n{bomb}".encode(), YAML, mode=SKIP_BAD)
    assert paper.created == 1
    assert bureau.rejected(paper) == [(2, "row", "ROW_TOO_LARGE")]


def test_linked_data_is_for_export_alone(bureau: Bureau) -> None:
    refusal_ = refusal(lambda: bureau.upload(json.dumps({}).encode(), pb.LIST_FORMAT_JSON_LD))
    assert refusal_.violations == {"format": "enum.not_in"}
