"""`make demo`: the platform comes up and one application goes its whole way, each step printed as it is taken."""

import time
from typing import Any
from zoneinfo import ZoneInfo

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from rich.markup import escape
from rich.table import Table

from stack import seed, ukey
from stack.actors import actor
from stack.calls import Grpc
from stack.journey import Journey, NothingCame, Step
from stack.platform import NotWell, Stack
from stack.telemetry.tree import tree
from stack.terminal import console, tell
from yimen.intake.v1 import cases_pb2, listing_pb2
from yimen.matters.v1 import elements_pb2

SHANGHAI = ZoneInfo("Asia/Shanghai")


def main(stack: Stack, *, once: bool) -> int:
    """Plays the journey; 0 when every step held. `once` stops everything afterwards, whatever came of it."""
    try:
        return _play(stack)
    except NotWell as failure:
        console.print(f"[red]✗ {escape(str(failure))}[/]")
    except grpc.RpcError as refusal:
        console.print(f"[red]✗ {escape(_reason(refusal))}[/]")
    except (NothingCame, ukey.TokenRefusal) as failure:
        console.print(f"[red]✗ {escape(str(failure))}[/]")
    finally:
        if once:
            console.rule("stop")
            stack.stop(tell)
    return 1


def _play(stack: Stack) -> int:
    began = time.monotonic()
    console.rule("the platform comes up")
    stack.start(tell)
    seed.seed_whole(stack)
    console.print(
        f"well and loaded after {time.monotonic() - began:.1f} s; the one public port is [bold]{stack.public_url}[/]\n"
    )
    with grpc.insecure_channel(stack.address("gateway")) as channel:
        over = Grpc(channel)
        journey = Journey(
            resident=actor(stack, "resident", over),
            clerk=actor(stack, "clerk", over),
            approver=actor(stack, "approver", over),
            mail=stack.mail,
        )
        console.rule("an application goes its way: 高龄老人津贴申请")
        try:
            for number, step in enumerate(journey.steps(), start=1):
                console.print(_line(number, step), soft_wrap=True)
        except (grpc.RpcError, NothingCame):
            console.print(f"[red]✗ step {len(journey.taken) + 1} failed[/]")
            raise
    console.print()
    console.rule("the case")
    _show_timeline(journey)
    accepted = next(step for step in journey.taken if step.what == "受理")
    _show_trace(stack, accepted.trace_id)
    _show_where(stack, journey, accepted.trace_id)
    return 0


def _line(number: int, step: Step) -> str:
    return (
        f"[green]✓[/] {number:>2} [cyan]{step.who:<6}[/] [bold]{step.what}[/]  {escape(step.outcome)}  "
        f"[dim]{step.milliseconds:.0f} ms  trace {step.trace_id}[/]"
    )


def _show_timeline(journey: Journey) -> None:
    case, clock = journey.case, journey.case.clock
    unit = "个工作日" if clock.unit == elements_pb2.TIME_UNIT_WORKING_DAY else "日"
    console.print(f"办件编号 [bold]{case.number}[/]  {case.name}", soft_wrap=True)
    console.print(
        f"承诺时限 {clock.promised_days} {unit}（法定 {clock.statutory_days}），受理日 {clock.accept_date} 为第 0 日，"
        f"应于 {clock.due_date} 前办结；用时 {clock.used_days}，剩余 {clock.left_days}",
        soft_wrap=True,
    )
    dues = {entry.time.ToNanoseconds(): entry.due_date for entry in clock.entries}
    table = Table("时间", "谁", "动作", "状态", "时限", box=None, header_style="dim", pad_edge=False)
    for entry in journey.history:
        at = entry.time.ToDatetime(tzinfo=SHANGHAI)
        due = dues.get(entry.time.ToNanoseconds(), "")
        table.add_row(
            f"{at:%Y-%m-%d %H:%M:%S}", _who(journey, entry), entry.action, _state(entry.to), f"应于 {due} 前" if due else ""
        )
    console.print(table)


def _show_trace(stack: Stack, trace_id: str) -> None:
    console.print()
    console.rule("the trace of the acceptance, from the gateway to the worker")
    spans = stack.telemetry.trace_when(trace_id, lambda spans: any(span.service.endswith("-worker") for span in spans))
    console.print(tree(spans), soft_wrap=True)


def _show_where(stack: Stack, journey: Journey, trace_id: str) -> None:
    console.print()
    console.rule("where to look")
    rows = {
        "the portal": stack.public_url,
        "a trace": f"python -m stack trace {trace_id}",
        "every program": "make status",
        "what a program says": "python -m stack logs intake",
        "the mail that was sent": str(stack.mail.folder),
        "the case as JSON": f"curl -H 'Authorization: Bearer …' {stack.public_url}/v1/{journey.case.name}",
        "the end of it": "make down",
    }
    table = Table.grid(padding=(0, 2))
    for what, where in rows.items():
        table.add_row(what, f"[bold]{escape(where)}[/]")
    console.print(table, soft_wrap=True)


def _who(journey: Journey, entry: listing_pb2.HistoryEntry) -> str:
    people = {actor.name: actor.display_name for actor in (journey.resident, journey.clerk, journey.approver)}
    return people.get(entry.actor, entry.actor)


def _state(state: int) -> str:
    names = {
        cases_pb2.CASE_STATE_DRAFT: "草稿",
        cases_pb2.CASE_STATE_SUBMITTED: "已提交",
        cases_pb2.CASE_STATE_PRE_REVIEWED: "预审通过",
        cases_pb2.CASE_STATE_ACCEPTED: "已受理",
        cases_pb2.CASE_STATE_IN_REVIEW: "审查中",
        cases_pb2.CASE_STATE_DECIDED: "已决定",
        cases_pb2.CASE_STATE_COMPLETED: "已办结",
        cases_pb2.CASE_STATE_DELIVERED: "已送达",
    }
    return names.get(cases_pb2.CaseState.ValueType(state), "")


def _reason(refusal: Any) -> str:
    """The refusal in both languages, as the service explains it."""
    said = []
    status = rpc_status.from_call(refusal)
    for detail in status.details if status else ():
        message = error_details_pb2.LocalizedMessage()
        if detail.Unpack(message):
            said.append(message.message)
    return f"{refusal.code().name}: {' / '.join(said) or refusal.details()}"
