"""The loopback ports of one stack: chosen once, kept in ports.json, chosen anew only when another took one."""

import json
import random
import socket
from collections.abc import Iterable
from pathlib import Path

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether a server could listen on the loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def choose(names: Iterable[str], kept: dict[str, int], running: Iterable[str] = ()) -> dict[str, int]:
    """A port for each name: the kept one while it is free or its own program runs on it, else a new free one."""
    running = set(running)
    ports: dict[str, int] = {}
    for name in names:
        port = kept.get(name)
        if port is None or (name not in running and not is_free(port)):
            port = _another(taken={*kept.values(), *ports.values()})
        ports[name] = port
    return ports


def load(file: Path) -> dict[str, int]:
    """The ports that were chosen before; none where nothing was."""
    return json.loads(file.read_text()) if file.exists() else {}


def save(file: Path, ports: dict[str, int]) -> None:
    """Keeps the ports for the next start."""
    file.write_text(json.dumps(ports, indent=2) + "\n")


def _another(taken: set[int]) -> int:
    # Below the ephemeral range: a port from inside it can be lent to any outgoing connection while its program
    # restarts, and a client that waits for it can even connect to itself.
    first_ephemeral = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = random.randrange(max(1024, first_ephemeral // 2), first_ephemeral)  # noqa: S311 — no secret
        if port not in taken and is_free(port):
            return port
