"""A temporary chat on a real server: as any other, but in memory alone."""

from pathlib import Path
from typing import Any

from conversations.files.store import FileStore
from tests.chat.test_access import call
from tests.chat.test_answers import ECHO, is_delta, shown_and_journalled, text_in
from tests.services.server import Divan
from tests.services.wire import Wire, wire

SECRET = "xylophone-in-the-attic"
SLOW = f"/echo length=400 speed=60\n{SECRET}"
MANY = 300
"""Words: three seconds of them."""


async def begin(page: Wire, text: str, **fields: Any) -> dict[str, Any]:
    return await page.ask("send", conversation=None, text=text, lanes=ECHO, temporary=True, **fields)


def holding(data_dir: Path, text: str) -> list[str]:
    """Files with the text in them, those of the database and the log too."""
    files = [path for path in data_dir.rglob("*") if path.is_file()]
    assert files
    return [path.name for path in files if text.encode() in path.read_bytes()]


async def test_it_streams_is_read_by_others_and_is_never_on_disk(server: Divan) -> None:
    async with wire(server.socket_url) as page, wire(server.socket_url) as other:
        await other.ask("watch")
        ack = await begin(page, SLOW)
        conversation, answer = ack["conversation"], ack["answers"][0]
        await page.until(is_delta(answer))
        snapshot = await other.ask("open", conversation=conversation)
        assert (snapshot["temporary"], [live["message"]["id"] for live in snapshot["live"]]) == (
            True,
            [answer],
        )
        await page.ask("stop", conversation=conversation)
        assert (await other.answer(answer))["status"] == "stopped"
        again = await page.ask("send", conversation=conversation, text=f"/echo speed=0\n{SECRET}")
        assert (await page.answer(again["answers"][0]))["status"] == "complete"
        assert [event for event in other.events if event["type"] == "activity"] == []
    listed = call(f"{server.url}/api/conversations")[1]["conversations"]
    row = call(f"{server.url}/api/conversations/{conversation}")[1]
    assert (listed, row["messages"], row["models"]) == ([], 4, ["echo/echo"])
    server.stop()
    assert holding(server.data_dir, SECRET) == []
    assert holding(server.data_dir, conversation) == []


async def test_it_is_gone_at_once_when_it_is_deleted(standing: Divan) -> None:
    async with wire(standing.socket_url) as page:
        ack = await begin(page, SLOW)
        address = f"{standing.url}/api/conversations/{ack['conversation']}"
        assert call(address, "DELETE")[0] == 204
        assert (await page.ask("open", conversation=ack["conversation"]))["code"] == "not_found"
        assert call(f"{address}/restore", "POST")[0] == 404


async def test_what_is_kept_while_it_streams_survives_the_server(server: Divan) -> None:
    async with wire(server.socket_url) as page, wire(server.socket_url) as other:
        await other.ask("watch")
        ack = await begin(page, f"/echo length=2000 speed=100 stall={MANY}")
        conversation, answer = ack["conversation"], ack["answers"][0]
        await page.until(is_delta(answer))
        assert (await page.ask("keep", conversation=conversation))["conversation"] == conversation
        seen = await other.until(lambda event: event["type"] == "activity" and event.get("title"))
        assert seen["conversation"] == conversation
        assert (await page.ask("keep", conversation=conversation))["type"] == "ack"
        shown = await shown_and_journalled(
            page, FileStore(server.data_dir).journals, conversation, answer, words=MANY
        )
    server.kill()
    server.start()
    async with wire(server.socket_url) as page:
        snapshot = await page.ask("open", conversation=conversation)
    record = snapshot["records"][-1]
    assert (record["id"], record["status"], "temporary" in snapshot) == (answer, "interrupted", False)
    assert text_in(record) == shown
    assert call(f"{server.url}/api/conversations")[1]["conversations"][0]["id"] == conversation


async def test_a_kept_one_goes_on_and_ends_as_one_record(standing: Divan) -> None:
    async with wire(standing.socket_url) as page:
        ack = await begin(page, "/echo length=60 speed=60\nkeep me")
        answer = ack["answers"][0]
        await page.until(is_delta(answer))
        await page.ask("keep", conversation=ack["conversation"])
        record = await page.answer(answer)
        snapshot = await page.ask("open", conversation=ack["conversation"])
    ids = [one["id"] for one in snapshot["records"] if one["type"] == "message"]
    assert (record["status"], ids) == ("complete", [ack["message"], answer])
    assert record["parts"][0]["text"] == page.text(answer)


async def test_nothing_lasting_is_made_of_it_before_it_is_kept(standing: Divan) -> None:
    async with wire(standing.socket_url) as page:
        ack = await begin(page, "/echo speed=0\nhello")
        await page.answer(ack["answers"][0])
        address = f"{standing.url}/api/conversations/{ack['conversation']}"
        for path in ("shares", "replay"):
            status, body, _ = call(f"{address}/{path}", "POST", {})
            assert (status, body["error"]["message"]) == (409, "This chat is temporary. Keep it first.")
        refused = await page.ask("send", conversation=ack["conversation"], text="x", attachments=["0" * 64])
        late = await page.ask("send", conversation=ack["conversation"], text="x", temporary=True)
        assert (refused["code"], late["code"]) == ("invalid", "invalid")


async def test_over_rest_too(standing: Divan) -> None:
    status, row, _ = call(f"{standing.url}/api/conversations", "POST", {"lanes": ECHO, "temporary": True})
    assert status == 201
    address = f"{standing.url}/api/conversations/{row['id']}"
    _, sent, _ = call(f"{address}/messages", "POST", {"text": "/echo speed=0\nhello"})
    assert sent["answers"][0]["status"] == "complete"
    assert call(address, "PATCH", {"title": "Mine"})[1]["title"] == "Mine"
    listed = call(f"{standing.url}/api/conversations")[1]["conversations"]
    assert row["id"] not in [one["id"] for one in listed]
