"""The two passes of an import: every row is judged and what is good is kept aside; then what was kept is taken onto the list.

The first pass changes nothing on the list, and begins anew after a kill. Its end is the commit point, one write of the
import's paper: from there on the second pass only goes forward, block by block, and a run after a kill goes on at the block
that was being taken. A row that is on the list already as the file has it is met again without effect.
"""

import secrets
import time
from collections.abc import Iterator, Sequence
from itertools import islice

from services.chassis import clock, context
from services.chassis.errors import ChangedMeanwhile, Refusal, Violation
from services.matters.documents import Matter
from services.matters.documents.versions import encoded
from services.matters.exchange import judging, reading, store
from services.matters.exchange.documents import Import
from services.matters.exchange.judging import Judge, Outcome
from services.matters.exchange.rows import FileUnreadable, Row
from services.matters.exchange.store import Judged
from services.matters.rules import Act
from yimen.matters.v1 import events_pb2, exchange_pb2

# Rows that are judged, kept and taken together: half a megabyte, and a report twice a second.
_BLOCK = 250
_LOOK_AGAIN_SECONDS = 0.3


def run(name: str) -> Iterator[Import]:
    """Runs an import to its end and gives its paper after each block; one that another process runs is watched.

    ResourceUnknown. The run ends with its caller: the next one goes on from there.
    """
    runner = secrets.token_hex(8)
    paper = Import.load(name)
    while True:
        yield paper
        if paper.is_over:
            return
        if not paper.is_free():
            time.sleep(_LOOK_AGAIN_SECONDS)
            paper = Import.load(name)
            continue
        try:
            paper.state = exchange_pb2.IMPORT_STATE_RUNNING
            paper.lease(runner)
            yield from _run(paper)
        except ChangedMeanwhile:
            # Somebody else took it over while this process stood still.
            paper = Import.load(name)


def _run(paper: Import) -> Iterator[Import]:
    if not paper.is_judged:
        yield from _judged(paper)
    if not paper.is_over:
        yield from _taken(paper)


def _judged(paper: Import) -> Iterator[Import]:
    """The first pass."""
    _begin_anew(paper)
    judge = Judge(paper.hall, paper.publish)
    act = _act(paper)
    try:
        rows = reading.read(store.opened(paper), paper.format)
        while batch := list(islice(rows, _BLOCK)):
            _judge(paper, judge, batch, act)
            yield paper.lease(paper.runner)
    except FileUnreadable as error:
        store.reject(paper, [Row(0, wrong=[error.violation])])
        yield _refused(paper)
        return
    paper.rows, paper.is_judged = paper.rows_checked, True
    if paper.rejected and paper.mode == exchange_pb2.IMPORT_MODE_ALL_OR_NOTHING:
        yield _refused(paper)
    elif paper.dry_run:
        yield _over(paper, exchange_pb2.IMPORT_STATE_DONE)
    else:
        # What is to be changed is counted as it is; the rest has been.
        paper.created = paper.revised = 0
        yield paper.lease(paper.runner)


def _begin_anew(paper: Import) -> None:
    """What a killed first pass has counted and kept is written over."""
    paper.rows_checked = paper.blocks = paper.rejected = paper.rejections = 0
    paper.created = paper.revised = paper.unchanged = 0


def _judge(paper: Import, judge: Judge, batch: Sequence[Row], act: Act) -> None:
    stored = judge.judge(batch)
    wanted: list[Judged] = []
    for row in batch:
        if row.matter is None or row.wrong:
            continue
        try:
            outcome = judging.foresee(stored, row.matter_id, row.matter, act, publish=paper.publish)
        except Refusal as refusal:
            row.wrong.append(judging.refused(refusal))
            continue
        _count(paper, outcome)
        if outcome is not Outcome.UNCHANGED:
            wanted.append(Judged(row.number, row.matter_id, encoded(row.matter)))
    store.reject(paper, [row for row in batch if row.wrong])
    if wanted and not paper.dry_run:
        store.keep_block(paper, wanted)
    paper.rows_checked += len(batch)


def _taken(paper: Import) -> Iterator[Import]:
    """The second pass."""
    act = _act(paper)
    while paper.blocks_done < paper.blocks:
        _take(paper, store.block(paper, paper.blocks_done), act)
        paper.blocks_done += 1
        yield paper.lease(paper.runner)
    yield _over(paper, exchange_pb2.IMPORT_STATE_DONE)


def _take(paper: Import, block: Sequence[Judged], act: Act) -> None:
    rows = [Row(one.number, one.matter_id, one.message()) for one in block]
    stored = judging.on_list(paper.hall, rows)
    new: list[tuple[Row, Matter]] = []
    for row in rows:
        assert row.matter is not None
        try:
            outcome, matter = judging.take(stored, row.matter_id, row.matter, act, publish=paper.publish)
            if matter is not None and row.matter_id not in stored.by_id:
                new.append((row, matter))
            elif matter is not None:
                matter.save_with()
        except Refusal as refusal:
            row.wrong.append(judging.refused(refusal))
        else:
            _count(paper, outcome)
    _insert(paper, new)
    store.reject(paper, [row for row in rows if row.wrong])


def _insert(paper: Import, new: Sequence[tuple[Row, Matter]]) -> None:
    """Stores what is new; a row whose id or code an editor took since it was judged is rejected."""
    taken = set(Matter.insert_many([matter for _, matter in new]))
    for row, matter in new:
        if matter.name in taken:
            zh, en = f"{matter.name} 或其编码刚被他人占用", f"{matter.name} or its code has just been taken by somebody else"
            row.wrong.append(Violation("id", "TAKEN_MEANWHILE", zh, en))
            paper.created -= 1


def _count(paper: Import, outcome: Outcome) -> None:
    setattr(paper, outcome.value, getattr(paper, outcome.value) + 1)


def _refused(paper: Import) -> Import:
    paper.created = paper.revised = paper.unchanged = 0
    return _over(paper, exchange_pb2.IMPORT_STATE_REFUSED)


def _over(paper: Import, state: int) -> Import:
    """Ends the import: one fact tells of all its matters, and its file is not kept."""
    paper.state, paper.rows = state, paper.rows_checked
    paper.runner, paper.leased_until = "", None
    changed = not paper.dry_run and paper.created + paper.revised
    facts = [events_pb2.MattersImported(created=paper.created, revised=paper.revised)] if changed else []
    for fact in facts:
        setattr(fact, "import", paper.name)
    paper.save_with(*facts)
    store.destroy_file(paper)
    return paper


def _act(paper: Import) -> Act:
    """Who takes the rows: the same words in every run of an import, by which its own rows are known again."""
    return Act(context.current().caller.person, clock.now(), f"批量导入 {paper.name}")
