import socket
import subprocess
import sys
import threading
from pathlib import Path

import psycopg
import pytest
import redis

from providers.costs.ledger import ledger
from tests.services.network import MOST_WORKERS, PORTS, OutsideNetworkError, free_port, ports_of
from tests.services.processes import ROOT
from tests.services.server import environment, run_manage

ODD = {
    "ALLOWED_HOSTS": "divan.example",
    "AUTH_MODE": "accounts",
    "DEBUG": "true",
    "LANGUAGE_CODE": "tr",
    "MAX_TEXT_BYTES": "2048",
    "OPENAI_API_KEY": "sk-x",
    "OPENAI_SERVERS": "one=http://127.0.0.1:9/v1",
    "PORT": "8123",
    "RAG_PORTS": "81,444",
    "REDIS_URL": "redis://127.0.0.1:9/0",
    "SEARCH_PROVIDER": "brave",
    "TOOL_ROUNDS": "3",
    "UNPRICED_MODELS": "2.5",
}
SHOWN = """
import logging
from chatbot_project import settings as made
from django.conf import settings
from django.db import connection
from django.utils.translation import gettext, get_language
from providers.models import Server
print({name: getattr(settings, name) for name in vars(made) if name.isupper() and name != "DATABASES"})
print(connection.settings_dict, gettext("Yes"), get_language(), Server._meta.verbose_name_plural)
print([getattr(handler, "baseFilename", "") for handler in logging.getLogger().handlers])
"""


def test_valkey_answers(valkey: str) -> None:
    with redis.Redis.from_url(valkey) as client:
        assert client.ping() is True


def test_postgres_has_vectors(postgres: str) -> None:
    with psycopg.connect(postgres) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
        row = connection.execute("SELECT '[1,2]'::vector <-> '[1,4]'::vector").fetchone()
    assert row == (2.0,)


def test_a_connection_to_another_machine_is_refused() -> None:
    with socket.socket() as probe, pytest.raises(OutsideNetworkError):
        probe.connect(("192.0.2.1", 80))
    with pytest.raises(OutsideNetworkError):
        socket.getaddrinfo("models.example.com", 443)


def test_workers_of_one_run_are_given_different_ports() -> None:
    given = [set(ports_of(f"gw{number}")) for number in range(MOST_WORKERS)]
    assert set().union(*given) == set(PORTS) == set(ports_of(""))
    assert sum(map(len, given)) == len(PORTS)


def test_a_free_port_can_be_listened_on() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", free_port()))
        listener.listen()
        assert listener.getsockname()[1] > 0


def test_ports_that_are_taken_before_anybody_listens_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    """As those of servers that start at once."""
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw3")
    assert len({free_port() for _ in range(150)}) == 150


def test_what_a_test_spends_is_written_in_no_other() -> None:
    ledger.release("anything")
    timer = ledger._timer
    assert timer is not None
    assert timer.interval == threading.TIMEOUT_MAX


@pytest.mark.parametrize("odd", [{}, ODD], ids=["usual", "odd"])
def test_what_is_loaded_beforehand_has_the_settings_of_its_own_environment(
    tmp_path: Path, odd: dict[str, str]
) -> None:
    env = environment(tmp_path, {"SECRET_KEY": "k" * 50, **odd})
    words = ("shell", "--no-imports", "-c", SHOWN)
    command = [sys.executable, "manage.py", *words]
    fresh = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert str(tmp_path) in fresh.stdout
    assert run_manage(words, env) == fresh.stdout
