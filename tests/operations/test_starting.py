"""What a server and commands do before they begin: whose files they make, and beside whom they run."""

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from chatbot_project.lifespan import lifespan
from conversations.in_use import InUseError, serving
from tests.services.environment import own_environment
from tests.services.processes import ROOT
from tests.services.server import Divan, copy_database, run_command


def manage(data_dir: Path, *words: str, **env: str) -> tuple[int, str, str]:
    return run_command(words, {**own_environment(data_dir), **env})


def open_to_others(folder: Path) -> list[str]:
    return [
        f"{path.relative_to(folder)} {stat.filemode(path.stat().st_mode)}"
        for path in folder.rglob("*")
        if path.stat().st_mode & 0o077
    ]


def test_in_a_folder_that_was_there_every_file_is_its_owners_alone(tmp_path: Path) -> None:
    data_dir = tmp_path / "open"
    data_dir.mkdir(mode=0o755)
    command = [sys.executable, "manage.py", "reindex_chats"]
    subprocess.run(command, cwd=ROOT, env=own_environment(data_dir), check=True, umask=0)
    assert (data_dir / "divan.sqlite3").exists()
    assert open_to_others(data_dir) == []


def test_a_server_closes_what_was_left_open(start_server: Callable[..., Divan], tmp_path: Path) -> None:
    data_dir = tmp_path / "server"
    (data_dir / "logs").mkdir(parents=True)
    log = data_dir / "logs" / "divan.log"
    log.write_text("")
    log.chmod(0o644)
    data_dir.joinpath("logs").chmod(0o700)
    before = os.umask(0)
    try:
        start_server(data_dir=data_dir)
    finally:
        os.umask(before)
    assert open_to_others(data_dir) == []


def test_what_is_served_is_checked_and_not_what_was_set(tmp_path: Path, database_with_tables: Path) -> None:
    """Once: it takes as long as much else of a start."""
    copy_database(database_with_tables, tmp_path / "server")
    divan = Divan(tmp_path / "server", env={"HOST": "0.0.0.0"})
    divan.command += ["--host", "127.0.0.1"]
    with divan:
        pass
    status, _, err = manage(tmp_path / "server", "serve", "--host", "0.0.0.0")
    assert status == 1
    assert "others can reach HOST=0.0.0.0" in err


@pytest.mark.parametrize("content", [b"", b"\n", b"short", b"\0" * 67, b"\xff" * 67, b"x" * 40 + b"\x01"])
def test_a_secret_key_that_is_none_is_one_line(
    tmp_path: Path, content: bytes, database_with_tables: Path
) -> None:
    copy_database(database_with_tables, tmp_path)
    (tmp_path / "secret_key").write_bytes(content)
    for words in (("serve",), ("reindex_chats",)):
        status, out, err = manage(tmp_path, *words)
        assert (status, out, err.count("\n")) == (1, "", 1)
        assert err.startswith(f"error: {tmp_path / 'secret_key'} is ")
        assert "remove it" in err
    assert (tmp_path / "secret_key").read_bytes() == content
    assert manage(tmp_path, "reindex_chats", SECRET_KEY="one of my own")[0] == 0


@pytest.mark.parametrize("content", [b"", b" \n", b"no key\n", b"\xff\xfe", b"A" * 30 + b"\n"])
def test_encryption_keys_that_are_none_are_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "encryption_keys").write_bytes(content)
    for words in (("serve",), ("reindex_chats",)):
        status, out, err = manage(tmp_path, *words)
        assert (status, out, err.count("\n")) == (1, "", 1)
        assert f"{tmp_path / 'encryption_keys'} is empty or damaged" in err
    assert (tmp_path / "encryption_keys").read_bytes() == content


def test_encryption_keys_of_the_environment_that_are_none_are_one_line(tmp_path: Path) -> None:
    status, _, err = manage(tmp_path, "serve", ENCRYPTION_KEYS="secret-nonsense")
    assert (status, err.count("\n")) == (1, 1)
    assert "ENCRYPTION_KEYS holds something that is no key" in err
    assert "secret-nonsense" not in err


def test_a_second_server_on_one_folder_refuses_and_commands_do_not(server: Divan) -> None:
    status, out, err = manage(server.data_dir, "serve", "--port", "0")
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert "Another server runs on" in err
    assert "REDIS_URL" in err
    assert server.manage("reindex_chats")
    assert server.is_running
    server.kill()
    server.start()


def test_servers_agree_who_may_run_beside_whom(tmp_path: Path) -> None:
    with ExitStack() as servers:
        for _ in range(2):
            servers.enter_context(serving(tmp_path, alone=False))
        with pytest.raises(InUseError):
            servers.enter_context(serving(tmp_path, alone=True))
    with serving(tmp_path, alone=True), pytest.raises(InUseError):
        serving(tmp_path, alone=False).__enter__()
    with serving(tmp_path, alone=True):
        pass


async def test_another_asgi_servers_second_worker_refuses_too(settings: Settings) -> None:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "lifespan.startup"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    settings.ALLOWED_HOSTS = []
    with serving(settings.DATA_DIR, alone=True):
        await lifespan({"type": "lifespan"}, receive, send)
    assert sent[0]["type"] == "lifespan.startup.failed"
    assert "Another server runs on" in sent[0]["message"]
