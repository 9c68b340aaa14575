"""What an ordinary person, and what nobody, is told by REST."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.rest.conftest import Client
from tests.services.server import Divan


@pytest.fixture
async def ordinary(divan: Divan, token: str) -> AsyncIterator[Client]:
    made = "from django.contrib.auth.models import User; User.objects.get_or_create(username='otto')"
    divan.manage("shell", "-c", made)
    own = divan.manage("create_token", "otto").strip().splitlines()[-1]
    async with aiohttp.ClientSession(divan.url, headers={"Authorization": f"Bearer {own}"}) as http:
        yield Client(http)


@pytest.fixture
async def nobody(divan: Divan) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession(divan.url) as http:
        yield Client(http)


async def test_where_servers_stand_is_for_administrators(call: Client, ordinary: Client) -> None:
    known = (await call("GET", "/api/models/servers")).body["servers"]
    seen = (await ordinary("GET", "/api/models/servers")).body["servers"]
    addresses = [server["base_url"] for server in known if server["base_url"]]
    assert addresses
    assert {server["base_url"] for server in seen} == {None}
    assert [server["name"] for server in seen] == [server["name"] for server in known]
    asked = {"params": {"server_url": addresses[0]}}
    assert (await call("GET", "/api/models/server/models", **asked)).body["base_url"] == addresses[0]
    assert (await ordinary("GET", "/api/models/server/models", **asked)).body["base_url"] is None
    for path in ("/api/models", "/api/models/providers/health", "/api/models/providers"):
        said = str((await ordinary("GET", path)).body)
        assert not [address for address in addresses if address in said], path


@pytest.mark.parametrize("path", ["/api/docs", "/v1/docs"])
async def test_the_pages_of_the_api_are_for_people_with_an_account(
    call: Client, nobody: Client, path: str
) -> None:
    refused = await nobody("GET", path, allow_redirects=False)
    assert (refused.status, refused.headers["Location"]) == (302, f"/login/?next={path}")
    assert (await call("GET", path)).status == 200
    assert (await nobody("GET", path.replace("docs", "openapi.json"))).status == 200


@pytest.mark.parametrize(
    "path", ["/api/models", "/api/conversations", "/api/nothing", "/v1/models", "/api/memory", "/api/docs"]
)
async def test_nothing_of_an_api_is_kept_on_the_way(call: Client, nobody: Client, path: str) -> None:
    for asking in (call, nobody):
        answer = await asking("GET", path, allow_redirects=False)
        assert answer.headers["Cache-Control"] == "no-store", answer.status
