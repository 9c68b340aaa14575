"""Commands of manage.py in processes that are forked from one in which the packages and Divan's own modules
are imported already, and the static files are found.

A server takes three seconds of processor to start, nearly all of them for what is the same for every server;
forked, it takes a sixth of a second. Its settings are its own: they are made in the forked process, of its
environment. No other than those in `READ_BY_IMPORTS` is read while modules are imported: this is looked at
when the parent begins.
"""

import contextlib
import gc
import importlib
import json
import logging
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, NoReturn

from tests.services.environment import own_environment

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
    *("channels.routing", "daphne.http_protocol", "daphne.ws_protocol", "servestatic.asgi"),
    *("django.contrib.admin.templatetags.admin_list", "django.contrib.admin.templatetags.admin_modify"),
    *("django.contrib.admin.templatetags.log", "django.contrib.admin.views.main"),
    *("django.contrib.messages.storage.fallback", "django.contrib.sessions.serializers"),
    *("django.core.asgi", "django.core.cache.backends.locmem", "django.core.management.commands.migrate"),
    *("django.templatetags.cache", "django.templatetags.l10n", "django.templatetags.tz"),
    *("django.views.csrf", "django_vite.templatetags.django_vite"),
)
DIVAN = (
    *("chat.consumers", "chatbot_project.bodies.request", "chatbot_project.bodies.door"),
    *("chatbot_project.command_line", "chatbot_project.draining", "chatbot_project.gate"),
    *("chatbot_project.health", "chatbot_project.lifespan", "chatbot_project.loop_middleware"),
    *("chatbot_project.management.commands.serve", "chatbot_project.middleware", "chatbot_project.migrating"),
    *(
        "chatbot_project.monitoring.door",
        "chatbot_project.startup",
        "chatbot_project.tls",
        "conversations.backup",
    ),
    *("chatbot_project.urls", "chatbot_project.websocket", "conversations.backup"),
    *("django.core.management.commands.makemigrations",),
)
"""What a server imports beside Django's apps. Not what installs Twisted's reactor."""
READ_BY_IMPORTS = frozenset(
    {
        *("ABSOLUTE_URL_OVERRIDES", "AUTH_USER_MODEL", "DEFAULT_AUTO_FIELD", "DEFAULT_EXCEPTION_REPORTER"),
        *("DEFAULT_INDEX_TABLESPACE", "DEFAULT_TABLESPACE", "DJANGO_VITE", "FORCE_SCRIPT_NAME"),
        *("INSTALLED_APPS", "LOCALE_PATHS", "LOGGING_CONFIG", "MIDDLEWARE", "MIGRATION_MODULES"),
        *("SESSION_COOKIE_NAME", "USE_I18N"),
        # Of the environment: what was made of them is made anew in the forked process.
        *("DATABASES", "LANGUAGE_CODE", "LOGGING"),
        # Only whether the receivers of signals are looked at.
        "DEBUG",
    }
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
    forget_settings()
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


def load_divan() -> None:
    """Under an environment that is nobody's; with it whatever was read of it is forgotten."""
    with tempfile.TemporaryDirectory(prefix="divan-preloaded-") as folder:
        before = dict(os.environ)
        os.environ.update(own_environment(Path(folder)), DJANGO_SETTINGS_MODULE="chatbot_project.settings")
        import django
        from django.conf import settings
        from django.db.migrations.loader import MigrationLoader

        django.setup()
        for module in DIVAN:
            importlib.import_module(module)
        from providers.connectors import PROVIDERS, load_connector

        for provider in PROVIDERS:
            load_connector(provider)
        MigrationLoader(None)
        read = set(vars(settings)) - READ_BY_IMPORTS - {"_wrapped"}
        assert not read, f"settings that a module reads while it is imported: {', '.join(sorted(read))}"
        from chatbot_project.static_files import find_files

        find_files()
        compile_addresses()
        logging.shutdown()
        os.environ.clear()
        os.environ.update(before)
    assert "twisted.internet.reactor" not in sys.modules, "each server has to choose its own"


def compile_addresses() -> None:
    """An address that is none is compared with the patterns of all."""
    from django.urls import Resolver404, resolve

    for path in ("/api/nothing", "/v1/nothing", "/nothing"):
        with contextlib.suppress(Resolver404):
            resolve(path)


def forget_settings() -> None:
    """The next who asks for a setting has them made of the environment."""
    from django.conf import settings
    from django.db import connections
    from django.utils.functional import empty
    from django.utils.translation import trans_real

    del sys.modules["chatbot_project.settings"]
    settings._wrapped = empty
    vars(connections).clear()
    connections.__init__()  # type: ignore[misc]  # the object that all modules have stays
    vars(trans_real).update(_default=None, _translations={})


if __name__ == "__main__":
    load(PACKAGES)
    load_divan()
    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as asked:
        answer_all(asked.makefile("rw"))
