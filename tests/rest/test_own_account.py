"""One's own sessions and password: seen, ended and changed by whose they are, and by nobody else."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count
from typing import Any

import aiohttp
import pytest
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.test import RequestFactory
from yarl import URL

from chatbot_project.account import sessions
from chatbot_project.account.browsers import browser_of, shorten_agent, system_of
from chatbot_project.auth import find_by_token
from chatbot_project.models import ApiToken, UserSession
from tests.chat.test_revocation import closed, read_to_end
from tests.rest.conftest import Answer
from tests.rest.test_accounts import run
from tests.services.server import Divan
from tests.services.wire import Wire, wire

PASSWORD = "quite-a-long-secret"
NEW = "another-long-secret"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Mobile/15E148 Safari/604.1"
)
NAMES = count(1)


class Browser:
    """Logs in as a page does, and calls as a page does."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self.http = http
        self.url = url

    def cookies(self) -> dict[str, str]:
        jar = self.http.cookie_jar.filter_cookies(URL(self.url))
        return {name: cookie.value for name, cookie in jar.items()}

    @property
    def headers(self) -> dict[str, str]:
        cookies = self.cookies()
        return {"Cookie": f"sessionid={cookies.get('sessionid', '')}"}

    async def log_in(self, name: str, password: str) -> int:
        async with self.http.get("/login/") as page:
            found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', await page.text())
        assert found
        form = {"username": name, "password": password, "csrfmiddlewaretoken": found.group(1)}
        async with self.http.post("/login/", data=form, allow_redirects=False) as answer:
            return answer.status

    async def __call__(self, method: str, path: str, body: Any = None) -> Answer:
        headers = {"X-CSRFToken": self.cookies().get("csrftoken", "")}
        async with self.http.request(method, path, json=body, headers=headers) as answer:
            data = await answer.read()
            return Answer(answer.status, json.loads(data) if data else None, answer.headers)

    async def own(self) -> list[dict[str, Any]]:
        answer = await self("GET", "/api/account/sessions")
        assert answer.status == 200, answer
        return list(answer.body["sessions"])


@asynccontextmanager
async def browsing(divan: Divan, agent: str = FIREFOX) -> AsyncIterator[Browser]:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(divan.url, headers={"User-Agent": agent}, cookie_jar=jar) as http:
        yield Browser(http, divan.url)


@asynccontextmanager
async def logged_in(divan: Divan, name: str, agent: str = FIREFOX) -> AsyncIterator[Browser]:
    async with browsing(divan, agent) as browser:
        assert await browser.log_in(name, PASSWORD) == 302
        yield browser


@pytest.fixture
def person(divan: Divan) -> str:
    name = f"person{next(NAMES)}"
    run(divan, f"User.objects.create_user({name!r}, password={PASSWORD!r})")
    return name


async def test_a_person_sees_where_they_are_logged_in_and_nobody_else_there(
    divan: Divan, person: str
) -> None:
    run(divan, f"User.objects.create_user('other of {person}', password={PASSWORD!r})")
    async with (
        logged_in(divan, person) as here,
        logged_in(divan, person, PHONE) as phone,
        logged_in(divan, f"other of {person}") as other,
    ):
        mine = await here.own()
        assert [(one["browser"], one["system"], one["current"]) for one in mine] == [
            ("Firefox", "Linux", True),
            ("Safari", "iPhone", False),
        ]
        assert {one["address"] for one in mine} == {"127.0.0.1"}
        assert all(one["since"] <= one["last_seen"] for one in mine)
        assert [one["current"] for one in await phone.own()] == [True, False]
        theirs = await other.own()
        assert len(theirs) == 1
        assert not {one["id"] for one in theirs} & {one["id"] for one in mine}
        assert here.cookies()["sessionid"] not in json.dumps(mine)
        for number in (mine[0]["id"], mine[1]["id"]):
            assert (await other("DELETE", f"/api/account/sessions/{number}")).status == 404
        assert (await other("DELETE", "/api/account/sessions")).body == {"ended": 0}
        assert len(await here.own()) == 2


async def test_a_session_that_is_ended_lets_nobody_in_and_closes_what_it_has_open(
    divan: Divan, person: str
) -> None:
    async with AsyncExitStack() as stack:
        here = await stack.enter_async_context(logged_in(divan, person))
        phone = await stack.enter_async_context(logged_in(divan, person, PHONE))
        tablet = await stack.enter_async_context(logged_in(divan, person))
        pages: list[Wire] = []
        for browser in (here, phone, tablet):
            page = await stack.enter_async_context(wire(divan.socket_url, **browser.headers))
            pages.append(page)
        sent = await pages[1].ask("send", conversation=None, text="x", lanes=[{"model": "echo/echo"}])
        events = f"/api/conversations/{sent['conversation']}/events"
        answer = await stack.enter_async_context(phone.http.get(events))
        assert answer.status == 200
        stream = asyncio.create_task(read_to_end(answer))
        of_phone = next(one["id"] for one in await here.own() if one["system"] == "iPhone")
        assert (await here("DELETE", f"/api/account/sessions/{of_phone}")).status == 204
        async with asyncio.timeout(60):
            assert await closed(pages[1]) == 4401
            await stream
        assert (await phone("GET", "/api/account/sessions")).status == 401
        assert (await here("DELETE", f"/api/account/sessions/{of_phone}")).status == 404
        assert (await here("DELETE", "/api/account/sessions")).body == {"ended": 1}
        assert await closed(pages[2]) == 4401
        assert (await pages[0].ask("watch"))["type"] == "ack"
        assert [one["current"] for one in await here.own()] == [True]
        assert (await here("DELETE", f"/api/account/sessions/{(await here.own())[0]['id']}")).status == 204
        assert (await here("GET", "/api/account/sessions")).status == 401


async def test_another_password_ends_everything_but_the_session_that_changed_it(
    divan: Divan, person: str
) -> None:
    token = divan.manage("create_token", person).strip().splitlines()[-1]
    async with AsyncExitStack() as stack:
        here = await stack.enter_async_context(logged_in(divan, person))
        phone = await stack.enter_async_context(logged_in(divan, person, PHONE))
        script = {"Authorization": f"Bearer {token}"}
        pages = [
            await stack.enter_async_context(wire(divan.socket_url, **headers))
            for headers in (phone.headers, script)
        ]
        (before,) = [one for one in await here.own() if one["current"]]
        changed = await here("POST", "/api/account/password", {"old": PASSWORD, "new": NEW})
        assert (changed.status, changed.body) == (204, None)
        assert [await closed(page) for page in pages] == [4401, 4401]
        assert (await phone("GET", "/api/account/sessions")).status == 401
        async with here.http.get("/api/account/sessions", headers=script) as answer:
            assert answer.status == 401
        (after,) = await here.own()
        assert (after["current"], after["since"]) == (True, before["since"])
        await stack.enter_async_context(wire(divan.socket_url, **here.headers))
        fresh = await stack.enter_async_context(browsing(divan))
        assert await fresh.log_in(person, PASSWORD) == 200
        assert await fresh.log_in(person, NEW) == 302
    assert "Traceback" not in divan.output()


REFUSED: tuple[tuple[Any, Any, str], ...] = (
    ("wrong", NEW, "old password is not right"),
    (PASSWORD, "short", "too short"),
    (PASSWORD, "password123", "too common"),
    (PASSWORD, PASSWORD, "is the old password"),
    ("", NEW, "old"),
    (PASSWORD, "", "new"),
    (PASSWORD, "x" * 1_001, "new"),
    (None, NEW, "old"),
    ([PASSWORD], NEW, "old"),
    (PASSWORD, {"a": 1}, "new"),
)


async def test_a_password_that_cannot_be_is_refused_with_a_reason(divan: Divan, person: str) -> None:
    async with logged_in(divan, person) as here:
        for old, new, said in REFUSED:
            answer = await here("POST", "/api/account/password", {"old": old, "new": new})
            assert (answer.status, said in answer.body["error"]["message"]) == (400, True), (new, answer)
            assert PASSWORD not in str(answer.body)
        assert await here.own()


async def test_the_old_password_is_guessed_no_faster_than_at_the_login(divan: Divan, person: str) -> None:
    async with logged_in(divan, person) as here:
        wrong = {"old": "wrong", "new": NEW}
        statuses = [(await here("POST", "/api/account/password", wrong)).status for _ in range(8)]
        assert statuses[:5] == [400] * 5
        refused = await here("POST", "/api/account/password", {"old": PASSWORD, "new": NEW})
        assert (refused.status, refused.body["error"]["code"]) == (429, "rate_limited")
        assert int(refused.headers["Retry-After"]) >= 1


async def test_neither_a_token_nor_a_foreign_page_changes_a_password(divan: Divan, person: str) -> None:
    token = divan.manage("create_token", person).strip().splitlines()[-1]
    body = {"old": PASSWORD, "new": NEW}
    async with logged_in(divan, person) as here:
        script = {"Authorization": f"Bearer {token}"}
        for headers, status in ((script, 403), ({}, 403), ({"Origin": "https://evil.example"}, 403)):
            async with here.http.post("/api/account/password", json=body, headers=headers) as answer:
                assert answer.status == status
        async with here.http.get("/api/account/sessions", headers=script) as answer:
            assert [one["current"] for one in (await answer.json())["sessions"]] == [False]
        assert await here.own()


async def test_where_there_are_no_accounts_it_says_so(start_server: Callable[..., Divan]) -> None:
    divan = start_server()
    async with browsing(divan) as page:
        for method, path, body in (
            ("GET", "/api/account/sessions", None),
            ("DELETE", "/api/account/sessions", None),
            ("DELETE", "/api/account/sessions/1", None),
            ("POST", "/api/account/password", {"old": PASSWORD, "new": NEW}),
        ):
            answer = await page(method, path, body)
            assert (answer.status, answer.body["error"]["code"]) == (409, "conflict"), (method, path)


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada", password=PASSWORD)


def begin(user: User, agent: str = FIREFOX) -> str:
    request = RequestFactory().get("/", headers={"User-Agent": agent})
    request.session = SessionStore()
    login(request, user, backend="chatbot_project.login.backend.Backend")
    request.session.save()
    return str(request.session.session_key)


@pytest.mark.django_db
def test_a_session_is_noted_at_its_login_and_goes_with_djangos_row(ada: User) -> None:
    keys = [begin(ada, agent) for agent in (FIREFOX, PHONE, "")]
    assert [one.session_id in keys for one in sessions.list_sessions(ada, keys[1])] == [True] * 3
    assert sessions.list_sessions(ada, keys[1])[0].session_id == keys[1]
    SessionStore(keys[0]).flush()
    Session.objects.filter(pk=keys[1]).delete()
    assert [one.session_id for one in UserSession.objects.all()] == [keys[2]]
    ada.set_password(NEW)
    ada.save()
    assert (Session.objects.count(), UserSession.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_what_has_ended_meanwhile_is_not_noted_again(ada: User) -> None:
    key = begin(ada)
    SessionStore(key).flush()
    sessions.note_use(ada, key, {})
    sessions.note_seen([key, "never"])
    assert UserSession.objects.count() == 0


@pytest.mark.django_db
def test_no_more_than_a_hundred_are_listed_and_all_are_ended(ada: User) -> None:
    keys = [begin(ada) for _ in range(sessions.LISTED + 3)]
    assert len(sessions.list_sessions(ada, "")) == sessions.LISTED
    assert sessions.end_other_sessions(ada, keys[0]) == sessions.LISTED + 2
    assert [one.session_id for one in sessions.list_sessions(ada, keys[0])] == [keys[0]]


@pytest.mark.django_db
def test_a_password_that_an_administrator_sets_ends_sessions_and_tokens(ada: User) -> None:
    begin(ada)
    token = ApiToken.make(ada)
    ada.set_password(NEW)
    ada.save()
    assert (UserSession.objects.count(), find_by_token(token)) == (0, None)


AGENTS = {
    FIREFOX: ("Firefox", "Linux"),
    PHONE: ("Safari", "iPhone"),
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 "
    "Safari/537.36": ("Chrome", "Windows"),
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 "
    "Safari/537.36 Edg/125.0.0.0": ("Edge", "Windows"),
    "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0 YaBrowser/24.4 "
    "Safari/537.36": ("Yandex", "Windows"),
    "Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 "
    "Chrome/121.0 Mobile Safari/537.36": ("Samsung Internet", "Android"),
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
    "Safari/605.1.15": ("Safari", "macOS"),
    "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0 "
    "Safari/537.36 OPR/110.0": ("Opera", "ChromeOS"),
    "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1 (KHTML, like Gecko) CriOS/125.0 "
    "Mobile/15E148 Safari/604.1": ("Chrome", "iPad"),
    "curl/8.5.0": ("curl", ""),
    "": ("", ""),
    "<script>alert(1)</script>\x00\n\ud800": ("", ""),
    "x" * 100_000: ("", ""),
}


@pytest.mark.parametrize(("agent", "named"), AGENTS.items(), ids=range(len(AGENTS)))
def test_a_browser_and_its_system_are_told_by_name(agent: str, named: tuple[str, str]) -> None:
    kept = shorten_agent(agent)
    assert (browser_of(kept), system_of(kept)) == named
    assert len(kept) <= 400
    assert kept.isprintable()
