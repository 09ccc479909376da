"""Files of matters: read in every format, judged row by row, taken all or not at all, and safe to repeat."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.exchange.bureau import Bureau, a_row, as_csv, as_json_lines, as_xlsx, as_yaml, id_of
from tests.serving import refusal
from yimen.matters.v1 import exchange_pb2 as pb
from yimen.matters.v1 import matter_pb2

CSV, XLSX, YAML, LINES = pb.LIST_FORMAT_CSV, pb.LIST_FORMAT_XLSX, pb.LIST_FORMAT_YAML, pb.LIST_FORMAT_JSON_LINES
Make = Callable[..., bytes]
FORMATS = [(as_csv, CSV), (as_xlsx, XLSX), (as_yaml, YAML), (as_json_lines, LINES)]
every_format = pytest.mark.parametrize(("make", "kind"), FORMATS, ids=["csv", "xlsx", "yaml", "jsonl"])


def counts(paper: pb.Import) -> tuple[int, int, int, int]:
    return paper.created, paper.revised, paper.unchanged, paper.rejected


def a_rich_row() -> matter_pb2.Matter:
    """A row with something in every kind of cell."""
    row = a_row(
        conditions=["年满 18 周岁；有固定场所", "无不良记录, 三年内"],
        fees=[{"item": "工本费", "standard": "10 元", "basis": "目录", "amount_fen": 1000}],
        handled_at=["TIER_DISTRICT"],
        service_objects=["SERVICE_OBJECT_NATURAL_PERSON", "SERVICE_OBJECT_ENTERPRISE"],
        quantity_limit='每年 "100" 件,\n先到先得',
        questions=[{"question": "要多久？", "answer": "十天"}],
    )
    row.provenance.add(field_path="*", kind="PROVENANCE_KIND_BEST_KNOWLEDGE", source="to be checked")
    return row


@every_format
def test_what_a_file_says_is_on_the_list_word_by_word(bureau: Bureau, make: Make, kind: pb.ListFormat.ValueType) -> None:
    rows = [a_rich_row(), a_row()]
    paper = bureau.run(make(*rows), kind)
    assert paper.state == pb.IMPORT_STATE_DONE, bureau.rejected(paper)
    assert (counts(paper), paper.rows, paper.rows_done) == ((2, 0, 0, 0), 2, 2)
    for row in rows:
        stored = bureau.get(id_of(row))
        # The codes of the earlier generations followed from the code that the file has.
        for code in ("gbt39046_basic_code", "gbt39046_implementation_code", "guangdong_code"):
            assert getattr(stored.elements, code)
            stored.elements.ClearField(code)
        assert (stored.elements, stored.provenance) == (row.elements, row.provenance)
        assert stored.state == matter_pb2.MATTER_STATE_PUBLISHED


@every_format
def test_the_same_file_again_changes_nothing(bureau: Bureau, make: Make, kind: pb.ListFormat.ValueType) -> None:
    content = make(a_rich_row(), a_row())
    bureau.run(content, kind)
    assert counts(bureau.run(content, kind)) == (0, 0, 2, 0)


def test_a_changed_row_becomes_a_new_version_and_the_others_stay(bureau: Bureau) -> None:
    changed, same = a_row(), a_row()
    bureau.run(as_json_lines(changed, same), LINES)
    changed.elements.conditions.append("另有一条")
    assert counts(bureau.run(as_csv(changed, same), CSV)) == (0, 1, 1, 0)
    assert (bureau.get(id_of(changed)).matter_version, bureau.get(id_of(same)).matter_version) == (2, 1)


def test_a_request_that_is_repeated_is_one_import(bureau: Bureau) -> None:
    content = as_csv(a_row())
    first = bureau.upload(content, CSV, request_id="import-once")
    assert bureau.upload(content, CSV, request_id="import-once").name == first.name
    assert refusal(lambda: bureau.upload(content + b"\n", CSV, request_id="import-once")).reason == "REQUEST_ID_REUSED"
    done = bureau.sender.run(first.name)
    assert bureau.sender.run(first.name) == done


def test_a_dry_run_tells_all_and_changes_nothing(bureau: Bureau) -> None:
    known, new, wrong = a_row(), a_row(), a_row(visits_reason="")
    bureau.run(as_csv(known), CSV)
    known.elements.conditions.append("另有一条")
    paper = bureau.run(as_csv(known, new, wrong), CSV, mode=pb.IMPORT_MODE_SKIP_BAD, dry_run=True)
    assert (paper.state, counts(paper)) == (pb.IMPORT_STATE_DONE, (1, 1, 0, 1))
    assert bureau.rejected(paper) == [(3, "elements.visits_reason", "VISITS_HAVE_REASONS")]
    assert bureau.get(id_of(known)).matter_version == 1
    assert refusal(lambda: bureau.get(id_of(new))).reason == "RESOURCE_UNKNOWN"


def test_one_bad_row_and_nothing_is_taken(bureau: Bureau) -> None:
    good, bad = a_row(), a_row(promised_limit={"value": 30, "unit": "TIME_UNIT_WORKING_DAY"}, visits_reason="")
    paper = bureau.run(as_json_lines(good, bad), LINES)
    assert (paper.state, counts(paper)) == (pb.IMPORT_STATE_REFUSED, (0, 0, 0, 1))
    # Every fault of the row at once.
    assert set(bureau.rejected(paper)) == {
        (2, "elements.promised_limit", "PROMISED_WITHIN_STATUTORY"),
        (2, "elements.visits_reason", "VISITS_HAVE_REASONS"),
    }
    assert refusal(lambda: bureau.get(id_of(good))).reason == "RESOURCE_UNKNOWN"


def test_bad_rows_are_left_out_where_that_is_asked_for(bureau: Bureau) -> None:
    good, bad, better = a_row(), a_row(unit="units/440307-nowhere"), a_row()
    paper = bureau.run(as_yaml(good, bad, better), YAML, mode=pb.IMPORT_MODE_SKIP_BAD)
    assert (paper.state, counts(paper)) == (pb.IMPORT_STATE_DONE, (2, 0, 0, 1))
    assert (2, "elements.unit", "UNIT_KNOWN") in bureau.rejected(paper)
    assert bureau.get(id_of(better)).matter_version == 1


def test_a_code_or_an_id_twice_in_a_file_names_the_first_row(bureau: Bureau) -> None:
    first, second, third = a_row(), a_row(), a_row()
    second.elements.implementation_code = first.elements.implementation_code
    second.elements.basic_code = first.elements.basic_code
    third.name = first.name
    rejected = bureau.rejected(paper := bureau.run(as_csv(first, second, third), CSV))
    assert paper.state == pb.IMPORT_STATE_REFUSED
    assert rejected == [(2, "elements.implementation_code", "CODE_TWICE"), (3, "id", "ID_TWICE")]


def test_a_code_of_another_matter_is_refused_also_after_that_was_cancelled(bureau: Bureau) -> None:
    first, second = a_row(), a_row()
    bureau.run(as_csv(first), CSV)
    second.elements.basic_code = first.elements.basic_code
    second.elements.implementation_code = first.elements.implementation_code
    assert (1, "elements.implementation_code", "CODE_UNIQUE") in bureau.rejected(bureau.run(as_csv(second), CSV))
    bureau.office.editor.CancelMatter(matter_pb2.CancelMatterRequest(name=first.name, reason="取消"))
    assert any(rule == "CODE_NEVER_REUSED" for _, _, rule in bureau.rejected(bureau.run(as_csv(second), CSV)))
    # What was cancelled does not come back by a file.
    first.elements.conditions.append("另有一条")
    assert (1, "state", "MATTER_NOT_PUBLISHED") in bureau.rejected(bureau.run(as_csv(first), CSV))


def test_a_row_without_codes_is_given_them(bureau: Bureau) -> None:
    row = a_row(basic_code="", implementation_code="")
    assert counts(bureau.run(as_csv(row), CSV)) == (1, 0, 0, 0)
    elements = bureau.get(id_of(row)).elements
    assert (len(elements.basic_code), len(elements.implementation_code), len(elements.guangdong_code)) == (12, 31, 26)


def test_drafts_wait_for_their_review(bureau: Bureau) -> None:
    row = a_row(visits_reason="")
    paper = bureau.run(as_csv(row), CSV, publish=False)
    assert counts(paper) == (1, 0, 0, 0)
    assert bureau.get(id_of(row)).state == matter_pb2.MATTER_STATE_DRAFT
    # A later file finds the draft, and puts it in force.
    row.elements.visits_reason = "核验原件"
    assert counts(bureau.run(as_csv(row), CSV)) == (0, 1, 0, 0)
    assert bureau.get(id_of(row)).state == matter_pb2.MATTER_STATE_PUBLISHED


def test_an_import_is_for_editors_alone(bureau: Bureau) -> None:
    paper = bureau.upload(as_csv(a_row()), CSV)
    request: Any = pb.GetImportRequest(name=paper.name)
    assert refusal(lambda: bureau.office.anyone.GetImport(request)).code.name == "UNAUTHENTICATED"


def test_rejections_come_page_by_page(bureau: Bureau) -> None:
    paper = bureau.run(as_csv(*(a_row(visits_reason="") for _ in range(7))), CSV)
    request = pb.ListRejectionsRequest(parent=paper.name, page_size=3)
    rows: list[int] = []
    while True:
        reply = bureau.office.editor.ListRejections(request)
        rows += [one.row for one in reply.rejections]
        request.page_token = reply.next_page_token
        if not request.page_token:
            break
    assert rows == [1, 2, 3, 4, 5, 6, 7]


def test_values_may_be_said_as_people_say_them(bureau: Bureau) -> None:
    row = a_row()
    text = as_csv(row).decode("utf-8-sig")
    for name, said in (
        ("MATTER_TYPE_LICENCE", "行政许可"),
        ("CASE_TYPE_PROMISED", "2"),
        ("TIER_DISTRICT", "区"),
        ("visits,", "到办事现场次数,"),
    ):
        assert name in text
        text = text.replace(name, said)
    assert counts(bureau.run(text.encode(), CSV)) == (1, 0, 0, 0)
    assert bureau.get(id_of(row)).elements.case_type == row.elements.case_type
