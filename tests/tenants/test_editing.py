"""An operator's day: halls and tiers come, change and go as edits of data."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

import tenants
from tenants.__main__ import main
from tenants.halls import files
from tenants.schema import schemas
from tests.tenants.tenant_folders import LONGGANG, a_copy, edit

A_STREET = """\
"440307018":
  name: {zh: 吉华街道, en: Jihua Street}
  below:
    opening_hours:
      - {weekdays: [1, 2, 3, 4, 5, 6], opens: "09:00", closes: "17:00"}

"440307018001":
  name: {zh: 水径社区, en: Shuijing Community}

"440307018002":
  name: {zh: 凤凰社区, en: Fenghuang Community}
  telephone: "0755-88888888"
  address: 深圳市龙岗区吉华街道凤凰大道1号

"440307018003":
  name: {zh: 三联社区, en: Sanlian Community}
  functions: {accepts: [street, community]}
  counters:
    delivery-1: null
    payment-1: {name: {zh: 收费窗口}, function: payment}
"""


def test_a_street_with_three_communities_is_an_edit_of_data(tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    (folder / "streets" / "jihua.yaml").write_text(A_STREET)
    halls = tenants.load(folder)
    assert len(halls) == 122
    assert [hall.code for hall in halls.children("440307018")] == [
        "440307018001",
        "440307018002",
        "440307018003",
    ]
    assert halls.get("440307018002").display_name.zh == "龙岗区吉华街道凤凰社区政务服务大厅"


def test_a_hall_takes_its_standard_then_its_parents_settings_then_its_own(tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    (folder / "streets" / "jihua.yaml").write_text(A_STREET)
    halls = tenants.load(folder)
    street, first, second, third = halls.subtree("440307018")
    standard = halls.get("440307003012")

    assert street.opening_hours != first.opening_hours  # `below` is not for the street itself
    assert first.opening_hours[0].closes == second.opening_hours[0].closes == "17:00"
    assert first.telephone == standard.telephone == "12345"
    assert second.telephone == "0755-88888888"
    assert first.counters == standard.counters
    assert set(third.counters) == {"general-1", "general-2", "payment-1"}
    assert not third.accepts("district")


def test_an_address_of_ones_own_is_no_placeholder(tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    (folder / "streets" / "jihua.yaml").write_text(A_STREET)
    halls = tenants.load(folder)
    assert halls.get("440307018001").address_is_placeholder
    assert not halls.get("440307018002").address_is_placeholder


def test_a_whole_tier_is_an_edit_of_data(tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    streets, standards = folder / "streets", folder / "standards"
    streets.rename(tmp_path / "later")
    (standards / "community.yaml").rename(tmp_path / "community.yaml")
    assert len(tenants.load(folder)) == 1
    (tmp_path / "later").rename(streets)
    (tmp_path / "community.yaml").rename(standards / "community.yaml")
    assert len(tenants.load(folder)) == 118


def test_the_districts_word_reaches_both_tiers_below(tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    edit(folder, "district.yaml", "name:", 'below: {telephone: "0755-12345"}\n  name:')
    told = [hall.telephone for hall in tenants.load(folder)]
    assert told == ["12345"] + ["0755-12345"] * 117


def test_the_revision_tells_what_is_said_and_the_fingerprint_that_something_was_edited(
    tmp_path: Path,
) -> None:
    folder = a_copy(tmp_path)
    revision, fingerprint = tenants.load(folder).revision, tenants.fingerprint(folder)
    assert revision == tenants.load().revision

    (folder / "district.yaml").touch()
    assert tenants.fingerprint(folder) != fingerprint
    assert tenants.load(folder).revision == revision

    fingerprint = tenants.fingerprint(folder)
    (folder / "streets" / "jihua.yaml").write_text(A_STREET)
    assert tenants.fingerprint(folder) != fingerprint
    assert tenants.load(folder).revision != revision


def test_a_folder_laid_out_by_links_as_kubernetes_mounts_it_reads_the_same(tmp_path: Path) -> None:
    a_copy_of = tmp_path / "..2014_12_01"
    a_copy_of.mkdir()
    a_copy(a_copy_of)
    (tmp_path / "..data").symlink_to(a_copy_of.name)
    for name in ("district.yaml", "standards", "streets"):
        (tmp_path / name).symlink_to(f"..data/{name}")
    assert tenants.load(tmp_path).revision == tenants.load().revision


@pytest.mark.parametrize("name", sorted(schemas()))
def test_the_schemas_for_editors_are_current(name: str) -> None:
    assert (LONGGANG / name).read_text() == schemas()[name], "run `python -m tenants schema`"


def schema_of(path: Path) -> jsonschema.Draft7Validator:
    """The schema that a file names in its first line, as an editor finds it."""
    first = path.read_text().splitlines()[0]
    assert first.startswith("# yaml-language-server: $schema="), f"{path} names no schema"
    return jsonschema.Draft7Validator(json.loads((path.parent / first.partition("=")[2]).read_text()))


@pytest.mark.parametrize("path", files(LONGGANG), ids=lambda path: path.stem)
def test_every_file_satisfies_the_schema_that_it_names(path: Path) -> None:
    schema_of(path).validate(yaml.safe_load(path.read_text()))


def test_the_schema_takes_what_the_loader_takes_and_refuses_what_it_refuses() -> None:
    schema = schema_of(LONGGANG / "streets" / "pinghu.yaml")
    assert schema.is_valid(yaml.safe_load(A_STREET))
    for wrong in (
        '"44030701800": {name: {zh: 某}}',
        '"440307018": {}',
        '"440307018": {name: {zh: 某}, colour: red}',
    ):
        assert not schema.is_valid(yaml.safe_load(wrong))


def test_check_counts_the_halls(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 0
    assert capsys.readouterr().out.startswith("118 halls (1 district, 8 street, 109 community), revision ")


def test_check_fails_with_every_departure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = a_copy(tmp_path)
    edit(folder, "district.yaml", "name:", "colour: red\n  telephone: none\n  name:")
    assert main(["--folder", str(folder), "check"]) == 1
    printed = capsys.readouterr()
    assert not printed.out
    assert [line.split(" [")[0] for line in printed.err.splitlines()] == [
        "district.yaml:5:",
        "district.yaml:6:",
        "2 departures",
    ]


def test_tree_shows_every_hall_indented_by_tier(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tree"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 118
    assert lines[0] == "440307  龙岗区  Longgang District  (117 below)"
    assert lines[1] == "  440307003  平湖街道  Pinghu Street  (12 below)"
    assert lines[2].startswith("    440307003002  良安田社区")


def test_show_tells_where_each_value_comes_from(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "440307014014"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("440307014014  龙岗区布吉街道凤凰社区政务服务大厅")
    assert any(line.startswith("standards/community.yaml:") and "telephone: 12345" in line for line in lines)
    assert any(line.startswith("streets/buji.yaml:") and "name.zh: 凤凰社区" in line for line in lines)


def test_show_of_an_unknown_code_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "440307003999"]) == 1
    assert "no hall has the code '440307003999'" in capsys.readouterr().err
