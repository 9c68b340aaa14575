"""What one user may keep, on a real server."""

import io
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest
from django.contrib.auth import get_user_model

from chat.people.disposal import Fate, dispose_of_data
from core.accounts import owner_id
from core.models import Quota
from core.quotas import MB, read_allowance
from tests.chat.test_answers import ECHO
from tests.services.server import Divan
from tests.services.wire import wire

MOST = 100_000


@pytest.fixture
def small(start_server: Callable[..., Divan]) -> Divan:
    return start_server(
        env={
            "ATTACHMENT_BYTES_PER_USER": str(MOST),
            "DOCUMENT_BYTES_PER_USER": str(MOST),
            "TEMPORARY_CHATS_PER_USER": "2",
            "TEMPORARY_CHAT_BYTES": "20000",
            "REQUESTS_PER_MINUTE": "30",
        }
    )


async def upload(http: aiohttp.ClientSession, path: str, field: str, text: str) -> tuple[int, Any]:
    form = aiohttp.FormData()
    form.add_field(field, io.BytesIO(text.encode()), filename="a.txt")
    async with http.post(path, data=form) as answer:
        return answer.status, await answer.json()


@pytest.mark.parametrize(("path", "field"), [("/api/attachments", "file"), ("/api/documents", "files")])
async def test_files_have_a_limit_together(small: Divan, path: str, field: str) -> None:
    async with aiohttp.ClientSession(small.url) as http:
        taken = [await upload(http, path, field, f"{number} " * 20_000) for number in range(2)]
        refused, said = await upload(http, path, field, "three " * 10_000)
        fits, _ = await upload(http, path, field, "few words")
    assert [status for status, _ in taken] == [201, 201]
    assert (refused, said["error"]["code"]) == (413, "too_large")
    assert fits == 201


async def test_temporary_chats_have_a_number_and_a_length(small: Divan) -> None:
    async with wire(small.socket_url) as page:

        async def send(conversation: str | None, text: str) -> dict[str, Any]:
            fields: dict[str, Any] = {} if conversation else {"lanes": ECHO, "temporary": True}
            return await page.ask("send", conversation=conversation, text=text, seconds=30, **fields)

        first, second = await send(None, "/echo speed=0\none"), await send(None, "/echo speed=0\ntwo")
        third = await send(None, "/echo speed=0\nthree")
        long = await send(first["conversation"], "/echo speed=0\n" + "word " * 5_000)
        await page.answer(long["answers"][0])
        longer = await send(first["conversation"], "/echo speed=0\nmore")
        other = await send(second["conversation"], "/echo speed=0\nmore")
    assert (third["type"], third["code"]) == ("error", "conflict")
    assert (longer["type"], longer["code"]) == ("error", "conflict")
    assert other["type"] == "ack"


async def test_a_person_is_told_what_they_keep_and_may_keep(small: Divan) -> None:
    async with aiohttp.ClientSession(small.url) as http, wire(small.socket_url) as page:
        await upload(http, "/api/attachments", "file", "word " * 1_000)
        await upload(http, "/api/documents", "files", "word " * 500)
        lanes: dict[str, Any] = {"lanes": ECHO, "temporary": True}
        await page.ask("send", conversation=None, text="/echo speed=0\none", seconds=30, **lanes)
        async with http.get("/api/account/storage") as answer:
            told = await answer.json()
    assert told == {
        "attachments": {"used": 5_000, "allowed": MOST},
        "documents": {"used": 2_500, "allowed": MOST},
        "temporary_chats": {"used": 1, "allowed": 2},
        "temporary_chat_bytes": 20_000,
    }


@pytest.mark.django_db
def test_the_administrators_word_on_a_person_goes_before_that_on_everyone_and_the_settings(
    settings: Any,
) -> None:
    settings.ATTACHMENT_BYTES_PER_USER, settings.TEMPORARY_CHATS_PER_USER = 7, 9
    Quota.objects.create(owner="", attachment_mb=3, document_mb=2)
    Quota.objects.create(owner="anna", attachment_mb=1, temporary_chats=0)
    anna, berta = read_allowance("anna"), read_allowance("berta")
    assert (anna.attachments, anna.documents, anna.temporary_chats) == (MB, 2 * MB, 0)
    assert (berta.attachments, berta.documents, berta.temporary_chats) == (3 * MB, 2 * MB, 9)
    Quota.objects.all().delete()
    assert read_allowance("anna").attachments == 7


@pytest.mark.django_db
def test_quotas_are_set_in_the_admin_and_hold_at_once(admin_client: Any, settings: Any) -> None:
    settings.AUTH_MODE = "accounts"
    admin_client.defaults["HTTP_HOST"] = "127.0.0.1"
    user = get_user_model()._default_manager.create_user("cem", password="x")
    owner = str(owner_id(user))
    address = "/admin/core/quota/add/"
    form = {"owner": owner, "attachment_mb": "5", "document_mb": "", "temporary_chats": "1"}
    assert admin_client.post(address, {**form, "temporary_chat_mb": ""}).status_code == 302
    twice = admin_client.post(address, {**form, "temporary_chat_mb": ""})
    assert (twice.status_code, Quota.objects.count()) == (200, 1)
    assert (read_allowance(owner).attachments, read_allowance(owner).temporary_chats) == (5 * MB, 1)
    listed = admin_client.get("/admin/core/quota/").content.decode()
    assert "cem" in listed
    dispose_of_data(owner, Fate.KEEP)
    assert not Quota.objects.exists()


async def test_frames_that_are_no_commands_count_as_requests(small: Divan) -> None:
    async with wire(small.socket_url) as page:
        for text in ["no json", "[]", "7", "{", '{"type": "nothing"}'] * 8:
            await page.connection.send(text)
        refused = await page.until(lambda event: event.get("code") == "rate_limited")
        said = [event["code"] for event in page.events if event["type"] == "error"]
    assert refused["retryable"]
    assert said.index("rate_limited") <= 30
