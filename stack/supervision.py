"""Supervisor (PyPI `supervisor`) as the runner of a stack's programs: its configuration, its start and end, its RPC."""

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from xmlrpc.client import Fault, ServerProxy

import psutil
from supervisor.xmlrpc import Faults, SupervisorTransport

Signal = Literal["KILL", "STOP", "CONT", "TERM"]

# A path of a unix socket holds 107 bytes (unix(7)), and supervisord binds it under a name with its pid first.
SOCKET_PATH_LIMIT = 95
# What supervisord calls a program that it gave up on, or whose start just failed.
FAILED = frozenset({"BACKOFF", "FATAL", "UNKNOWN"})
STOPPED = frozenset({"STOPPED", "EXITED", "FATAL", "UNKNOWN"})
# Every process of a stack carries its root in this variable, which is how leftovers of a killed runner are known.
MARK = "YIMEN_STACK"


@dataclass(frozen=True)
class Command:
    """One program for supervisord to run."""

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_seconds: int = 15


@dataclass(frozen=True)
class Process:
    """What supervisord knows about a program."""

    name: str
    state: str
    pid: int
    why: str

    @property
    def alive(self) -> bool:
        """Whether a process of the program exists."""
        return self.pid != 0


class Runner:
    """The supervisord of one root folder: one at most, found by its unix socket."""

    def __init__(self, root: Path, directory: Path) -> None:
        self._root = root
        self._directory = directory
        self._config = root / "supervisord.conf"
        self._socket = root / "supervisor.sock"
        if len(str(self._socket)) > SOCKET_PATH_LIMIT:
            raise ValueError(f"{self._socket} is too long for a unix socket: choose a shorter root")

    @property
    def running(self) -> bool:
        """Whether supervisord answers."""
        try:
            return bool(self._rpc.getState()["statename"] == "RUNNING")
        except (OSError, Fault):
            return False

    def processes(self) -> dict[str, Process]:
        """Every program that supervisord holds; none where it does not run."""
        if not self.running:
            return {}
        return {
            each["name"]: Process(each["name"], each["statename"], each["pid"], each["spawnerr"] or each["description"])
            for each in self._rpc.getAllProcessInfo()
        }

    def hold(self, commands: Iterable[Command]) -> None:
        """Makes supervisord hold exactly these programs, started by nobody yet; what runs unchanged runs on."""
        self._root.mkdir(parents=True, exist_ok=True)
        (self._root / "logs").mkdir(exist_ok=True)
        self._config.write_text(self._rendered(commands))
        if not self.running:
            self.end_leftovers()
            self._launch()
            return
        added, changed, removed = self._rpc.reloadConfig()[0]
        for group in (*changed, *removed):
            self._rpc.stopProcessGroup(group)
            self._rpc.removeProcessGroup(group)
        for group in (*added, *changed):
            self._rpc.addProcessGroup(group)

    def start(self, name: str) -> None:
        """Starts a program unless it runs; returns at once."""
        try:
            self._rpc.startProcess(name, False)
        except Fault as fault:
            if fault.faultCode != Faults.ALREADY_STARTED:
                raise

    def stop(self, names: Iterable[str]) -> None:
        """Stops programs side by side and returns when all have ended."""
        names = set(names)
        for name in names:
            try:
                self._rpc.stopProcess(name, False)
            except Fault as fault:
                if fault.faultCode != Faults.NOT_RUNNING:
                    raise
        while any(process.state not in STOPPED for name, process in self.processes().items() if name in names):
            time.sleep(0.05)

    def signal(self, name: str, sign: Signal) -> None:
        """Sends a signal to the program and all that it started."""
        process = psutil.Process(self.processes()[name].pid)
        for each in (*process.children(recursive=True), process):
            each.send_signal(getattr(psutil.signal, f"SIG{sign}"))  # type: ignore[attr-defined]
        if sign == "KILL":
            psutil.wait_procs([process], timeout=10)

    def shut_down(self) -> None:
        """Ends supervisord with whatever it still runs, then what a killed supervisord may have left."""
        if self.running:
            supervisord = psutil.Process(self._rpc.getPID())
            self._rpc.shutdown()
            supervisord.wait(timeout=60)
        self.end_leftovers()

    def end_leftovers(self) -> None:
        """Ends processes that carry this root's mark although no supervisord answers for them."""
        left = [process for process in psutil.process_iter() if _mark(process) == str(self._root)]
        for process in left:
            process.terminate()
        _, stubborn = psutil.wait_procs(left, timeout=10)
        for process in stubborn:
            process.kill()
        psutil.wait_procs(stubborn, timeout=10)

    def log(self, name: str) -> Path:
        """The file that holds what the program printed."""
        return self._root / "logs" / f"{name}.log"

    def _launch(self) -> None:
        started = subprocess.run(
            [sys.executable, "-m", "supervisor.supervisord", "-c", str(self._config)],
            cwd=self._directory,
            env={**os.environ, MARK: str(self._root)},
            capture_output=True,
            text=True,
            check=False,
        )
        deadline = time.monotonic() + 10
        while not self.running:
            if started.returncode or time.monotonic() > deadline:
                log = self.log("supervisord")
                raise RuntimeError(f"supervisord did not start: {started.stderr}{log.read_text() if log.exists() else ''}")
            time.sleep(0.05)

    def _rendered(self, commands: Iterable[Command]) -> str:
        root = self._root
        sections = [
            f"[unix_http_server]\nfile={root}/supervisor.sock\nchmod=0600",
            f"[supervisord]\nlogfile={self.log('supervisord')}\nlogfile_maxbytes=5MB\nlogfile_backups=1\nloglevel=info\n"
            f"pidfile={root}/supervisord.pid\ndirectory={self._directory}\nuser={_user()}\nminfds=1024\nsilent=true",
            "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface",
        ]
        for command in commands:
            environment = ",".join(f"{key}={_quoted(value)}" for key, value in sorted(command.environment.items()))
            sections.append(
                f"[program:{command.name}]\n"
                f"command={' '.join(_quoted(word) for word in command.argv)}\n"
                f"environment={environment}\n"
                "autostart=false\n"
                "autorestart=true\n"
                # Long enough to tell a broken start from a crash later on, which is restarted again and again.
                "startsecs=4\nstartretries=1000\n"
                f"stopwaitsecs={command.stop_seconds}\nstopasgroup=true\nkillasgroup=true\n"
                f"redirect_stderr=true\nstdout_logfile={self.log(command.name)}\n"
                "stdout_logfile_maxbytes=10MB\nstdout_logfile_backups=1"
            )
        return "\n\n".join(sections) + "\n"

    @property
    def _rpc(self) -> Any:
        transport = SupervisorTransport(None, None, f"unix://{self._socket}")
        return ServerProxy("http://127.0.0.1", transport=transport).supervisor


def _quoted(text: str) -> str:
    """A word of a supervisord configuration, where % expands and a ; or # after a space begins a comment."""
    if any(mark in text for mark in ("'", "\n", " ;", " #")):
        raise ValueError(f"supervisord cannot be given {text!r}")
    return "'" + text.replace("%", "%%") + "'"


def _user() -> str:
    return psutil.Process().username()


def _mark(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(MARK)
    except psutil.Error:
        return None
