"""What an ordinary person, and what nobody, is told by REST."""

import json
import urllib.request
from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest
from django.test import override_settings

from chatbot_project.api import api
from tests.rest.conftest import Client
from tests.services.processes import wait_until
from tests.services.server import Divan


@pytest.fixture(scope="module")
def ordinary_token(divan: Divan, token: str) -> str:
    made = "from django.contrib.auth.models import User; User.objects.get_or_create(username='otto')"
    divan.manage("shell", "-c", made)
    return divan.manage("create_token", "otto").strip().splitlines()[-1]


@pytest.fixture
async def ordinary(divan: Divan, ordinary_token: str) -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {ordinary_token}"}
    async with aiohttp.ClientSession(divan.url, headers=headers) as http:
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


@pytest.fixture
def hidden(divan: Divan, ordinary_token: str) -> Iterator[str]:
    """The id of a model that only administrators may use, once the server knows it."""

    def shown() -> list[str]:
        headers = {"Authorization": f"Bearer {ordinary_token}"}
        with urllib.request.urlopen(
            urllib.request.Request(f"{divan.url}/api/models", headers=headers)
        ) as answer:
            return [info["id"] for info in json.load(answer)["models"]["openai"]]

    model = shown()[0]
    imports = "from providers.models import Model, Server"
    row = f"server=Server.objects.get(name='openai'), model_id={model!r}, visibility='staff'"
    divan.manage("shell", "-c", f"{imports}; Model.objects.create({row})")
    wait_until(lambda: model not in shown(), seconds=60, what="the hiding")
    yield model
    divan.manage("shell", "-c", f"{imports}; Model.objects.filter(model_id={model!r}).delete()")
    wait_until(lambda: model in shown(), seconds=60, what="the showing")


async def test_a_hidden_model_is_hidden_at_every_door_and_in_every_spelling(
    call: Client, ordinary: Client, hidden: str
) -> None:
    said = {"messages": [{"role": "user", "content": "x"}]}
    for spelling in (hidden, hidden.upper(), f"{hidden}:latest", f"/{hidden}", f"{hidden}//", f" {hidden}"):
        ref = f"openai/{spelling}"
        asked = await ordinary("POST", "/v1/chat/completions", {"model": ref, **said})
        assert asked.status == 404, spelling
        lanes = [{"model": ref, "input_tokens": 10}]
        estimate = (await ordinary("POST", "/api/models/estimate", {"lanes": lanes})).body
        assert estimate["lanes"][0]["source"] == "unknown", spelling
        assert (await ordinary("GET", f"/api/models/openai/{spelling}")).status == 404, spelling
    unlisted = await ordinary("POST", "/v1/chat/completions", {"model": "openai/not-listed", **said})
    assert unlisted.status == 404
    assert (await call("POST", "/v1/chat/completions", {"model": f"openai/{hidden}", **said})).status == 200


def test_a_document_that_anybody_may_ask_for_is_made_once() -> None:
    made = {}
    for mode in ("local", "accounts"):
        with override_settings(AUTH_MODE=mode):
            made[mode] = api.get_openapi_schema(path_prefix="/api")
            assert api.get_openapi_schema(path_prefix="/api") is made[mode]
    operation = made["accounts"]["paths"]["/api/tools"]["get"]
    assert "security" in operation
    assert "security" not in made["local"]["paths"]["/api/tools"]["get"]
