"""The data that a stack begins with, loaded through the services' API: units, matters, and the demo's people."""

import os
import subprocess
import sys
from collections.abc import Callable

import grpc
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Progressing

from services.identity import load as people
from services.matters import load as matters
from stack import ukey
from stack.actors import actor
from stack.calls import Grpc
from stack.platform import REPOSITORY, Stack, Tell, quietly
from stack.terminal import console, tell

OPERATOR, EDITOR = "operator", "editor"
Progress = Callable[[int, int], None]


def seed(stack: Stack, tell: Tell = quietly, *, whole: bool = False, progress: Progress = lambda done, of: None) -> None:
    """Loads what is missing; safe to repeat. The services are called at their own ports, each person with a U-key.

    `whole`: all 12,934 matters of the list, which takes about half a minute the first time; else the 40 of the reference.
    """
    appoint(stack)
    with grpc.insecure_channel(stack.address("identity")) as identity:
        operator = actor(stack, OPERATOR, Grpc(identity))
        operator.sign_in()
        people.load(identity, operator.access_token, ukey.people())
        tell("identity", f"{len(ukey.people())} people of the demo, with their posts")
        editor = actor(stack, EDITOR, Grpc(identity))
        editor.sign_in()
    with grpc.insecure_channel(stack.address("matters")) as channel:
        load = matters.load_all if whole else matters.load
        loaded = load(channel, editor.access_token, progress)
        tell("matters", f"{loaded.units} units, {loaded.matters} published matters")


def appoint(stack: Stack) -> None:
    """Gives the district its first operator, by the command that can do so without one."""
    operator = ukey.person(OPERATOR)
    assert operator.post is not None
    appointed = subprocess.run(
        [sys.executable, "-m", "services.identity", "appoint", "--name", operator.name, "--hall", operator.post.hall],
        input=operator.resident_id,
        env={**os.environ, **stack.env},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    if appointed.returncode:
        raise RuntimeError(f"no operator could be appointed: {appointed.stderr.strip()[-2000:]}")


def seed_whole(stack: Stack) -> None:
    """Loads everything that a demo shows, with a bar that says how far it is."""
    columns = (TextColumn("  [cyan]{task.description:<20}[/]"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progressing(*columns, console=console, transient=True) as bar:
        task = bar.add_task("matters", total=None)
        seed(stack, tell, whole=True, progress=lambda done, of: bar.update(task, completed=done, total=of))
