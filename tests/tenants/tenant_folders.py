"""Builders: a folder of tenants of the test's own, to be edited and read again."""

import shutil
from pathlib import Path

import tenants
from tenants.halls import HERE

LONGGANG = HERE


def a_copy(folder: Path) -> Path:
    """The project's own data, copied into `folder`."""
    for name in ("district.yaml", "standards", "streets"):
        source = LONGGANG / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    return folder


def edit(folder: Path, name: str, old: str, new: str) -> None:
    """Replaces the one occurrence of `old` in a file."""
    text = (folder / name).read_text()
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
    (folder / name).write_text(text.replace(old, new))


def line_of(folder: Path, name: str, text: str, nth: int = 1) -> int:
    """The line of the nth line that holds `text`."""
    lines = [at for at, line in enumerate((folder / name).read_text().splitlines(), 1) if text in line]
    return lines[nth - 1]


def departures(folder: Path) -> list[str]:
    """What is wrong with the folder, one `file:line: [rule] message` each."""
    try:
        tenants.load(folder)
    except tenants.TenantsInvalid as invalid:
        return [str(departure) for departure in invalid.departures]
    return []
