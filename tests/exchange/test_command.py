"""The command line: a file goes in, the list comes out, and the exit code says whether all was taken."""

import subprocess
import sys
from pathlib import Path

import pytest

from services.chassis.caller import Post
from services.matters.exchange import command
from tests.exchange.bureau import Bureau, a_row, as_csv, as_json_lines, id_of
from tests.serving import refusal
from yimen.matters.v1 import exchange_pb2 as pb


@pytest.fixture
def call(bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> Bureau:
    """The environment of somebody at a command line."""
    monkeypatch.setenv("TOKEN", bureau.office.issuer.token("people/editor", Post("EDITOR", "440307")))
    monkeypatch.setenv("YIMEN", bureau.address)
    return bureau


def test_a_file_is_imported_and_the_list_exported(call: Bureau, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = a_row()
    (tmp_path / "rows.csv").write_bytes(as_csv(row))
    assert command.main(["import", str(tmp_path / "rows.csv"), "--dry-run"]) == 0
    assert "1 created, 0 revised, 0 unchanged, 0 rejected (dry run)" in capsys.readouterr().err
    assert refusal(lambda: call.get(id_of(row))).reason == "RESOURCE_UNKNOWN"
    assert command.main(["import", str(tmp_path / "rows.csv")]) == 0
    assert command.main(["export", str(tmp_path / "list.jsonl")]) == 0
    assert row.name in (tmp_path / "list.jsonl").read_text(encoding="utf-8")
    assert not (tmp_path / "list.jsonl.part").exists()


def test_what_is_rejected_is_said_row_by_row_in_both_languages(
    call: Bureau, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = a_row(), a_row(visits_reason="")
    (tmp_path / "rows.jsonl").write_bytes(as_json_lines(good, bad))
    assert command.main(["import", str(tmp_path / "rows.jsonl")]) == 1
    said = capsys.readouterr()
    assert said.out.startswith(f"row 2\t{id_of(bad)}\telements.visits_reason\tVISITS_HAVE_REASONS\t须到现场 1 次")
    assert "refused: nothing was taken" in said.err
    assert command.main(["import", str(tmp_path / "rows.jsonl"), "--skip-bad", "--draft"]) == 0
    assert call.get(id_of(bad)).state == 1


def test_a_refusal_of_the_service_is_said_in_both_languages(
    call: Bureau, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TOKEN")
    (tmp_path / "rows.csv").write_bytes(as_csv(a_row()))
    assert command.main(["import", str(tmp_path / "rows.csv")]) == 1
    assert capsys.readouterr().err.splitlines() == ["请先登录", "sign in first"]


def test_a_file_of_no_known_ending_needs_a_format(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="--format"):
        command.main(["import", str(tmp_path / "rows.doc")])


def test_the_commands_are_the_services_own() -> None:
    helped = subprocess.run([sys.executable, "-m", "services.matters", "--help"], capture_output=True, text=True, check=True)
    assert "import" in helped.stdout
    assert pb.ListFormat.Name(command._FORMATS["jsonld"]) == "LIST_FORMAT_JSON_LD"
