"""The platform on one machine as an object: start, look, break, mend, stop."""

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from fcntl import LOCK_EX, flock
from pathlib import Path

from gateway import envoy
from gateway.filters import Limits
from stack import broker, keys, ports
from stack.mail import Mail
from stack.ports import LOOPBACK
from stack.programs import MORE_PORTS, PROGRAMS, REPLACED_BY, SERVICES, Program, programs
from stack.supervision import FAILED, Command, Process, Runner
from stack.telemetry.client import Telemetry

REPOSITORY = Path(__file__).resolve().parents[1]
# Seconds. The broker's first start takes about 6 on an idle machine of two cores, 20 on a busy one.
START_LIMIT = 120.0
PROBE_PAUSE = 0.1
TAIL_LINES = 25

# Hears of progress: a program's name, and what became of it.
Tell = Callable[[str, str], None]


def quietly(_name: str, _message: str) -> None:
    """Tells nobody."""


class NotWell(Exception):
    """A program did not get well: which, why, and the end of its log."""

    def __init__(self, name: str, reason: str, tail: str) -> None:
        super().__init__(f"{name}: {reason}\n--- the end of its log ---\n{tail}")
        self.name = name
        self.reason = reason


class Stack:
    """One platform under one root folder. Several with different roots live side by side on one machine.

    `clock`: the time, ISO 8601 with a zone, at which the platform's clock begins when it starts; empty for the real one.
    `only`: the programs to run, with what they need; None for all.
    `tenants`: the folder of the halls; None for the repository's own.
    `limits`: what the gateway lets one caller take; None for what it lets everybody take.
    """

    def __init__(
        self,
        root: Path,
        *,
        clock: str = "",
        only: Iterable[str] | None = None,
        tenants: Path | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.root = root.resolve()
        self._clock = clock
        self._tenants = tenants or REPOSITORY / "tenants"
        self._limits = limits
        self._runner = Runner(self.root, REPOSITORY)
        self._only = PROGRAMS if only is None else tuple(only)
        self.ports: dict[str, int] = ports.load(self._ports_file)
        self._kept: dict[str, str] = json.loads(self._kept_file.read_text()) if self._kept_file.exists() else {}

    def start(self, tell: Tell = quietly) -> None:
        """Brings every program up and returns when all are well; NotWell where one does not get so. Starts nothing twice."""
        with self._alone():
            self._settle()
            chosen = self._chosen()
            self._prepare(chosen, tell)
            self._runner.hold(self._command(program) for program in chosen.values())
            self._bring_up(chosen, tell)

    def stop(self, tell: Tell = quietly) -> None:
        """Ends everything that was started under the root, those that others lean on last."""
        with self._alone():
            remaining = {name for name, process in self._runner.processes().items() if process.alive}
            while remaining:
                needed = {need for name in remaining if name in self.programs for need in self.programs[name].needs}
                # Gateway and portal depend on nobody, and nobody on them: they go with the first.
                first = remaining - needed
                self._runner.stop(first)
                for name in sorted(first):
                    tell(name, "ended")
                remaining -= first
            self._runner.shut_down()

    def restart(self, name: str) -> None:
        """Ends a program in order, starts it again and waits until it is well."""
        with self.without(name):
            pass

    @contextmanager
    def without(self, name: str) -> Iterator[None]:
        """The platform while one program is down; at the end it is started, and all are well again."""
        self._runner.stop([name])
        try:
            yield
        finally:
            self._runner.start(name)
            self.wait_for_all(first=name)

    def kill(self, name: str) -> None:
        """Ends a program with SIGKILL and returns when it is dead; the runner starts it again by itself."""
        self._runner.signal(name, "KILL")

    def pause(self, name: str) -> None:
        """Stops a program's time with SIGSTOP."""
        self._runner.signal(name, "STOP")

    def resume(self, name: str) -> None:
        """Lets a paused program run on."""
        self._runner.signal(name, "CONT")

    def wait(self, name: str, timeout: float = START_LIMIT) -> None:
        """Returns when the program is well; NotWell after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while reason := self.programs[name].probe():
            if time.monotonic() > deadline:
                raise NotWell(name, f"not well after {timeout:.0f} s: {reason}", self.tail(name))
            time.sleep(PROBE_PAUSE)

    def wait_for_all(self, first: str) -> None:
        """Returns when a program is well and all others that run are: what they say of it is some seconds old."""
        self.wait(first)
        for name, process in self._runner.processes().items():
            if process.alive:
                self.wait(name)

    @property
    def running(self) -> bool:
        """Whether the stack was started and not stopped."""
        return self._runner.running

    @property
    def processes(self) -> dict[str, Process]:
        """What the runner knows about each program that it holds."""
        return self._runner.processes()

    @property
    def programs(self) -> dict[str, Program]:
        """Every program that could run here, by name."""
        return programs(self.root, self.ports, self.env)

    @property
    def public_url(self) -> str:
        """The one public port, where gateway answers: gRPC, JSON and pages."""
        return f"http://{self.address('gateway')}"

    def address(self, name: str) -> str:
        """host:port of a program."""
        return f"{LOOPBACK}:{self.ports[name]}"

    @property
    def env(self) -> dict[str, str]:
        """What every process of the platform is told; a real store, broker or collector takes the embedded one's place."""
        public = self.public_url
        return {
            "MONGODB_URI": self._outside("store") or f"mongodb://{self.address('store')}/?directConnection=true",
            "AMQP_URI": self._outside("broker") or f"amqp://guest:guest@{self.address('broker')}/",
            "OTEL_EXPORTER_OTLP_ENDPOINT": self._outside("telemetry") or f"http://{self.address('telemetry')}",
            "YIMEN_TENANTS": str(self._tenants),
            "YIMEN_CLOCK_SHIFT": self._kept.get("clock_shift", "0"),
            "YIMEN_ADDRESSES": json.dumps({service: self.address(service) for service in SERVICES}),
            "YIMEN_KEYS": str(self.root / "keys"),
            "YIMEN_TRUST": str(self.root / "trust"),
            "YIMEN_UKEY": str(self.root / "ukey"),
            "YIMEN_ORIGINS": f"{public},{public.replace(LOOPBACK, 'localhost')}",
            "YIMEN_SMTP": self.address("smtp"),
            "YIMEN_PUBLIC_URL": public,
            "YIMEN_UKEY_AGENT": f"http://{self.address('ukey-agent')}",
            # No load balancer beside our own gateway has to be waited for.
            "YIMEN_DRAIN_SECONDS": "0.5",
            "PYTHONUNBUFFERED": "1",
        }

    @property
    def mail(self) -> Mail:
        """What came to the stack's mail server."""
        return Mail(self.root / "mail")

    @property
    def telemetry(self) -> Telemetry:
        """The traces and metrics that the stack's sink keeps."""
        return Telemetry(self.env["OTEL_EXPORTER_OTLP_ENDPOINT"])

    def log(self, name: str) -> Path:
        """The file that holds what a program printed."""
        return self._runner.log(name)

    def tail(self, name: str, lines: int = TAIL_LINES) -> str:
        """The last lines that a program printed."""
        log = self.log(name)
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else "(no log)"

    def _settle(self) -> None:
        """Chooses what holds from this start on: ports, what replaces embedded parts, the clock's shift."""
        running = self._running_ports()
        self.ports = ports.choose((*PROGRAMS, *MORE_PORTS), self.ports, running)
        ports.save(self._ports_file, self.ports)
        kept = {name: uri for name, variable in REPLACED_BY.items() if (uri := os.environ.get(variable))}
        if running:
            kept["clock_shift"] = self._kept.get("clock_shift", "0")
        elif self._clock:
            shift = datetime.fromisoformat(self._clock) - datetime.now(UTC)
            kept["clock_shift"] = str(shift.total_seconds())
        self._kept = kept
        self._kept_file.write_text(json.dumps(kept, indent=2) + "\n")

    def _running_ports(self) -> set[str]:
        alive = {name for name, process in self._runner.processes().items() if process.alive}
        return alive | {port for port in MORE_PORTS if port.split("-")[0] in alive}

    def _outside(self, name: str) -> str:
        return self._kept.get(name, "")

    def _chosen(self) -> dict[str, Program]:
        """The programs to run, with all that they need, less what something outside replaces."""
        every = self.programs
        chosen: dict[str, Program] = {}
        names = list(self._only)
        while names:
            name = names.pop()
            if name not in chosen and not self._outside(name):
                chosen[name] = every[name]
                names.extend(every[name].needs)
        return {name: every[name] for name in PROGRAMS if name in chosen}

    def _prepare(self, chosen: dict[str, Program], tell: Tell) -> None:
        """Writes what the programs read: the broker's and the gateway's configuration, keys, the demo's U-keys."""
        if "broker" in chosen:
            broker.configure(self.root / "broker", self.ports["broker"])
        if any(service in chosen for service in SERVICES):
            keys.ensure(self.root / "keys")
        if "ukey-agent" in chosen:
            from stack import ukey

            tell("ukey-agent", "makes the U-keys of the demo's people that are missing")
            ukey.prepare(self.root / "ukey", self.root / "trust")
        if "gateway" in chosen:
            configuration = envoy.configuration(
                listen=self.address("gateway"),
                admin=f"{LOOPBACK}:{self.ports['gateway-admin']}",
                services={service: [self.address(service)] for service in SERVICES},
                portals=[self.address("portal")],
                telemetry=self.env["OTEL_EXPORTER_OTLP_ENDPOINT"].removeprefix("http://"),
                limits=self._limits,
            )
            text = json.dumps(configuration, indent=1)
            (self.root / "envoy.json").write_text(text)
            # A changed configuration changes the program, so the runner restarts it.
            digest = hashlib.sha256(text.encode()).hexdigest()
            chosen["gateway"] = replace(
                chosen["gateway"], environment={**chosen["gateway"].environment, "YIMEN_CONFIGURATION": digest}
            )

    def _command(self, program: Program) -> Command:
        return Command(program.name, program.argv, program.environment)

    def _bring_up(self, chosen: dict[str, Program], tell: Tell) -> None:
        """Starts each program when those that it needs are well."""
        began = time.monotonic()
        waiting, started, first_pids = dict(chosen), set[str](), dict[str, int]()
        while waiting:
            for name, program in list(waiting.items()):
                if name not in started and not any(need in waiting for need in program.needs):
                    self._runner.start(name)
                    started.add(name)
            processes = self._runner.processes()
            for name in [name for name in waiting if name in started]:
                reason, process = waiting[name].probe(), processes[name]
                # A program that took long to end by itself runs again already, under another pid.
                ended = process.state in FAILED or (process.alive and first_pids.setdefault(name, process.pid) != process.pid)
                elapsed = time.monotonic() - began
                if not reason:
                    del waiting[name]
                    tell(name, f"well after {elapsed:.1f} s")
                elif ended:
                    raise NotWell(name, f"it ended by itself ({process.state.lower()})", self.tail(name))
                elif elapsed > START_LIMIT:
                    raise NotWell(name, f"not well after {elapsed:.0f} s: {reason}", self.tail(name))
            time.sleep(PROBE_PAUSE)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One start or stop of a root at a time."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / "lock").open("w") as lock:
            flock(lock, LOCK_EX)
            yield

    @property
    def _ports_file(self) -> Path:
        return self.root / "ports.json"

    @property
    def _kept_file(self) -> Path:
        return self.root / "stack.json"
