"""The halls' data is reread while a process runs; data that breaks a rule is told of and changes nothing."""

import logging
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.chassis import tenancy
from services.chassis.errors import HallUnknown

ROOT = Path(__file__).parents[2]
NEW = "440307003099"
STREET = "streets/pinghu.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A copy of the reference deployment's halls that this process uses; afterwards the repository's own again."""
    copy = tmp_path / "tenants"
    shutil.copytree(ROOT / "tenants", copy, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    tenancy.use(copy)
    yield copy
    tenancy.use(ROOT / "tenants")


def within_seconds(fact: Callable[[], bool], seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while not fact() and time.monotonic() < deadline:
        time.sleep(0.05)
    return fact()


def test_a_new_community_is_served_within_seconds(folder: Path) -> None:
    assert not tenancy.hall_exists(NEW)
    with (folder / STREET).open("a") as street:
        street.write(f'\n"{NEW}":\n  name: {{zh: 新设社区, en: New Community}}\n')
    assert within_seconds(lambda: tenancy.hall_exists(NEW))
    assert tenancy.hall(NEW).parent == "440307003"


def test_broken_data_is_told_of_and_the_last_good_halls_stay(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    (folder / STREET).write_text("this: is no street\n")
    with caplog.at_level(logging.ERROR):
        assert within_seconds(lambda: tenancy.hall_exists("440307003002") and bool(caplog.records))
    assert f"{STREET}:1" in caplog.text


def test_a_hall_that_is_not_there_is_refused_by_name() -> None:
    tenancy.use(ROOT / "tenants")
    with pytest.raises(HallUnknown) as refused:
        tenancy.hall("440307999")
    assert refused.value.message("zh") == "没有代码为 440307999 的大厅"
