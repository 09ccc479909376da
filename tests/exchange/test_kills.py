"""An import whose process is killed is finished by the next run: no matter is there twice, none is lost."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from services.matters.exchange.sending import Sender
from tests.exchange.bureau import Bureau, a_row, as_json_lines, id_of
from tests.serving import refusal
from yimen.matters.v1 import exchange_pb2 as pb

LINES = pb.LIST_FORMAT_JSON_LINES
ROWS = 400


class Cut(grpc.RpcError):
    """As a gateway ends a stream that takes too long."""

    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.DEADLINE_EXCEEDED


def killed(bureau: Bureau, store: str, name: str, blocks: int) -> int:
    """The signal that ended a process which ran the import, in the middle of this block."""
    env = {**os.environ, "MONGODB_URI": store, "YIMEN_DATABASE_PREFIX": bureau.settings.database_prefix}
    command = [sys.executable, "-m", "tests.exchange.dying", name, str(blocks)]
    return -subprocess.run(command, env=env, cwd=Path(__file__).parents[2], check=False, timeout=120).returncode


def test_an_import_killed_in_the_middle_of_a_block_is_finished_by_the_next_run(bureau: Bureau, store: str) -> None:
    rows = [a_row() for _ in range(ROWS)]
    changed, same = a_row(), a_row()
    bureau.run(as_json_lines(changed, same), LINES)
    changed.elements.conditions.append("另有一条")
    paper = bureau.upload(as_json_lines(changed, *rows, same), LINES)
    assert killed(bureau, store, paper.name, blocks=2) == signal.SIGKILL
    assert bureau.get(id_of(rows[0])).matter_version == 1
    assert refusal(lambda: bureau.get(id_of(rows[-1]))).reason == "RESOURCE_UNKNOWN"
    done = bureau.sender.run(paper.name)
    assert (done.state, done.created, done.revised, done.unchanged, done.rejected) == (pb.IMPORT_STATE_DONE, ROWS, 1, 1, 0)
    assert {bureau.get(id_of(row)).matter_version for row in rows[::50]} == {1}
    assert bureau.get(id_of(changed)).matter_version == 2


def test_a_run_that_is_cut_off_is_taken_up_again(bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    paper = bureau.upload(as_json_lines(*(a_row() for _ in range(ROWS))), LINES)
    runs: list[str] = []
    steps = Sender._steps

    def cut_off(self: Sender, name: str) -> Iterator[pb.Import]:
        runs.append(name)
        # The first run is given no more time than it has used when rows have been judged.
        stream: Any = steps(self, name)
        for step in stream:
            yield step
            if len(runs) == 1 and step.rows_checked:
                stream.cancel()
                raise Cut

    monkeypatch.setattr(Sender, "_steps", cut_off)
    done = bureau.sender.run(paper.name)
    assert (len(runs), done.state, done.created) == (2, pb.IMPORT_STATE_DONE, ROWS)


def test_two_who_run_one_import_at_the_same_time_take_it_once(bureau: Bureau) -> None:
    paper = bureau.upload(as_json_lines(*(a_row() for _ in range(300))), LINES)
    results: list[pb.Import] = []
    runs = [threading.Thread(target=lambda: results.append(bureau.sender.run(paper.name))) for _ in range(2)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert [(one.state, one.created, one.rejected) for one in results] == [(pb.IMPORT_STATE_DONE, 300, 0)] * 2
