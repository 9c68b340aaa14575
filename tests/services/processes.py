"""Starting, watching and ending the processes that a test needs."""

import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

ROOT = Path(__file__).resolve().parents[2]


def wait_until(holds: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Polls; raises TimeoutError that names `what` when the deadline passes."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not happen within {seconds:g} s")
        time.sleep(0.02)


class Started(Protocol):
    """What `subprocess.Popen` offers, as far as it is used here."""

    @property
    def pid(self) -> int: ...

    def poll(self) -> int | None: ...

    def send_signal(self, number: int, /) -> None: ...

    def wait(self, timeout: float) -> int: ...


class Process:
    """A child process whose output is kept in `log`. Ends with the `with` block, if need be by force."""

    def __init__(self, command: Sequence[str], *, log: Path, env: Mapping[str, str]) -> None:
        self.command = list(command)
        self.log = log
        self.env = dict(env)
        self._process: Started | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None, "the process was never started"
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        self._process = self._launch()

    def _launch(self) -> Started:
        with self.log.open("ab") as output:
            return subprocess.Popen(
                self.command, cwd=ROOT, env=self.env, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )

    def output(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def kill(self) -> None:
        """kill -9: no chance to tidy up."""
        self._signal(signal.SIGKILL, seconds=10)

    def stop(self, *, seconds: float = 15) -> int:
        """SIGTERM; returns the exit status."""
        return self._signal(signal.SIGTERM, seconds=seconds)

    def terminate(self) -> None:
        """SIGTERM; does not wait."""
        self.send(signal.SIGTERM)

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None, "the process was never started"
        self._process.send_signal(number)

    def _signal(self, number: signal.Signals, *, seconds: float) -> int:
        assert self._process is not None, "the process was never started"
        if self.is_running:
            self._process.send_signal(number)
        return self._process.wait(seconds)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.is_running:
            try:
                self.stop(seconds=5)
            except subprocess.TimeoutExpired:
                self.kill()
