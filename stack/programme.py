"""The reference programme of streamlining on a running platform, decided on by people of the demo with their U-keys."""

from contextlib import ExitStack

import grpc
from rich.progress import Progress

from services.matters.streamlining import running
from stack.actors import Actor, actor
from stack.calls import Grpc
from stack.platform import Stack
from stack.seed import EDITOR, OPERATOR
from stack.terminal import console, tell
from yimen.api.v1 import access_pb2
from yimen.identity.v1 import people_pb2

HEAD, LEGAL = "head", "legal"
_ROWS = (
    ("matters_cut", "matters cut", "取消事项"),
    ("matters_optimised", "matters optimised", "优化事项"),
    ("working_days", "working days", "压缩工作日"),
    ("conditions", "conditions", "取消条件"),
    ("materials", "materials", "取消材料"),
    ("fees", "fees", "取消收费"),
    ("prerequisites", "prerequisites", "取消前置"),
    ("steps", "steps", "取消环节"),
)


def run(stack: Stack) -> None:
    """Runs what is not done yet of the programme, and says what all of it took away. The whole list must be loaded."""
    with grpc.insecure_channel(stack.address("identity")) as identity, ExitStack() as post:
        operator, editor, legal, head = (actor(stack, label, Grpc(identity)) for label in (OPERATOR, EDITOR, LEGAL, HEAD))
        for person in (operator, editor, legal, head):
            person.sign_in()
        people = running.People(
            editor=editor.access_token,
            legal=legal.access_token,
            head=lambda unit: _as_head(operator, head, unit, post),
        )
        with grpc.insecure_channel(stack.address("matters")) as channel, Progress(console=console) as bar:
            task = bar.add_task("change-sets")
            effect = running.run(channel, people, progress=lambda done, of: bar.update(task, completed=done, total=of))
    for field, en, zh in _ROWS:
        tell(zh, f"{getattr(effect, field):,} {en}")


def _as_head(operator: Actor, head: Actor, unit: str, until: ExitStack) -> str:
    """The demo's head as that of one unit after another: an access token. A post lasts until the next one begins."""
    until.close()
    post = people_pb2.Post(person=head.name, role=access_pb2.ROLE_HEAD, unit=unit, covers_subtree=True)
    try:
        made = operator.identity.CreatePost(people_pb2.CreatePostRequest(parent=running.hall(), post=post))
    except grpc.RpcError as error:
        if error.code() != grpc.StatusCode.ALREADY_EXISTS:
            raise
    else:
        until.callback(operator.identity.EndPost, people_pb2.EndPostRequest(name=made.name))
    # A person has few sessions: the oldest has ended by now, and with it the token of its calls.
    head.access_token = ""
    head.sign_in()
    return head.access_token
