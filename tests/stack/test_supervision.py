import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from stack.supervision import Command, Runner


def a_program(name: str, file: Path, **environment: str) -> Command:
    """A program that writes its environment's WORD to a file and sleeps."""
    code = f"import os, time; open({str(file)!r}, 'w').write(os.environ.get('WORD', '')); time.sleep(600)"
    return Command(name, (sys.executable, "-c", code.replace("'", '"')), environment)


def eventually(fact: Callable[[], bool], seconds: float = 15.0) -> bool:
    """Whether the fact comes true in time."""
    deadline = time.monotonic() + seconds
    while not fact():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[Runner]:
    runner = Runner(tmp_path, tmp_path)
    yield runner
    runner.shut_down()


def test_a_killed_program_is_started_again(runner: Runner, tmp_path: Path) -> None:
    runner.hold([a_program("one", tmp_path / "one")])
    runner.start("one")
    assert eventually(lambda: (tmp_path / "one").exists())
    first = runner.processes()["one"].pid

    runner.signal("one", "KILL")

    assert eventually(lambda: runner.processes()["one"].pid not in {0, first})


def test_a_start_of_what_runs_changes_nothing(runner: Runner, tmp_path: Path) -> None:
    command = a_program("one", tmp_path / "one")
    runner.hold([command])
    runner.start("one")
    first = runner.processes()["one"].pid

    runner.hold([command])
    runner.start("one")

    assert runner.processes()["one"].pid == first


def test_only_a_changed_program_is_replaced(runner: Runner, tmp_path: Path) -> None:
    runner.hold([a_program("one", tmp_path / "one"), a_program("two", tmp_path / "two")])
    runner.start("one")
    runner.start("two")
    before = runner.processes()

    runner.hold([a_program("one", tmp_path / "one", WORD="new"), a_program("two", tmp_path / "two")])

    after = runner.processes()
    assert (after["one"].pid, after["two"].pid) == (0, before["two"].pid)


def test_values_reach_a_program_as_they_are(runner: Runner, tmp_path: Path) -> None:
    word = '{"a": "100%", "b": "x;y#z,w"}'
    runner.hold([a_program("one", tmp_path / "one", WORD=word)])
    runner.start("one")

    assert eventually(lambda: (tmp_path / "one").exists() and (tmp_path / "one").read_text() == word)


def test_what_a_killed_runner_left_behind_is_ended(runner: Runner, tmp_path: Path) -> None:
    runner.hold([a_program("one", tmp_path / "one")])
    runner.start("one")
    orphan = psutil.Process(runner.processes()["one"].pid)
    os.kill(int((tmp_path / "supervisord.pid").read_text()), signal.SIGKILL)
    assert eventually(lambda: not runner.running)

    runner.shut_down()

    assert not orphan.is_running()


def test_a_root_too_long_for_a_unix_socket_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="too long for a unix socket"):
        Runner(tmp_path / ("x" * 100), tmp_path)


def test_a_value_that_the_configuration_cannot_carry_is_refused(runner: Runner, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be given"):
        runner.hold([a_program("one", tmp_path / "one", WORD="cut # here")])
