"""Tool servers in the admin."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from pytest_django.fixtures import Settings

from chat.models import ToolRule, ToolServer
from chat.tools.catalogue import server_states, tools_at_begin, tools_for
from chat.tools.mcp import source
from chat.tools.mcp.entries import Endpoint
from chat.tools.mcp.rows import read_rows
from chat.tools.mcp.source import ToolServers, close_servers, current_servers
from chat.tools.turn import TurnTools
from core.accounts import owner_id
from tests.services.tool_endpoint import ToolEndpoint, serving_tools

pytestmark = pytest.mark.django_db(transaction=True)
ADDRESS = "/admin/chat/toolserver/"
SECRET = "sk-verysecret"


@pytest.fixture(autouse=True)
def accounts(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.AUTH_MODE = "accounts"
    monkeypatch.setattr(source, "CHECK_EVERY", -1.0)


@pytest.fixture
async def served() -> AsyncGenerator[ToolEndpoint]:
    async with serving_tools() as made:
        yield made


def client_of(**fields: Any) -> Client:
    client = Client(headers={"host": "127.0.0.1", "accept-language": "en"})
    client.force_login(User.objects.create_user("ann", is_staff=True, **fields))
    return client


async def post(client: Client, path: str, **form: Any) -> str:
    answer = await asyncio.to_thread(client.post, path, form, follow=True)
    return answer.content.decode()


async def test_a_server_is_added_checked_and_used(served: ToolEndpoint) -> None:
    client = await sync_to_async(client_of)(is_superuser=True)
    said = await post(client, f"{ADDRESS}add/", name="web", url=served.url, enabled="on")
    assert "‘web’: Its address is in a private network" in said
    assert served.requests == []
    row = await ToolServer.objects.aget()
    change = f"{ADDRESS}{row.pk}/change/"
    form = {"name": "web", "url": served.url, "enabled": "on", "allow_private": "on"}
    said = await post(client, change, **form, new_headers=f"Authorization: Bearer {SECRET}")
    assert "‘web’: 2 tools." in said
    assert served.headers[-1]["Authorization"] == f"Bearer {SECRET}"
    assert SECRET not in (await asyncio.to_thread(client.get, change)).content.decode()
    servers = ToolServers()
    try:
        tools = {tool.name: tool for tool in await servers.tools("ann")}
        assert set(tools) == {"web__say", "web__write"}
        assert tools["web__say"].source == "mcp:web"
        await ToolServer.objects.aupdate(enabled=False)
        assert await servers.tools("ann") == []
        assert [(state.name, state.status) for state in await servers.states("ann")] == [("web", "off")]
        await ToolServer.objects.all().adelete()
        await servers.tools("ann")
        assert await servers.states("ann") == []
    finally:
        await servers.aclose()


def test_headers_are_encrypted_and_go_with_the_address() -> None:
    client = client_of(is_superuser=True)
    row = ToolServer.objects.create(
        name="web", url="http://192.0.2.1/mcp", headers=f"X-Key: {SECRET}", enabled=False
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT headers FROM chat_toolserver")
        assert SECRET not in cursor.fetchone()[0]
    form = {"name": "web", "url": row.url}
    client.post(f"{ADDRESS}{row.pk}/change/", form)
    row.refresh_from_db()
    assert row.headers.reveal() == f"X-Key: {SECRET}"
    client.post(f"{ADDRESS}{row.pk}/change/", {**form, "url": "http://192.0.2.2/mcp"})
    row.refresh_from_db()
    assert not row.headers


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "ftp://h/"),
        ("url", "npx -y server"),
        ("url", "file:///etc/passwd"),
        ("new_headers", "no colon"),
        ("new_headers", "X: ü"),
        ("name", "a__b"),
        ("name", "A"),
        ("name", "a-"),
        ("name", "a" * 31),
    ],
)
def test_what_is_wrong_is_not_taken(field: str, value: str) -> None:
    client = client_of(is_superuser=True)
    form = {"name": "web", "url": "http://192.0.2.1/mcp", field: value}
    assert client.post(f"{ADDRESS}add/", form).status_code == 200
    assert not ToolServer.objects.exists()


def test_no_field_of_the_admin_starts_a_program() -> None:
    client = client_of(is_superuser=True)
    form = {
        "name": "web",
        "url": "http://192.0.2.1/mcp",
        "command": "touch",
        "args": "x",
        "env": "y",
        "enabled": "on",
    }
    client.post(f"{ADDRESS}add/", form)
    assert read_rows().entries == {"web": Endpoint("web", "http://192.0.2.1/mcp", guarded=True)}


def test_who_may_not_change_servers_is_refused() -> None:
    client = client_of(is_superuser=False)
    assert client.post(f"{ADDRESS}add/", {"name": "web", "url": "http://192.0.2.1/"}).status_code == 403


async def test_the_file_counts_before_a_row_of_its_name(served: ToolEndpoint, data_dir: Path) -> None:
    await ToolServer.objects.acreate(name="web", url="http://192.0.2.1/mcp")
    (data_dir / "mcp.json").write_text(f'{{"mcpServers": {{"web": {{"url": "{served.url}"}}}}}}')
    servers = ToolServers()
    try:
        assert {tool.name for tool in await servers.tools("ann")} == {"web__say", "web__write"}
        assert [(state.name, state.status) for state in await servers.states("ann")] == [("web", "ready")]
    finally:
        await servers.aclose()


def test_a_row_whose_headers_cannot_be_read_is_named(settings: Settings) -> None:
    ToolServer.objects.create(name="web", url="http://192.0.2.1/mcp", headers="X: y")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE chat_toolserver SET headers = 'gibberish'")
    rows = read_rows()
    assert rows.entries == {}
    assert "encryption key" in str(rows.problems["web"])


@pytest.mark.parametrize(
    ("visibility", "seen"),
    [("everyone", {"ann", "bob", "boss"}), ("groups", {"ann", "boss"}), ("staff", {"boss"})],
)
async def test_a_server_is_there_for_those_alone_who_may_use_it(
    served: ToolEndpoint, visibility: str, seen: set[str]
) -> None:
    def make() -> dict[str, str]:
        row = ToolServer.objects.create(name="web", url=served.url, allow_private=True, visibility=visibility)
        group = Group.objects.create(name="readers")
        row.groups.add(group)
        people = {
            name: User.objects.create_user(name, is_staff=name == "boss") for name in ("ann", "bob", "boss")
        }
        people["ann"].groups.add(group)
        return {name: owner_id(user) for name, user in people.items()}

    owners = await sync_to_async(make)()
    try:
        tools = {name: [tool.name for tool in await tools_for(owner)] for name, owner in owners.items()}
        assert {name for name, found in tools.items() if "web__say" in found} == seen
        states = {name: await server_states(owner) for name, owner in owners.items()}
        assert {name for name, found in states.items() if found} == seen
        endpoints = {name: await current_servers().endpoint(owner, "web") for name, owner in owners.items()}
        assert {name for name, found in endpoints.items() if found} == seen
    finally:
        await close_servers()


async def test_who_is_shut_out_while_an_answer_goes_on_calls_no_more(served: ToolEndpoint) -> None:
    def make() -> str:
        ToolServer.objects.create(name="web", url=served.url, allow_private=True)
        ToolRule.objects.create(tool="mcp:web", policy="allow")
        return owner_id(User.objects.create_user("ann"))

    owner = await sync_to_async(make)()
    try:
        (say,) = [tool for tool in await tools_for(owner) if tool.name == "web__say"]
        turn: Any = TurnTools.__new__(TurnTools)
        turn.owner = owner
        assert await turn.policy_of(say) == "allow"
        await ToolServer.objects.aupdate(visibility="staff")
        assert await turn.policy_of(say) == "deny"
    finally:
        await close_servers()


@pytest.mark.parametrize("change", ["row", "audience", "group", "person"])
async def test_what_this_process_saves_of_a_server_counts_for_the_next_answer(
    served: ToolEndpoint, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "CHECK_EVERY", 3600.0)

    def make() -> str:
        row = ToolServer.objects.create(name="web", url=served.url, allow_private=True, visibility="groups")
        group = Group.objects.create(name="readers")
        row.groups.add(group)
        person = User.objects.create_user("ann", is_staff=False)
        person.groups.add(group)
        return owner_id(person)

    def shut_out() -> None:
        row, person = ToolServer.objects.get(), User.objects.get()
        if change == "row":
            row.delete()
        elif change == "audience":
            row.groups.clear()
        elif change == "group":
            person.groups.clear()
        else:
            person.is_active = False
            person.save()

    owner = await sync_to_async(make)()
    try:
        assert "web__say" in {tool.name for tool in await tools_at_begin(owner)}
        await sync_to_async(shut_out)()
        assert "web__say" not in {tool.name for tool in await tools_at_begin(owner)}
    finally:
        await close_servers()
