"""The data that a stack begins with, loaded through the services' API: units, matters, and the demo's people."""

import os
import subprocess
import sys

import grpc

from services.identity import load as people
from services.matters import load as matters
from stack import ukey
from stack.actors import actor
from stack.calls import Grpc
from stack.platform import REPOSITORY, Stack, Tell, quietly

OPERATOR, EDITOR = "operator", "editor"


def seed(stack: Stack, tell: Tell = quietly) -> None:
    """Loads what is missing; safe to repeat. The services are called at their own ports, each person with a U-key."""
    appoint(stack)
    with grpc.insecure_channel(stack.address("identity")) as identity:
        operator = actor(stack, OPERATOR, Grpc(identity))
        operator.sign_in()
        people.load(identity, operator.access_token, ukey.people())
        tell("identity", f"{len(ukey.people())} people of the demo, with their posts")
        editor = actor(stack, EDITOR, Grpc(identity))
        editor.sign_in()
    with grpc.insecure_channel(stack.address("matters")) as channel:
        loaded = matters.load(channel, editor.access_token)
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
