"""An administrator deletes an account: what becomes of its data is asked first and told afterwards."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest

from tests.chat.test_revocation import closed
from tests.rest.conftest import Client
from tests.rest.test_accounts import acting, make, run, seen, status_of
from tests.rest.test_leaving import files_of, filled, lacking
from tests.rest.test_own_account import PASSWORD, Browser, browsing
from tests.services.server import Divan
from tests.services.wire import wire


@pytest.fixture
def divan(start_server: Callable[..., Divan]) -> Divan:
    started = start_server(env={"AUTH_MODE": "accounts"})
    run(started, f"User.objects.create_superuser('root', password={PASSWORD!r})")
    return started


@pytest.fixture
async def root(divan: Divan) -> AsyncIterator[Browser]:
    async with browsing(divan) as browser:
        assert await browser.log_in("root", PASSWORD) == 302
        yield browser


def number_of(divan: Divan, name: str) -> str:
    return run(divan, f"print(User.objects.get(username={name!r}).pk)").splitlines()[-1]


async def delete(root: Browser, number: str, **chosen: str) -> str:
    """What the page says that is shown then."""
    path = f"/admin/auth/user/{number}/delete/"
    async with root.http.get(path) as page:
        assert page.status == 200
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', await page.text())
    assert found
    form = {"csrfmiddlewaretoken": found.group(1), **chosen}
    async with root.http.post(path, data=form) as page:
        assert page.status == 200
        return await page.text()


async def until_hers(heir: Client, things: dict[str, Any]) -> None:
    async with asyncio.timeout(60):
        while True:
            if not await lacking(heir, things):
                return
            await asyncio.sleep(0.1)


async def test_what_becomes_of_the_data_is_asked_and_told(divan: Divan, root: Browser) -> None:
    things = await filled(divan, "cem")
    number = number_of(divan, "cem")
    for chosen in ({}, {"fate": "burn"}, {"fate": "hand_over"}, {"fate": "hand_over", "heir": number}):
        assert "errorlist" in await delete(root, number, **chosen)
    async with acting(divan, "cem") as cem:
        assert any((await seen(cem, things)).values())
    said = await delete(root, number, fate="remove")
    for part in (
        "The account cem was deleted",
        "Conversations: 2",
        "Test sets: 1",
        "In the trash: 1",
        "Attachments: 1",
        "Documents: 1",
    ):
        assert part in said
    assert files_of(divan, things) == []
    assert await status_of(divan, things["link"]) == 404
    async with root.http.get(f"/admin/auth/user/{number}/delete/") as page:
        assert page.status == 404


async def test_an_answer_that_streams_is_stopped_and_handed_over(divan: Divan, root: Browser) -> None:
    things = await filled(divan, "cem")
    make(divan, "ayla")
    token = divan.manage("create_token", "cem").strip().splitlines()[-1]
    headers = {"Authorization": f"Bearer {token}"}
    async with wire(divan.socket_url, **headers) as page:
        sent = await page.ask(
            "send", conversation=None, text="/echo length=90000 speed=5\nx", lanes=[{"model": "echo/echo"}]
        )
        said = await delete(root, number_of(divan, "cem"), fate="hand_over", heir=number_of(divan, "ayla"))
        assert "Conversations: 3" in said
        assert await closed(page) == 4401
    async with acting(divan, "ayla") as ayla:
        # The server takes in within seconds that its files were replaced.
        await until_hers(ayla, things)
        record = (await ayla("GET", f"/api/conversations/{sent['conversation']}/messages")).body["messages"]
        assert [message.get("status") for message in record] == [None, "stopped"]
    assert "Traceback" not in divan.output()


async def test_what_is_kept_stays_the_administrators(divan: Divan, root: Browser) -> None:
    things = await filled(divan, "cem")
    assert "The account cem was deleted" in await delete(root, number_of(divan, "cem"), fate="keep")
    make(divan, "cem")
    async with acting(divan, "cem") as new:
        assert not any((await seen(new, things)).values())
    assert files_of(divan, things)


async def test_nobody_deletes_themselves_or_several_at_once(divan: Divan, root: Browser) -> None:
    number = number_of(divan, "root")
    async with root.http.get(f"/admin/auth/user/{number}/delete/") as page:
        assert page.status == 403
    async with root.http.get("/admin/auth/user/") as page:
        assert "delete_selected" not in await page.text()
    async with aiohttp.ClientSession(divan.url) as stranger:
        path = f"/admin/auth/user/{number}/delete/"
        async with stranger.get(path, allow_redirects=False) as page:
            assert page.status == 302


async def test_staff_without_the_right_to_delete_accounts_cannot(divan: Divan, root: Browser) -> None:
    run(divan, f"User.objects.create_user('clerk', password={PASSWORD!r}, is_staff=True)")
    make(divan, "cem")
    async with browsing(divan) as clerk:
        assert await clerk.log_in("clerk", PASSWORD) == 302
        path = f"/admin/auth/user/{number_of(divan, 'cem')}/delete/"
        form = {"fate": "remove", "csrfmiddlewaretoken": clerk.cookies()["csrftoken"]}
        async with clerk.http.post(path, data=form) as page:
            assert page.status == 403
        async with root.http.get(path) as page:
            assert page.status == 200
