import socket
from pathlib import Path

from stack import ports


def a_listener() -> socket.socket:
    """A socket that holds a loopback port until it is closed."""
    listener = socket.socket()
    listener.bind((ports.LOOPBACK, 0))
    listener.listen()
    return listener


def test_every_name_gets_a_port_of_its_own() -> None:
    chosen = ports.choose(("store", "broker", "gateway"), {})

    assert sorted(chosen) == ["broker", "gateway", "store"]
    assert len(set(chosen.values())) == 3


def test_a_free_port_is_kept() -> None:
    once = ports.choose(("store",), {})

    assert ports.choose(("store",), once) == once


def test_a_port_that_another_took_is_chosen_anew() -> None:
    with a_listener() as listener:
        taken = listener.getsockname()[1]

        assert ports.choose(("store",), {"store": taken})["store"] != taken


def test_a_port_on_which_its_own_program_runs_is_kept() -> None:
    with a_listener() as listener:
        own = listener.getsockname()[1]

        assert ports.choose(("store",), {"store": own}, running=("store",)) == {"store": own}


def test_no_port_lies_where_outgoing_connections_get_theirs() -> None:
    first_ephemeral = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])

    chosen = ports.choose((f"program-{n}" for n in range(50)), {})

    assert max(chosen.values()) < first_ephemeral


def test_ports_outlive_the_process(tmp_path: Path) -> None:
    ports.save(tmp_path / "ports.json", {"store": 20001})

    assert ports.load(tmp_path / "ports.json") == {"store": 20001}
