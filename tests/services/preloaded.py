"""Commands of manage.py in processes that are forked from one which has the packages loaded already.

A server takes three seconds of processor to start, half of them for importing packages that are the same for
every server. Nothing of Divan itself is loaded beforehand: it reads its environment when it is imported.
"""

import contextlib
import gc
import importlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    *("cryptography.fernet", "pydantic", "pydantic.networks", "requests", "httpx", "uvloop", "environ"),
    *(
        "django.contrib.admin.options",
        "django.core.handlers.asgi",
        "django.core.management",
        "django.db.models",
    ),
    *("django.db.backends.sqlite3.base", "django.db.migrations.executor", "django.forms", "django.http"),
    *("django.template.response", "django.test", "django.urls", "django.utils.html", "sqlparse"),
    *("django.utils.translation.reloader", "OpenSSL.SSL", "service_identity", "twisted.protocols.tls"),
    *("twisted.internet.asyncioreactor", "twisted.internet.endpoints", "twisted.internet.ssl"),
    *("twisted.web.http", "autobahn.websocket.protocol"),
)


class Command:
    """A command that runs, with what `subprocess.Popen` offers for it."""

    def __init__(self, words: Sequence[str], *, env: Mapping[str, str], output: Path, errors: Path) -> None:
        """What it prints is put at the end of `output` and `errors`, which may be one file."""
        streams = {"output": str(output), "errors": str(errors)}
        self.pid: int = parent().ask({"words": list(words), "env": dict(env), **streams})
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = parent().ask({"poll": self.pid})
        return self.returncode

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def wait(self, timeout: float) -> int:
        """Raises subprocess.TimeoutExpired."""
        deadline = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired("manage.py", timeout)
            time.sleep(0.01)
        return code


class Parent:
    """The process that forks. It ends when this one does."""

    def __init__(self) -> None:
        here, there = socket.socketpair()
        with there:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(there.fileno())], cwd=ROOT, pass_fds=[there.fileno()]
            )
        self._lines = here.makefile("rw")
        self._numbers = count()
        self._lock = threading.Lock()

    def ask(self, question: Mapping[str, Any]) -> Any:
        """From any thread. Whoever was interrupted while it waited has left an answer that is nobody's."""
        with self._lock:
            number = next(self._numbers)
            self._lines.write(f"{json.dumps([number, question])}\n")
            self._lines.flush()
            answered, answer = json.loads(self._lines.readline())
            while answered != number:
                answered, answer = json.loads(self._lines.readline())
        return answer


@cache
def parent() -> Parent:
    return Parent()


def answer_all(lines: Any) -> None:
    for line in lines:
        number, question = json.loads(line)
        answer = exit_status(question["poll"]) if "poll" in question else begin(**question)
        lines.write(f"{json.dumps([number, answer])}\n")
        lines.flush()


def begin(**command: Any) -> int:
    pid = os.fork()
    if pid == 0:
        run(**command)
    return pid


def run(words: Sequence[str], env: Mapping[str, str], output: str, errors: str) -> NoReturn:
    """The child: as if it had been started with this environment."""
    os.closerange(3, 256)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(open_to_append(output), 1)
    os.dup2(open_to_append(errors), 2)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    os.environ.clear()
    os.environ.update(env)
    sys.argv = ["manage.py", *words]
    import manage

    sys.exit(manage.main())


def open_to_append(path: str) -> int:
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


def exit_status(pid: int) -> int | None:
    """None while it runs; as `subprocess` says it, minus the signal's number where it was killed."""
    ended, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else None


def load(packages: Iterable[str]) -> None:
    for package in packages:
        with contextlib.suppress(ImportError):
            importlib.import_module(package)
    assert "twisted.internet.reactor" not in sys.modules, "each server has to choose its own"


if __name__ == "__main__":
    load(PACKAGES)
    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as asked:
        answer_all(asked.makefile("rw"))
