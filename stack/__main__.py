"""`python -m stack`: the platform on one machine."""

import argparse
import os
import shlex
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import grpc
import httpx
from rich.markup import escape
from rich.table import Table

from stack import demo, programme, seed, status
from stack.actors import actor
from stack.calls import Grpc
from stack.platform import REPOSITORY, NotWell, Stack
from stack.telemetry.tree import tree
from stack.terminal import console, tell


def main() -> int:
    """Runs one command; 0 when it did what it says, 1 with the reason when not."""
    parser = argparse.ArgumentParser(prog="python -m stack", description="the platform on one machine")
    parser.add_argument("--root", type=Path, default=REPOSITORY / ".stack", help="where everything lies (.stack)")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    up = commands.add_parser("up", help="start everything, wait until it is well, load the data")
    up.add_argument("--bare", action="store_true", help="load no data")
    up.set_defaults(run=_up)
    commands.add_parser("down", help="end exactly what was started").set_defaults(run=_down)
    commands.add_parser("status", help="programs, ports, health, memory, queue lengths").set_defaults(run=_status)
    commands.add_parser("seed", help="load units, matters and the demo's people").set_defaults(run=_seed)
    streamline = commands.add_parser("programme", help="run the reference programme of streamlining over the loaded list")
    streamline.set_defaults(run=_programme)
    commands.add_parser("env", help="print the platform's settings, for `eval`").set_defaults(run=_env)
    token = commands.add_parser("token", help="sign a person of the demo in with their U-key and print the access token")
    token.add_argument("label", metavar="PERSON", help="e.g. resident, clerk, approver")
    token.set_defaults(run=_token)
    restart = commands.add_parser("restart", help="restart programs, e.g. after a change of their code")
    restart.add_argument("names", nargs="+", metavar="NAME")
    restart.set_defaults(run=_restart)
    logs = commands.add_parser("logs", help="follow what a program prints")
    logs.add_argument("name", metavar="NAME")
    logs.add_argument("--lines", type=int, default=50, help="how many of the last lines first (50)")
    logs.add_argument("--once", action="store_true", help="print them and end")
    logs.set_defaults(run=_logs)
    trace = commands.add_parser("trace", help="print a trace as a tree with times")
    trace.add_argument("id", nargs="?", default="", help="32 hexadecimal digits; without it, the last traces are listed")
    trace.set_defaults(run=_trace)
    demo = commands.add_parser("demo", help="play the journey of a resident through the public port")
    demo.add_argument("--once", action="store_true", help="stop everything afterwards")
    demo.set_defaults(run=_demo)
    arguments = parser.parse_args()
    try:
        return int(arguments.run(Stack(arguments.root, clock=os.environ.get("YIMEN_CLOCK", "")), arguments) or 0)
    except NotWell as failure:
        console.print(f"[red]✗ {escape(str(failure))}[/]")
        return 1


def _up(stack: Stack, arguments: argparse.Namespace) -> int:
    console.print(f"[bold]up[/] {stack.root}")
    stack.start(tell)
    if not arguments.bare:
        seed.seed_whole(stack)
    console.print(f"[green]✓[/] the platform is up: [bold]{stack.public_url}[/]")
    return 0


def _down(stack: Stack, _arguments: argparse.Namespace) -> int:
    console.print(f"[bold]down[/] {stack.root}")
    stack.stop(tell)
    console.print("[green]✓[/] nothing of it runs any more")
    return 0


def _status(stack: Stack, _arguments: argparse.Namespace) -> int:
    if not stack.running:
        console.print(f"nothing runs under {stack.root}")
        return 1
    console.print(status.table(stack))
    return 0


def _seed(stack: Stack, _arguments: argparse.Namespace) -> int:
    seed.seed_whole(stack)
    return 0


def _programme(stack: Stack, _arguments: argparse.Namespace) -> int:
    console.print("[bold]programme[/] proposed, reviewed and adopted, set by set")
    programme.run(stack)
    return 0


def _demo(stack: Stack, arguments: argparse.Namespace) -> int:
    return demo.main(stack, once=arguments.once)


def _env(stack: Stack, _arguments: argparse.Namespace) -> int:
    for name, value in stack.env.items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


def _token(stack: Stack, arguments: argparse.Namespace) -> None:
    with grpc.insecure_channel(stack.address("gateway")) as channel:
        print(actor(stack, arguments.label, Grpc(channel)).sign_in().access_token)


def _restart(stack: Stack, arguments: argparse.Namespace) -> int:
    for name in arguments.names:
        stack.restart(name)
        tell(name, "well again")
    return 0


def _logs(stack: Stack, arguments: argparse.Namespace) -> int:
    log = stack.log(arguments.name)
    if not log.exists():
        known = ", ".join(sorted(file.stem for file in log.parent.glob("*.log")))
        console.print(f"{arguments.name} has no log; these have: {known}")
        return 1
    follow = () if arguments.once else ("--follow=name", "--retry")
    try:
        return subprocess.run(["tail", f"--lines={arguments.lines}", *follow, str(log)], check=False).returncode
    except KeyboardInterrupt:
        return 0


def _trace(stack: Stack, arguments: argparse.Namespace) -> int:
    try:
        if arguments.id:
            spans = stack.telemetry.trace(arguments.id)
            console.print(tree(spans), soft_wrap=True)
            return 0 if spans else 1
        table = Table("began", "trace", "ms", "spans", "what", box=None, header_style="dim", pad_edge=False)
        for spans in stack.telemetry.latest(limit=25):
            began = datetime.fromtimestamp(spans[0].start / 1e9).astimezone().strftime("%H:%M:%S")
            took = (max(span.end for span in spans) - spans[0].start) / 1e6
            table.add_row(began, spans[0].trace_id, f"{took:.1f}", str(len(spans)), f"{spans[0].service} {spans[0].name}")
        console.print(table, soft_wrap=True)
    except httpx.HTTPError as error:
        console.print(f"[red]✗[/] the telemetry sink does not answer: {escape(str(error))}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
