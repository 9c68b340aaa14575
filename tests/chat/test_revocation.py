"""What was allowed once is allowed for as long as the session, the token or the account behind it: sockets
and streams that are open end with it, whoever ends it and in whichever process."""

import asyncio
import json
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from chatbot_project import admission
from chatbot_project.auth import find_by_token
from chatbot_project.models import ApiToken
from tests.services.server import Divan
from tests.services.wire import Wire, wire

PASSWORD = "quite a long one"
ENDS = {
    "logged out": ("session", "SessionStore(key).flush()"),
    "session expired": ("session", "Session.objects.filter(pk=key).update(expire_date=PAST)"),
    "token deleted": ("token", "user.api_tokens.all().delete()"),
    "token expired": ("token", "user.api_tokens.update(expires=PAST)"),
    "deactivated in a browser": ("session", "User.objects.filter(pk=user.pk).update(is_active=False)"),
    "deactivated in a script": ("token", "User.objects.filter(pk=user.pk).update(is_active=False)"),
    "deleted in a browser": ("session", "user.delete()"),
    "deleted in a script": ("token", "user.delete()"),
    "another password in a browser": ("session", "user.set_password('new'); user.save()"),
    "another password in a script": ("token", "user.set_password('new'); user.save()"),
}
STAYS = {
    "renamed": ("session", "user.username = 'other'; user.save()"),
    "another token deleted": ("token", "user.api_tokens.exclude(digest=digest).delete()"),
    "a token that outlives the password": (
        "token",
        "user.api_tokens.update(outlives_password=True); user.set_password('new'); user.save()",
    ),
    "logged in anew": ("token", "user.check_password('wrong'); user.save()"),
}
MAKE = f"""
import json
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from chatbot_project.models import ApiToken
made = {{}}
for name in NAMES:
    user = User.objects.create_user(name, password={PASSWORD!r})
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    ApiToken.make(user)
    made[name] = [session.session_key, ApiToken.make(user)]
print(json.dumps(made))
"""
END = """
from datetime import UTC, datetime
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from chatbot_project.models import ApiToken
PAST = datetime(2000, 1, 1, tzinfo=UTC)
for name, (key, token, way) in WAYS.items():
    user, digest = User.objects.get(username=name), ApiToken.digest_of(token)
    exec(way)
"""


def headers_of(kind: str, made: list[str]) -> dict[str, str]:
    key, token = made
    return {"Cookie": f"sessionid={key}"} if kind == "session" else {"Authorization": f"Bearer {token}"}


async def read_to_end(answer: aiohttp.ClientResponse) -> None:
    async for _line in answer.content:
        pass


async def closed(page: Wire) -> int | None:
    with pytest.raises(ConnectionError):
        await page.until(lambda event: False, seconds=60)
    return page.closed


async def test_sockets_and_streams_end_with_what_let_them_in(start_server: Callable[..., Divan]) -> None:
    divan = start_server(env={"AUTH_MODE": "accounts"})
    ways = {**ENDS, **STAYS}
    said = divan.manage("shell", "-c", f"NAMES = {list(ways)!r}{MAKE}")
    made = json.loads(said.strip().splitlines()[-1])
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession(divan.url))
        pages: dict[str, Wire] = {}
        streams: dict[str, asyncio.Task[None]] = {}
        for name, (kind, _way) in ways.items():
            headers = headers_of(kind, made[name])
            page = await stack.enter_async_context(wire(divan.socket_url, **headers))
            sent = await page.ask("send", conversation=None, text="x", lanes=[{"model": "echo/echo"}])
            events = f"/api/conversations/{sent['conversation']}/events"
            answer = await stack.enter_async_context(http.get(events, headers=headers))
            assert answer.status == 200
            pages[name], streams[name] = page, asyncio.create_task(read_to_end(answer))
        given = {name: (*made[name], way) for name, (_kind, way) in ways.items()}
        await asyncio.to_thread(divan.manage, "shell", "-c", f"WAYS = {given!r}{END}")
        assert {name: await closed(pages[name]) for name in ENDS} == dict.fromkeys(ENDS, 4401)
        async with asyncio.timeout(60):
            await asyncio.gather(*(streams[name] for name in ENDS))
        for name in STAYS:
            acknowledged = await pages[name].ask("watch")
            assert (acknowledged["type"], streams[name].done()) == ("ack", False), name
            streams[name].cancel()
    assert "Traceback" not in divan.output()


def test_what_is_revoked_ends_within_ten_seconds() -> None:
    assert admission.LOOK_AGAIN <= 5


@pytest.mark.django_db
def test_one_look_asks_the_same_however_much_is_open(django_assert_num_queries: Any) -> None:
    tokens = [ApiToken.make(User.objects.create_user(f"u{number}")) for number in range(30)]
    holding = [admission.by_token(user, token) for token in tokens if (user := find_by_token(token))]
    with django_assert_num_queries(2):
        assert admission.find_holding(holding) == set(holding)


@pytest.mark.django_db
def test_a_token_works_for_the_days_that_it_was_given(capsys: pytest.CaptureFixture[str]) -> None:
    ada = User.objects.create_user("ada")
    call_command("create_token", "ada", "--days", "7")
    token = capsys.readouterr().out.strip()
    row = ApiToken.objects.get()
    assert row.expires is not None
    assert (find_by_token(token), round((row.expires - row.created).total_seconds() / 86400)) == (ada, 7)
    ApiToken.objects.update(expires=row.created)
    assert find_by_token(token) is None
    for days in ("0", "-1", "99999999999"):
        with pytest.raises(CommandError, match="--days is a number from 1"):
            call_command("create_token", "ada", "--days", days)
