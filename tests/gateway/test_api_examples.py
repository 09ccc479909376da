"""The examples of docs/api.md do what they say, run as they stand."""

import os
import re
import subprocess
import sys
from pathlib import Path

import grpc
import pytest

from stack import Stack
from stack.actors import actor
from stack.calls import Grpc

ROOT = Path(__file__).parents[2]
EXAMPLES = re.findall(r"^```(sh|python) run\n(.*?)^```", (ROOT / "docs/api.md").read_text(), re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def surroundings(platform: Stack) -> dict[str, str]:
    """What the page tells its reader to set."""
    with grpc.insecure_channel(platform.address("gateway")) as channel:
        token = actor(platform, "resident", Grpc(channel)).sign_in().access_token
    scripts = Path(sys.executable).parent
    path = f"{scripts}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "YIMEN": platform.address("gateway"), "TOKEN": token}


def test_the_page_has_examples_of_each_way() -> None:
    text = "".join(code for _, code in EXAMPLES)
    assert all(tool in text for tool in ("curl --silent", "buf curl", "import grpc"))


@pytest.mark.parametrize(("language", "code"), EXAMPLES)
def test_an_example_works(surroundings: dict[str, str], language: str, code: str) -> None:
    shell = ["bash", "-euo", "pipefail", "-c", code]
    ran = subprocess.run(
        shell if language == "sh" else [sys.executable, "-c", code],
        cwd=ROOT,
        env=surroundings,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
