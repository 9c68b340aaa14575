"""What a person has is theirs by an id, and not by a name: through renaming, deletion, and a new account of
the same name."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import aiohttp
import pytest

from tests.rest.conftest import Client
from tests.rest.test_owners import SECRET, one_of_each
from tests.services.server import Divan

USERS = "from django.contrib.auth.models import User"
LISTS = (
    "/api/conversations",
    f"/api/conversations?q={SECRET}",
    f"/api/conversations/search?q={SECRET}",
    "/api/conversations/labels",
    "/api/conversations/trash",
    "/api/prompts",
    "/api/memory",
    "/api/documents",
    "/api/models/personas",
    "/api/models/spending",
)
ITEMS = (
    "/api/conversations/{conversation}",
    "/api/conversations/{conversation}/shares",
    "/api/conversations/{conversation}/export",
    "/api/attachments/{sha256}",
    "/api/documents/{document}",
    "/api/models/personas/{persona}",
    "/api/testsets/{testset}",
    "/api/testsets/{testset}/runs/{run}",
)
NUMBERS = count(1)


@pytest.fixture
def name() -> str:
    return f"cem{next(NUMBERS)}"


def run(divan: Divan, code: str) -> str:
    return divan.manage("shell", "-c", f"{USERS}; {code}").strip()


def make(divan: Divan, name: str) -> None:
    run(divan, f"User.objects.create_user({name!r})")


@asynccontextmanager
async def acting(divan: Divan, name: str) -> AsyncIterator[Client]:
    token = divan.manage("create_token", name).strip().splitlines()[-1]
    async with aiohttp.ClientSession(divan.url, headers={"Authorization": f"Bearer {token}"}) as http:
        yield Client(http)


async def seen(client: Client, things: dict[str, Any]) -> dict[str, bool]:
    """By path: whether `client` is told something of `things`."""
    found = {}
    for path in LISTS:
        answer = await client("GET", path)
        assert answer.status == 200, (path, answer)
        found[path] = SECRET in str(answer.body) or things["conversation"] in str(answer.body)
    for path in ITEMS:
        answer = await client("GET", path.format(**things))
        assert answer.status in (200, 404), (path, answer)
        found[path] = answer.status == 200
    return found


async def status_of(divan: Divan, path: str) -> int:
    async with aiohttp.ClientSession(divan.url) as http, http.get(path) as answer:
        return answer.status


async def test_a_new_account_of_an_old_name_sees_nothing_of_what_was_the_old_ones(
    divan: Divan, name: str
) -> None:
    make(divan, name)
    async with acting(divan, name) as cem:
        things = await one_of_each(cem)
        before = await seen(cem, things)
        assert (await status_of(divan, things["link"])) == 200
        run(divan, f"User.objects.get(username={name!r}).delete()")
        make(divan, name)
        assert (await cem("GET", "/api/conversations")).status == 401
    shown = [path for path, found in before.items() if found]
    assert set(shown) >= {*ITEMS, "/api/prompts", "/api/memory", "/api/documents", "/api/models/personas"}
    async with acting(divan, name) as new:
        assert [path for path, found in (await seen(new, things)).items() if found] == []
        assert (await new("POST", f"/api/conversations/{things['conversation']}/restore")).status == 404
    assert await status_of(divan, things["link"]) == 404


async def test_whoever_is_renamed_keeps_everything_and_the_old_name_has_nothing(
    divan: Divan, name: str
) -> None:
    make(divan, name)
    async with acting(divan, name) as cem:
        things = await one_of_each(cem)
        before = await seen(cem, things)
        run(divan, f"u = User.objects.get(username={name!r}); u.username = 'new-{name}'; u.save()")
        make(divan, name)
        assert await seen(cem, things) == before
        assert await status_of(divan, things["link"]) == 200
    async with acting(divan, name) as other:
        assert not any((await seen(other, things)).values())


async def test_a_file_names_its_owner_by_id_with_the_name_beside_it(divan: Divan, name: str) -> None:
    make(divan, name)
    async with acting(divan, name) as cem:
        made = await cem("POST", "/api/conversations", {"lanes": [{"model": "echo/echo"}]})
    owner = run(divan, f"print(User.objects.get(username={name!r}).owner_id)").splitlines()[-1]
    path = divan.data_dir / "conversations" / f"{made.body['id']}.jsonl"
    first = json.loads(path.read_text().splitlines()[0])
    assert (first["owner"], first["owner_name"]) == (owner, name)


async def test_what_was_made_without_accounts_is_no_accounts(
    start_server: Callable[..., Divan], name: str
) -> None:
    divan = start_server()
    async with aiohttp.ClientSession(divan.url) as http:
        things = await one_of_each(Client(http))
    divan.stop()
    divan = start_server(env={"AUTH_MODE": "accounts"})
    make(divan, name)
    divan.manage("reindex_chats")
    for account in ("local", name):
        async with acting(divan, account) as client:
            assert not any((await seen(client, things)).values())
    assert await status_of(divan, things["link"]) == 404
