"""What one user may keep, on a real server."""

import io
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest

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


async def test_frames_that_are_no_commands_count_as_requests(small: Divan) -> None:
    async with wire(small.socket_url) as page:
        for text in ["no json", "[]", "7", "{", '{"type": "nothing"}'] * 8:
            await page.connection.send(text)
        refused = await page.until(lambda event: event.get("code") == "rate_limited")
        said = [event["code"] for event in page.events if event["type"] == "error"]
    assert refused["retryable"]
    assert said.index("rate_limited") <= 30
