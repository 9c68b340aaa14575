"""Signing in to tool servers (OAuth), over real HTTP: to the tool server, and to the server that signs people
in to it. The person's browser is the test's client."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import httpx2
import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.test import AsyncClient
from pytest_django.fixtures import Settings

from chat.models import ToolClient, ToolSignIn
from chat.people.disposal import Fate, dispose_of_data
from chat.tools.base import Tool
from chat.tools.catalogue import tools_for
from chat.tools.mcp import source
from chat.tools.mcp.oauth import pending
from chat.tools.mcp.source import close_servers
from core.accounts import owner_id
from tests.services.tool_sign_in import KNOWN_CLIENT, SignInServers, serving_sign_in
from tests.tools.callers import caller

pytestmark = pytest.mark.django_db(transaction=True)
Write = Callable[..., None]
HOST = {"host": "testserver", "accept-language": "en"}
BEGIN = "/api/tools/servers/files/sign-in"


@pytest.fixture(autouse=True)
def accounts(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.AUTH_MODE = "accounts"
    monkeypatch.setattr(source, "CHECK_EVERY", -1.0)


@pytest.fixture
async def served(data_dir: Path) -> AsyncGenerator[SignInServers]:
    async with serving_sign_in() as made:
        named = {"mcpServers": {"files": {"url": made.url}}}
        (data_dir / "mcp.json").write_text(json.dumps(named))
        yield made
        await close_servers()


class Person:
    """Somebody in a browser."""

    def __init__(self, user: User) -> None:
        self.client = AsyncClient(headers=HOST)
        self.client.force_login(user)
        self.owner = owner_id(user)

    async def begin(self, status: int = 200, **body: Any) -> Any:
        answer = await self.client.post(BEGIN, body, content_type="application/json")
        said = json.loads(answer.content)
        assert answer.status_code == status, said
        return said

    async def page(self, url: str) -> str:
        """The page on which they say yes; the address that it sends their browser back to."""
        async with httpx2.AsyncClient() as http:
            answer = await http.get(url)
        return answer.headers["location"]

    async def come_back(self, url: str) -> Any:
        parts = urlsplit(url)
        assert f"{parts.scheme}://{parts.netloc}" == "http://testserver"
        return await self.client.get(urlunsplit(("", "", *parts[2:])))

    async def sign_in(self, **body: Any) -> Any:
        return await self.come_back(await self.page((await self.begin(**body))["url"]))

    async def sign_out(self, **query: Any) -> int:
        return (await self.client.delete(f"{BEGIN}?{urlencode(query)}")).status_code

    async def state(self) -> dict[str, Any]:
        listed = json.loads((await self.client.get("/api/tools")).content)
        (state,) = listed["servers"]
        return dict(state)

    async def tools(self) -> dict[str, Tool]:
        return {tool.name: tool for tool in await tools_for(self.owner) if tool.source != "builtin"}

    async def say(self, text: str) -> str:
        return (
            await (await self.tools())["files__say"].run(caller(owner=self.owner), {"text": text})
        ).content


async def person(name: str, *, staff: bool = False) -> Person:
    def make() -> Person:
        return Person(User.objects.create_user(name, is_staff=staff))

    return await sync_to_async(make)()


async def test_a_person_signs_in_and_uses_the_tools_and_nobody_else_does(served: SignInServers) -> None:
    ann, bob = await person("ann"), await person("bob")
    state = await ann.state()
    assert (state["status"], state["sign_in"], state["tools"]) == ("failed", "wanted", [])
    assert "sign-in" in state["error"]
    back = await ann.sign_in()
    assert (back.status_code, back["Location"]) == (302, "/?open=tools")
    state = await ann.state()
    assert (state["status"], state["sign_in"]) == ("ready", "own")
    assert await ann.say("hello") == "hello"
    assert (await bob.state())["sign_in"] == "wanted"
    assert await bob.tools() == {}
    (asked,) = served.asked
    assert asked["code_challenge_method"] == "S256"
    assert asked["resource"] == served.url
    assert asked["scope"] == "tools"
    assert served.registered[0]["redirect_uris"] == ["http://testserver/oauth/callback"]
    assert await ann.sign_out() == 204
    assert (await ann.state())["sign_in"] == "wanted"
    assert await ann.sign_out() == 404


async def test_an_administrator_signs_in_for_everybody_who_has_not(served: SignInServers) -> None:
    boss, bob = await person("boss", staff=True), await person("bob")
    await bob.begin(403, for_all=True)
    await boss.sign_in(for_all=True)
    assert (await bob.state())["sign_in"] == (await boss.state())["sign_in"] == "shared"
    assert await bob.say("hello") == "hello"
    await bob.sign_in()
    assert (await bob.state())["sign_in"] == "own"
    assert len(served.registered) == 1, "Divan is one client there, whoever signs in"
    assert await bob.sign_out(for_all=True) == 403
    assert await boss.sign_out(for_all=True) == 204
    assert (await bob.state())["sign_in"] == "own"
    assert (await boss.state())["sign_in"] == "wanted"


async def test_tokens_are_encrypted_and_follow_the_keys_and_the_person(
    served: SignInServers,
) -> None:
    served.ways.add("secret")
    ann = await person("ann")
    assert (await ann.sign_in()).status_code == 302

    def raw() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SELECT facts FROM chat_toolclient")
            facts = cursor.fetchone()[0]
            cursor.execute("SELECT tokens FROM chat_toolsignin")
            return f"{facts} {cursor.fetchone()[0]}"

    before = await sync_to_async(raw)()
    assert not [one for one in ("access-", "refresh-", "a-secret-of-its-own") if one in before]
    await sync_to_async(call_command)("rotate_keys", stdout=StringIO())
    assert await sync_to_async(raw)() != before
    assert await ann.say("hello") == "hello"
    await sync_to_async(dispose_of_data)(ann.owner, Fate.KEEP)
    assert not await ToolSignIn.objects.aexists()


async def test_what_has_expired_is_renewed_and_so_is_what_is_taken_no_more(served: SignInServers) -> None:
    served.ways.add("short")
    ann = await person("ann")
    await ann.sign_in()
    assert await ann.say("one") == "one"
    assert served.renewals > 0
    served.ways.clear()
    assert await ann.say("two") == "two"
    renewals = served.renewals
    assert await ann.say("three") == "three"
    assert served.renewals == renewals, "what holds is used on"
    served.tokens.clear()
    said = await asyncio.gather(*(ann.say(str(number)) for number in range(6)))
    assert said == [str(number) for number in range(6)]
    assert served.renewals == renewals + 1, "one renewal serves all calls"
    assert (await ann.state())["sign_in"] == "own"
    assert {form["resource"] for form in served.forms} == {served.url}


@pytest.mark.parametrize("way", ["no refresh", "refused"])
async def test_a_sign_in_that_ended_is_told_and_another_one_mends_it(served: SignInServers, way: str) -> None:
    served.ways.add(way)
    ann = await person("ann")
    await ann.sign_in()
    assert await ann.say("one") == "one"
    served.tokens.clear()
    served.refreshes.clear()
    say = (await ann.tools())["files__say"]
    with pytest.raises(Exception, match="Sign in again"):
        await say.run(caller(owner=ann.owner), {"text": "two"})
    assert served.endpoint.calls == ["say"]
    assert (await ann.state())["sign_in"] == "wanted"
    await ann.sign_in()
    assert await ann.say("three") == "three"


async def test_who_signs_in_that_is_down_for_a_moment_ends_no_sign_in(served: SignInServers) -> None:
    ann = await person("ann")
    await ann.sign_in()
    assert await ann.say("one") == "one"
    served.tokens.clear()
    served.ways.add("breaks")
    say = (await ann.tools())["files__say"]
    with pytest.raises(Exception, match="503"):
        await say.run(caller(owner=ann.owner), {"text": "two"})
    served.ways.clear()
    assert await ToolSignIn.objects.acount() == 1


@pytest.mark.parametrize(
    ("way", "told"),
    [
        ("no metadata", "where to sign in"),
        ("no registration", "client ID"),
        ("refuses registration", "client ID"),
        ("no pkce", "PKCE"),
        ("other issuer", "OAuth does not know"),
        ("other resource", "another address"),
    ],
)
async def test_what_keeps_a_person_from_signing_in_is_said_in_words(
    served: SignInServers, way: str, told: str
) -> None:
    served.ways.add(way)
    ann = await person("ann")
    said = await ann.begin(409)
    assert told in said["error"]["message"]
    assert served.asked == []


@pytest.mark.parametrize("way", ["denies", "breaks", "odd tokens"])
async def test_a_sign_in_that_fails_on_the_way_keeps_nothing(served: SignInServers, way: str) -> None:
    served.ways.add(way)
    ann = await person("ann")
    back = await ann.sign_in()
    assert back.status_code == 403
    assert "Back to the conversations" in back.content.decode()
    assert not await ToolSignIn.objects.aexists()


async def test_a_client_that_the_entry_names_is_used_where_none_is_registered(
    served: SignInServers, data_dir: Path
) -> None:
    served.ways.add("no registration")
    oauth = {"clientId": KNOWN_CLIENT[0], "clientSecret": KNOWN_CLIENT[1], "scopes": ["read", "write"]}
    named = {"mcpServers": {"files": {"url": served.url, "oauth": oauth}}}
    (data_dir / "mcp.json").write_text(json.dumps(named))
    ann = await person("ann")
    assert (await ann.sign_in()).status_code == 302
    assert await ann.say("hello") == "hello"
    assert (served.asked[0]["client_id"], served.asked[0]["scope"]) == ("known", "read write")
    assert served.registered == []


def changed(address: str, **fields: str) -> str:
    parts = urlsplit(address)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return urlunsplit(parts._replace(query=urlencode({**query, **fields})))


@pytest.mark.parametrize(
    "field", ["state", "no state", "code", "other issuer", "other session", "other person", "late", "twice"]
)
async def test_only_who_began_a_sign_in_ends_it(
    served: SignInServers, field: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.ways.add("iss")
    ann, other = await person("ann"), await person("bob")
    back = await ann.page((await ann.begin())["url"])
    match field:
        case "state" | "no state":
            back = changed(back, state="tampered" if field == "state" else "")
        case "code":
            back = changed(back, code="guessed")
        case "other issuer":
            back = changed(back, iss="https://evil.example")
        case "other session":
            user = await User.objects.aget(username="ann")
            other = await sync_to_async(Person)(user)
        case "late":
            monkeypatch.setattr(pending, "SECONDS", -1)
        case "twice":
            assert (await ann.come_back(back)).status_code == 302
            await ToolSignIn.objects.all().adelete()
    if field.startswith(("other p", "other s")):
        # They were lured to the address, with the cookie and without.
        assert (await other.come_back(back)).status_code == 403
        for name, morsel in ann.client.cookies.items():
            if name.startswith(pending.PREFIX):
                other.client.cookies[name] = morsel.value
        assert (await other.come_back(back)).status_code == 403
    else:
        assert (await ann.come_back(back)).status_code == 403
    assert not await ToolSignIn.objects.aexists()


async def test_the_callback_leads_nowhere_but_to_the_page(served: SignInServers) -> None:
    ann = await person("ann")
    back = await ann.page((await ann.begin())["url"])
    for name in ("next", "redirect_uri", "open", "url", "return_to"):
        back = changed(back, **{name: "https://evil.example/"})
    assert (await ann.come_back(back))["Location"] == "/?open=tools"
    nobody = AsyncClient(headers=HOST)
    assert (await nobody.get("/oauth/callback?state=x&code=y")).status_code == 403
    assert (await ann.client.post("/oauth/callback")).status_code in (403, 405)


@pytest.mark.parametrize(
    "named",
    [
        "http://169.254.169.254",
        "http://10.0.0.1",
        "http://localhost:1",
        "file:///etc/passwd",
        "http://u:p@h/",
    ],
)
async def test_a_public_server_leads_no_sign_in_into_the_private_network(
    served: SignInServers, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def not_private(host: str) -> bool:
        return False

    monkeypatch.setattr("chat.tools.mcp.oauth.asking.is_private", not_private)
    served.ways.add("elsewhere")
    served.elsewhere = named
    ann = await person("ann")
    said = await ann.begin(409)
    assert "169.254" in named or said["error"]["message"]
    assert "metadata" not in served.requests


async def test_a_token_goes_to_the_address_alone_that_it_was_given_for(
    served: SignInServers, data_dir: Path
) -> None:
    ann = await person("ann")
    await ann.sign_in()
    assert await ann.say("hello") == "hello"
    async with serving_sign_in() as other:
        other.tokens = served.tokens
        (data_dir / "mcp.json").write_text(json.dumps({"mcpServers": {"files": {"url": other.url}}}))
        assert (await ann.state())["sign_in"] == "wanted"
        assert other.endpoint.requests == []


async def test_who_signs_people_in_now_is_shown_no_older_tokens(
    served: SignInServers,
) -> None:
    ann, bob = await person("ann"), await person("bob")
    await ann.sign_in()
    async with serving_sign_in() as other:
        other.endpoint.url = served.url
        served.ways.add("elsewhere")
        served.elsewhere = other.issuer
        await bob.begin()
        assert not await ToolSignIn.objects.aexists()
        assert await ToolClient.objects.acount() == 1
        assert other.forms == []


async def test_a_server_that_says_who_asks_in_its_headers_wants_no_sign_in(
    served: SignInServers, data_dir: Path
) -> None:
    entry = {"url": served.url, "headers": {"Authorization": "Bearer wrong"}}
    (data_dir / "mcp.json").write_text(json.dumps({"mcpServers": {"files": entry}}))
    ann = await person("ann")
    assert "sign_in" not in await ann.state()
    assert "header" in (await ann.begin(409))["error"]["message"]


@pytest.mark.parametrize(
    ("seconds", "fits"), [(0, True), (599, True), (601, False), (-300, True), (-599, True), (-601, False)]
)
def test_a_sign_in_is_ended_by_a_machine_whose_clock_is_off(
    monkeypatch: pytest.MonkeyPatch, seconds: int, fits: bool
) -> None:
    begun = pending.Pending("s", "https://tools.example", "", "ada", "x", "https://divan.example", 1, "v")
    now = begun.begun + seconds
    monkeypatch.setattr("time.time", lambda: now)
    assert begun.fits(begun.state, "ada", "x") is fits
