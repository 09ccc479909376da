"""Every kind of departure is named with its file, line and rule, and with all others at once."""

from pathlib import Path

import pytest

from tests.tenants.tenant_folders import a_copy, departures, edit, line_of

FENGHUANG = "name: {zh: 凤凰社区, en: Fenghuang Community}"
CODE = '"440307003012":\n  name'
PINGHU = "name: {zh: 平湖街道, en: Pinghu Street}"


def state(folder: Path, yaml: str, after: str = FENGHUANG) -> None:
    """States something more of a hall in streets/pinghu.yaml, by default of the community 凤凰."""
    edit(folder, "streets/pinghu.yaml", after, f"{after}\n  {yaml}")


def hours(weekdays: str, *spans: str) -> str:
    """Opening hours that are the same on some weekdays, as YAML: `hours("[1]", "09:00-12:00")`."""
    items = (span.split("-") for span in spans)
    texts = (f"{{weekdays: {weekdays}, opens: '{opens}', closes: '{closes}'}}" for opens, closes in items)
    return f"opening_hours: [{', '.join(texts)}]"


@pytest.mark.parametrize(
    ("yaml", "field"),
    [
        ("places: {barrier_free: false}", "places.barrier_free"),
        ("functions: {handles: [street, community]}", "functions.handles"),
        ("institution: {posts: {clerk: null}}", "institution.posts.clerk"),
        ("management: {complaint_days: 30}", "management.complaint_days"),
        ("sign: {colour: '#00ff00'}", "sign.colour"),
        ("sign: null", "sign"),
        ("sign: {colour: '#c8102e'}", "sign.colour"),  # the very value of the standard
    ],
)
def test_each_of_the_five_unifications_is_held_at_its_line(tmp_path: Path, yaml: str, field: str) -> None:
    folder = a_copy(tmp_path)
    state(folder, yaml)
    line = line_of(folder, "streets/pinghu.yaml", yaml)
    (found,) = (text for text in departures(folder) if "[unified]" in text)
    assert found.startswith(f"streets/pinghu.yaml:{line}: [unified] {field} is unified by standards/community.y")
    assert "统一" in found


def test_the_departure_cites_the_line_of_the_standard_and_its_reason(tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    state(folder, "sign: {colour: '#00ff00'}")
    line = line_of(folder, "standards/community.yaml", "  sign: 统一名称标识")
    (found,) = departures(folder)
    assert found.endswith(f"standards/community.yaml:{line}: 统一名称标识：名称、徽标和颜色全区一致")


def test_a_unified_field_cannot_be_overridden_from_above_either(tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    state(folder, "below: {management: {complaint_days: 30}}", after=PINGHU)
    line = line_of(folder, "streets/pinghu.yaml", "below:")
    assert [text.split(" is unified")[0] for text in departures(folder)] == [
        f"streets/pinghu.yaml:{line}: [unified] management.complaint_days"
    ]


@pytest.mark.parametrize(
    ("yaml", "complaint"),
    [
        ("telephone: 'call us'", "telephone: String should match"),
        (hours("[8]", "09:00-12:00"), "opening_hours.0.weekdays.0: Input should be less than or equal to 7"),
        (hours("[1]", "12:00-09:00"), "opening_hours.0: Value error, closes at 09:00, not after it opens"),
        (hours("[1]", "09:00-25:00"), "opening_hours.0.closes: String should match"),
        (hours("[1]", "09:00-12:00", "11:00-13:00"), "opening_hours: Value error, overlap on weekday 1 at 11:00"),
        ("opening_hours: []", "opening_hours: Tuple should have at least 1 item"),
        (
            "counters: {general-2: null, delivery-1: null}",
            "counters: Value error, 1 counters, the standard asks for 2",
        ),
        ("counters: {general-3: {function: comprehensive}}", "counters.general-3.name: Field required"),
        ("counters: {general-1: {function: juggling}}", "counters.general-1.function: Input should be"),
        (
            "counters: {General: {name: {zh: 窗口}, function: payment}}",
            "counters.General.[key]: String should match",
        ),
        (
            "functions: {accepts: [street]}",
            "functions: Value error, what is handled must be accepted too: community",
        ),
        ("functions: {accepts: [village]}", "functions.accepts.0: Input should be"),
        ("address: '{village}1号'", "address: Value error, {village} names nothing here"),
        ("address: null", "address: Field required"),
        ("colour: red", "colour: not a field that can be set here"),
        ("code: '440307'", "code: not a field that can be set here"),
        ("counters: {general-1: {colour: red}}", "counters.general-1.colour: Extra inputs are not permitted"),
        ("below: [1]", "below: a map of settings is expected"),
        ("below: {name: {zh: 某}}", "name: not a field that can be set here"),
    ],
)
def test_a_value_that_a_field_does_not_take_is_named_at_its_line(tmp_path: Path, yaml: str, complaint: str) -> None:
    folder = a_copy(tmp_path)
    state(folder, yaml)
    line = line_of(folder, "streets/pinghu.yaml", yaml)
    (found,) = departures(folder)
    assert found.startswith(f"streets/pinghu.yaml:{line}: [field] {complaint}")


def test_a_wrong_value_from_above_is_blamed_on_the_line_above_once(tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    edit(folder, "district.yaml", "name:", "below: {telephone: none}\n  name:")
    (found,) = departures(folder)
    assert found.startswith("district.yaml:5: [field] telephone: String should match")


def test_a_standard_that_lacks_a_field_is_named_once(tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    edit(folder, "standards/community.yaml", 'telephone: "12345"\n', "")
    assert departures(folder) == ["standards/community.yaml:1: [field] telephone: Field required"]


def test_a_mark_on_a_field_that_the_standard_does_not_set_marks_nothing(tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    edit(folder, "standards/street.yaml", "  sign: 统一", "  sing: 统一")
    line = line_of(folder, "standards/street.yaml", "sing:")
    assert departures(folder) == [f"standards/street.yaml:{line}: [field] sing: unified, but the standard does not set it"]


def test_a_standard_without_marks_is_no_standard(tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    edit(folder, "standards/street.yaml", "unified:\n", "unify:\n")
    assert [text.split("] ")[1] for text in departures(folder)] == [
        "unified: a map of fields to reasons is expected",
        "unify: not a field that can be set here",
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (CODE, '"44030700301":\n  name', "[code] '44030700301' is no hall's code: 6, 9 or 12 digits"),
        (CODE, '"440307014014":\n  name', "[file] 440307014014: a street's file holds it, then its communities"),
        (CODE, '"440307":\n  name', "[file] 440307: a street's file holds it, then its communities"),
        (CODE, '"440307003011":\n  name', "[yaml] '440307003011' is stated twice, first in line"),
        (FENGHUANG, "name: 凤凰社区", "[field] name: Input should be a valid"),
    ],
)
def test_a_hall_in_the_wrong_place_is_named(tmp_path: Path, old: str, new: str, expected: str) -> None:
    folder = a_copy(tmp_path)
    edit(folder, "streets/pinghu.yaml", old, new)
    (found,) = departures(folder)
    assert found.split(": ", 1)[1].startswith(expected)


def test_a_hall_stated_in_two_files_is_named_with_both(tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    (folder / "streets" / "second.yaml").write_text('"440307003":\n  name: {zh: 平湖街道}\n')
    first = line_of(folder, "streets/pinghu.yaml", '"440307003":')
    assert departures(folder) == [f"streets/second.yaml:1: [code] 440307003 is stated already in streets/pinghu.yaml:{first}"]


def test_a_hall_with_no_hall_above_it_is_named(tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    (folder / "streets" / "orphan.yaml").write_text('"440307099001":\n  name: {zh: 某社区}\n')
    assert departures(folder) == ["streets/orphan.yaml:1: [parent] 440307099001 lies under 440307099, which is no hall"]


def test_a_tier_without_a_standard_is_named_at_each_hall(tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    (folder / "standards" / "street.yaml").unlink()
    found = departures(folder)
    assert len(found) == 8
    assert all("[standard] no standard for its tier: standards/street.yaml" in text for text in found)


def test_a_standard_of_no_tier_is_named(tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    (folder / "standards" / "village.yaml").write_text("unified: {}\n")
    assert departures(folder) == ["standards/village.yaml:1: [file] village is no tier: district, street, community"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"440307":\n  name: {zh: 龙岗区\n', "district.yaml:3: [yaml] "),
        ("- 440307\n", "district.yaml:1: [yaml] a map is expected"),
        ("[440307]: {}\n", "district.yaml:1: [yaml] a key must be text"),
        ('"440307": 龙岗区\n', "district.yaml:1: [field] 440307: a map of settings is expected"),
        ("\x00", "district.yaml:1: [yaml] "),
    ],
)
def test_what_is_no_yaml_of_halls_is_named(tmp_path: Path, text: str, expected: str) -> None:
    folder = a_copy(tmp_path)
    (folder / "district.yaml").write_text(text)
    assert departures(folder)[0].startswith(expected)


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    (found,) = departures(tmp_path)
    assert found == f"{tmp_path}:1: [file] no district.yaml, nothing in standards/ or streets/"


def test_all_departures_are_named_at_once_in_the_order_of_files_and_lines(tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    edit(folder, "district.yaml", "name:", "colour: red\n  name:")
    state(folder, "telephone: none")
    edit(folder, "streets/buji.yaml", FENGHUANG, f"{FENGHUANG}\n  sign: {{colour: red}}")
    found = departures(folder)
    assert [text.split(":")[0] for text in found] == [
        "district.yaml", "streets/buji.yaml", "streets/buji.yaml", "streets/pinghu.yaml",
    ]  # fmt: skip
