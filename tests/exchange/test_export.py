"""The published list as open data: what goes out comes in again unchanged, and memory does not grow with the list."""

import csv
import io
import json
import tracemalloc
from collections.abc import Iterator

import openpyxl
import pytest

from services.matters.documents import Unit
from services.matters.exchange import exporting, linked, table
from tests.exchange.bureau import Bureau, a_row, as_json_lines, id_of
from yimen.matters.v1 import exchange_pb2 as pb
from yimen.matters.v1 import matter_pb2

CSV, XLSX, LINES, LINKED = pb.LIST_FORMAT_CSV, pb.LIST_FORMAT_XLSX, pb.LIST_FORMAT_JSON_LINES, pb.LIST_FORMAT_JSON_LD


@pytest.fixture(scope="module")
def listed(bureau: Bureau) -> matter_pb2.Matter:
    """A published matter, beside a draft and a cancelled one."""
    shown, draft, gone = a_row(), a_row(), a_row()
    bureau.run(as_json_lines(shown, gone), LINES)
    bureau.run(as_json_lines(draft), LINES, publish=False)
    bureau.office.editor.CancelMatter(matter_pb2.CancelMatterRequest(name=gone.name, reason="取消"))
    return shown


@pytest.mark.parametrize("kind", [CSV, XLSX, LINES], ids=["csv", "xlsx", "jsonl"])
def test_an_export_comes_in_again_unchanged(bureau: Bureau, listed: matter_pb2.Matter, kind: pb.ListFormat.ValueType) -> None:
    paper = bureau.run(bureau.export(kind), kind)
    assert (paper.state, paper.created, paper.revised, paper.rejected) == (pb.IMPORT_STATE_DONE, 0, 0, 0), bureau.rejected(
        paper
    )
    assert paper.unchanged == paper.rows >= 1


def test_it_has_what_is_published_and_nothing_else_in_the_order_of_codes(bureau: Bureau, listed: matter_pb2.Matter) -> None:
    matters = [json.loads(line) for line in bureau.export(LINES).splitlines()]
    assert listed.name in [matter["name"] for matter in matters]
    assert {matter["state"] for matter in matters} == {"MATTER_STATE_PUBLISHED"}
    codes = [matter["elements"]["implementation_code"] for matter in matters]
    assert codes == sorted(codes)
    assert not [matter for matter in matters if "etag" in matter]


def test_the_table_begins_with_its_header(bureau: Bureau, listed: matter_pb2.Matter) -> None:
    text = bureau.export(CSV).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    row = next(row for row in rows if row["id"] == id_of(listed))
    assert row["display_name.zh"] == listed.elements.display_name.zh
    assert row["matter_type"] == "MATTER_TYPE_LICENCE"
    assert json.loads(row["materials"])[0]["id"] == "application-form"


def test_the_workbook_is_for_people(bureau: Bureau, listed: matter_pb2.Matter) -> None:
    book = openpyxl.load_workbook(io.BytesIO(bureau.export(XLSX)))
    (sheet,) = book.worksheets
    rows = list(sheet.iter_rows(values_only=True))
    assert sheet.title == "权责清单"
    assert rows[0][:3] == ("事项标识", "事项名称（中文）", "事项名称（英文）")
    row = next(dict(zip(rows[0], row, strict=True)) for row in rows if row[0] == id_of(listed))
    assert row["事项类型"] == "行政许可"


def test_the_linked_data_speaks_of_public_services_in_the_terms_of_cpsv_ap(bureau: Bureau, listed: matter_pb2.Matter) -> None:
    document = json.loads(bureau.export(LINKED))
    assert document["@context"] == linked.CONTEXT
    nodes = {node["@id"]: node for node in document["@graph"]}
    service = nodes[f"/v1/{listed.name}"]
    assert service["@type"] == "cpsv:PublicService"
    # What CPSV-AP 3.2 makes mandatory of a public service.
    assert {"dct:identifier", "dct:title", "dct:description", "cv:hasCompetentAuthority"} <= service.keys()
    authority = nodes[service["cv:hasCompetentAuthority"]["@id"]]
    assert (authority["@type"], authority["skos:prefLabel"]["@value"]) == ("cv:PublicOrganisation", "深圳市龙岗区教育局")
    assert service["cv:processingTime"] == {"@type": "xsd:duration", "@value": "P14D"}
    assert service["cpsv:hasInput"][0]["@type"] == "cv:Evidence"
    assert service["cv:isClassifiedBy"]["skos:notation"] == "01"
    prefixes = {key.partition(":")[0] for node in document["@graph"] for key in node if ":" in key}
    assert prefixes <= linked.CONTEXT.keys()


def test_a_street_has_no_list_of_its_own(bureau: Bureau) -> None:
    request = pb.ExportMattersRequest(parent="halls/440307003", format=LINES)
    assert list(bureau.office.anyone.ExportMatters(request)) == []


@pytest.mark.parametrize("write", [exporting.as_csv, exporting.as_workbook, exporting.as_json_lines, linked.as_json_ld])
def test_memory_does_not_grow_with_the_list(write: exporting.Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Unit, "display_name_of", lambda name: name)
    row = a_row()

    def most(matters: int) -> int:
        def endless() -> Iterator[matter_pb2.Matter]:
            for _ in range(matters):
                yield matter_pb2.Matter.FromString(row.SerializeToString())

        tracemalloc.start()
        for _ in exporting.in_parts(write(endless())):
            pass
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak

    most(10)
    assert most(450) < most(150) + 512 * 1024


def test_every_element_has_a_column_and_every_column_a_chinese_name() -> None:
    names = [column.name for column in table.columns()]
    titles = table.header(for_people=True)
    assert len(set(names)) == len(names)
    assert len(set(titles)) == len(titles)
    assert {name.partition(".")[0] for name in names} == set(matter_pb2.Matter().elements.DESCRIPTOR.fields_by_name)
