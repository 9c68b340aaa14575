"""A real Divan with logins, the `echo` server, and servers of a fake upstream."""

import json
import re
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import pytest

from tests.services.processes import Process, wait_until
from tests.services.server import Divan, copy_database, run_manage

ADMIN = "ann"


class Answer(NamedTuple):
    status: int
    body: Any
    headers: Any


class Client:
    def __init__(self, http: aiohttp.ClientSession) -> None:
        self.http = http

    async def __call__(self, method: str, path: str, body: Any = None, **more: Any) -> Answer:
        async with self.http.request(method, path, json=body, **more) as answer:
            data = await answer.read()
            is_json = answer.headers.get("Content-Type", "").startswith("application/json")
            return Answer(answer.status, json.loads(data) if is_json and data else data, answer.headers)


@pytest.fixture(scope="package")
def upstream_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    log = tmp_path_factory.mktemp("upstream") / "log"
    command = [sys.executable, "-m", "tests.upstreams", "--tokens", "5", "--speed", "0"]
    with Process(command, log=log, env={"PATH": ""}) as process:
        wait_until(lambda: "vllm:" in process.output(), seconds=30, what="the upstream's address")
        yield process.output().split()[0]


@pytest.fixture(scope="package")
def divan(
    upstream_url: str, tmp_path_factory: pytest.TempPathFactory, database_with_tables: Path
) -> Iterator[Divan]:
    folder = tmp_path_factory.mktemp("rest") / "data"
    copy_database(database_with_tables, folder)
    env = {
        "AUTH_MODE": "accounts",
        "REQUESTS_PER_MINUTE": "600000",
        "OLLAMA_BASE_URL": f"{upstream_url}/ollama",
        "OPENAI_BASE_URL": f"{upstream_url}/openai/v1",
        "OPENAI_API_KEY": "sk-x",
    }
    with Divan(folder, env=env) as running:
        yield running


@pytest.fixture(scope="package")
def token(divan: Divan) -> str:
    """Of an administrator."""
    run_manage(
        ("createsuperuser", "--noinput", "--username", ADMIN, "--email", "ann@example.org"),
        {**divan.env, "DJANGO_SUPERUSER_PASSWORD": "a long password"},
    )
    found = re.search(r"divan_\S+", divan.manage("create_token", ADMIN))
    assert found, "no token was printed"
    return found.group()


@pytest.fixture
async def call(divan: Divan, token: str) -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(divan.url, headers=headers) as http:
        yield Client(http)
