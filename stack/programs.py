"""The programs of the platform on one machine: how each is started, what it needs first, and when it is well."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import envoy

from stack import broker, health
from stack.health import Probe
from stack.ports import LOOPBACK

SERVICES = ("identity", "matters", "intake", "notification", "halls")
WORKERS = ("notification",)
PROGRAMS = (
    *("store", "epmd", "broker", "smtp", "telemetry"),
    *SERVICES,
    *(f"{service}-worker" for service in WORKERS),
    *("portal", "gateway", "ukey-agent"),
)
# Ports beside each program's own.
MORE_PORTS = ("broker-distribution", "gateway-admin")
# The embedded parts that a variable of the environment replaces by real ones.
REPLACED_BY = {
    "store": "MONGODB_URI",
    "epmd": "AMQP_URI",
    "broker": "AMQP_URI",
    "telemetry": "OTEL_EXPORTER_OTLP_ENDPOINT",
}
# Shares of the embedded store's cache, in percent. Past them its threads write pages out themselves, one of them holding the
# lock that the others need to let go of what they have read: then nothing can be written out, and all stand still. WiredTiger's
# own thread begins at 5 %; at 20 %, the default, an import on a busy machine ended so.
_EVICTION = "eviction_dirty_trigger=80,eviction_updates_trigger=70"
ENVOY = Path(envoy.__file__).with_name("_bin") / "envoy"


@dataclass(frozen=True)
class Program:
    """One program of the stack."""

    name: str
    argv: tuple[str, ...]
    probe: Probe
    needs: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


def programs(root: Path, ports: Mapping[str, int], environment: Mapping[str, str]) -> dict[str, Program]:
    """Every program by name; `environment` is what all processes of the platform are told."""
    ground = [
        _store(root, ports["store"], environment["MONGODB_URI"]),
        _epmd(ports["epmd"]),
        Program(
            "broker",
            (broker.SERVER,),
            health.broker(environment["AMQP_URI"]),
            needs=("epmd",),
            environment=broker.environment(root / "broker", ports),
        ),
        Program("smtp", _python("stack.mail", str(root / "mail")), health.mail(_at(ports["smtp"]))),
        Program(
            "telemetry",
            _python("stack.telemetry.sink", str(root / "telemetry.db")),
            health.page(f"http://{_at(ports['telemetry'])}/healthz"),
        ),
    ]
    services = [
        Program(service, _python(f"services.{service}"), health.serving(_at(ports[service])), needs=("store", "telemetry"))
        for service in SERVICES
    ]
    workers = [
        Program(
            f"{service}-worker",
            _python(f"services.{service}", "worker"),
            health.page(f"http://{_at(ports[f'{service}-worker'])}/readyz"),
            needs=("store", "broker", "telemetry"),
        )
        for service in WORKERS
    ]
    edge = [
        Program("portal", _python("gateway.portal"), health.page(f"http://{_at(ports['portal'])}/healthz")),
        Program(
            "gateway",
            (str(ENVOY), "-c", str(root / "envoy.json"), "--concurrency", "2", "--disable-hot-restart", "-l", "warning"),
            health.gateway(_at(ports["gateway-admin"])),
            # Whoever gets in must find keys to verify tokens with.
            needs=("identity",),
        ),
        Program(
            "ukey-agent",
            _python("stack.ukey", "agent"),
            health.page(f"http://{_at(ports['ukey-agent'])}/healthz"),
        ),
    ]
    return {
        program.name: Program(
            program.name,
            program.argv,
            program.probe,
            program.needs,
            {**environment, "YIMEN_LISTEN": _at(ports[program.name]), **program.environment},
        )
        for program in (*ground, *services, *workers, *edge)
    }


def _store(root: Path, port: int, uri: str) -> Program:
    argv = (
        str(Path(sys.executable).with_name("secantusd-py")),
        *("--host", LOOPBACK, "--port", str(port)),
        *("--storage-path", str(root / "store"), "--log-level", "WARNING"),
        # Without it a kill loses writes that were acknowledged.
        "--sync-on-commit",
    )
    return Program("store", argv, health.store(uri), environment={"WIREDTIGER_CONFIG": _EVICTION})


def _epmd(port: int) -> Program:
    """Erlang's port mapper: our own, so that the broker neither meets another's nor leaves one behind."""
    argv = ("epmd", "-port", str(port))
    return Program("epmd", argv, health.listening(_at(port)), environment={"ERL_EPMD_ADDRESS": LOOPBACK})


def _python(module: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module, *arguments)


def _at(port: int) -> str:
    return f"{LOOPBACK}:{port}"
