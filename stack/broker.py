"""Debian's RabbitMQ as a program of the stack: its own node, port mapper, ports and data, beside any other on the machine."""

from collections.abc import Mapping
from pathlib import Path

from stack.ports import LOOPBACK

SERVER = "/usr/lib/rabbitmq/bin/rabbitmq-server"


def configure(folder: Path, port: int) -> None:
    """Writes the node's configuration: loopback only, no plugins, alarms that suit a laptop."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "enabled_plugins").write_text("[].\n")
    (folder / "rabbitmq.conf").write_text(
        f"listeners.tcp.default = {LOOPBACK}:{port}\n"
        "vm_memory_high_watermark.absolute = 1GB\n"
        "disk_free_limit.absolute = 100MB\n"
        "log.console = true\n"
        "log.console.level = warning\n"
        "log.file = false\n"
    )


def environment(folder: Path, ports: Mapping[str, int]) -> dict[str, str]:
    """What the node reads. Its name holds no port: its data is found by it, and ports may change."""
    return {
        # Erlang's cookie, by which nodes know one another, lies in the home.
        "HOME": str(folder),
        "ERL_EPMD_ADDRESS": LOOPBACK,
        "ERL_EPMD_PORT": str(ports["epmd"]),
        "RABBITMQ_NODENAME": "yimen@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": LOOPBACK,
        "RABBITMQ_NODE_PORT": str(ports["broker"]),
        "RABBITMQ_DIST_PORT": str(ports["broker-distribution"]),
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        # Makes the script become the node instead of watching over it: supervisord does that.
        "RUNNING_UNDER_SYSTEMD": "true",
    }
