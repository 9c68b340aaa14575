"""REST and SSE on a real server: the same events as over the socket."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest

from tests.chat.test_answers import ECHO, SLOW, begin, is_delta, text_in
from tests.services.server import Divan
from tests.services.wire import wire

PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489")


@asynccontextmanager
async def session(server: Divan) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(server.url, timeout=aiohttp.ClientTimeout(30)) as made:
        yield made


async def sse(response: aiohttp.ClientResponse) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """`id` and event of each message, as an EventSource would see them."""
    cursor = ""
    async for line in response.content:
        if line.startswith(b"id: "):
            cursor = line[4:].strip().decode()
        elif line.startswith(b"data: "):
            yield cursor, json.loads(line[6:])


async def made(http: aiohttp.ClientSession, **fields: Any) -> dict[str, Any]:
    async with http.post("/api/conversations", json=fields) as answer:
        assert answer.status == 201
        row: dict[str, Any] = await answer.json()
        return row


async def test_a_message_is_answered_with_the_records_once_all_lanes_have_ended(standing: Divan) -> None:
    async with session(standing) as http:
        row = await made(http, title="Two", lanes=[*ECHO, *ECHO])
        async with http.post(f"/api/conversations/{row['id']}/messages", json={"text": "hi"}) as answer:
            body = await answer.json()
        async with http.get(f"/api/conversations/{row['id']}") as answer:
            after = await answer.json()
    assert [record["status"] for record in body["answers"]] == ["complete", "complete"]
    assert len({record["lane"] for record in body["answers"]}) == 2
    assert all(record["parent"] == body["message"] for record in body["answers"])
    assert (after["title"], after["messages"], after["models"]) == ("Two", 3, ["echo/echo"])


async def test_a_streamed_message_carries_the_events_of_the_socket(standing: Divan) -> None:
    async with session(standing) as http:
        row = await made(http, lanes=ECHO)
        body = {"text": "hello", "stream": True}
        async with http.post(f"/api/conversations/{row['id']}/messages", json=body) as answer:
            kind = answer.headers["Content-Type"]
            events = [event async for _, event in sse(answer)]
    ack, record = events[0], events[-1]["record"]
    deltas = [event for event in events if event["type"] == "delta"]
    assert kind.startswith("text/event-stream")
    assert (ack["type"], record["id"], record["status"]) == ("ack", ack["answers"][0], "complete")
    assert [event["seq"] for event in deltas] == list(range(len(deltas)))
    assert "".join(event["text"] for event in deltas) == text_in(record)


async def test_an_event_stream_goes_on_where_it_broke_off(standing: Divan) -> None:
    async with session(standing) as http, wire(standing.socket_url) as page:
        ack = await begin(page, SLOW)
        answer = ack["answers"][0]
        path = f"/api/conversations/{ack['conversation']}/events"
        await page.until(is_delta(answer))
        seen: list[dict[str, Any]] = []
        cursor = ""
        async with http.get(path) as stream:
            async for last, event in sse(stream):
                cursor = last
                seen.append(event)
                if is_delta(answer)(event) and event["seq"] > 40:
                    break
        async with http.get(path, headers={"Last-Event-ID": cursor}) as stream:
            begun = len(seen)
            async for _, event in sse(stream):
                seen.append(event)
                if len(seen) == begun + 20:
                    await page.ask("stop", conversation=ack["conversation"])
                if event["type"] == "record" and event["record"].get("id") == answer:
                    break
    live = seen[0]["live"][0]
    seqs = [event["seq"] for event in seen if is_delta(answer)(event)]
    assert seen[0]["type"] == "snapshot"
    assert [event["type"] for event in seen].count("snapshot") == 1
    assert seqs == list(range(live["seq"], live["seq"] + len(seqs)))
    text = text_in({"parts": live["parts"]}) + "".join(e["text"] for e in seen if is_delta(answer)(e))
    assert text == text_in(seen[-1]["record"])


async def test_any_command_can_be_posted_by_a_client_without_a_socket(standing: Divan) -> None:
    async with session(standing) as http:
        send = {"type": "send", "ref": "r1", "conversation": None, "text": "hi", "lanes": ECHO}
        async with http.post("/api/chat/commands", json=send) as answer:
            ack = await answer.json()
        rename = {"type": "settings", "conversation": ack["conversation"], "title": "Named"}
        async with http.post("/api/chat/commands", json=rename) as answer:
            assert answer.status == 200
        async with http.get("/api/conversations?q=Named") as answer:
            found = await answer.json()
        async with http.post("/api/chat/commands", json={"type": "open", **ack}) as answer:
            refused, body = answer.status, await answer.json()
    assert (ack["type"], ack["ref"], len(ack["answers"])) == ("ack", "r1", 1)
    assert [row["id"] for row in found["conversations"]] == [ack["conversation"]]
    assert (refused, body["error"]["code"]) == (400, "invalid")


async def test_a_deleted_conversation_is_gone_and_can_be_brought_back(standing: Divan) -> None:
    async with session(standing) as http, wire(standing.socket_url) as page:
        await page.ask("watch")
        ack = await begin(page, "/echo length=4000 speed=100")
        await page.until(is_delta(ack["answers"][0]))
        path = f"/api/conversations/{ack['conversation']}"
        async with http.delete(path) as answer:
            assert answer.status == 204
        await page.until(lambda event: event["type"] == "activity" and event.get("removed"))
        async with http.get(path) as answer:
            assert answer.status == 404
        async with http.get("/api/conversations") as answer:
            listed = [row["id"] for row in (await answer.json())["conversations"]]
        async with http.post(f"{path}/restore") as answer:
            row = await answer.json()
        snapshot = await page.ask("open", conversation=ack["conversation"])
    assert ack["conversation"] not in listed
    assert row["id"] == ack["conversation"]
    assert snapshot["records"][-1]["status"] == "stopped"


async def test_an_attachment_is_told_from_its_bytes_and_never_served_as_a_page(standing: Divan) -> None:
    async with session(standing) as http, wire(standing.socket_url) as page:
        kept = []
        for name, data in (("../../x.html", b"<script>alert(1)</script>"), ("picture.txt", PNG)):
            form = aiohttp.FormData(quote_fields=False)
            form.add_field("file", data, filename=name, content_type="text/html")
            async with http.post("/api/attachments", data=form) as answer:
                assert answer.status == 201
                kept.append(await answer.json())
        page_like, image = kept
        async with http.get(f"/api/attachments/{page_like['sha256']}") as answer:
            headers, body = answer.headers, await answer.read()
        async with http.get(f"/api/attachments/{'0' * 64}") as answer:
            missing = answer.status
        ack = await begin(page, "look", attachments=[image["sha256"]])
        await page.answer(ack["answers"][0])
        snapshot = await page.ask("open", conversation=ack["conversation"])
        refused = await page.ask("send", conversation=None, text="x", attachments=["0" * 64], lanes=ECHO)
    assert (page_like["name"], page_like["type"], image["mime"]) == ("x.html", "file", "image/png")
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["Content-Disposition"].startswith("attachment")
    assert body == b"<script>alert(1)</script>"
    assert missing == 404
    question = next(r for r in snapshot["records"] if r.get("role") == "user")
    assert question["parts"][1]["sha256"] == image["sha256"]
    assert refused["code"] == "invalid"


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "not json",
        "[]",
        "7",
        '{"type":"send"}',
        '{"type":"send","text":7}',
        '{"type":"send","text":"x","mode":"zigzag"}',
        '{"type":7,"ref":"r"}',
        b"\x00",
    ],
)
async def test_a_malformed_command_is_refused_and_the_socket_goes_on(
    standing: Divan, frame: str | bytes
) -> None:
    async with wire(standing.socket_url) as page:
        await page.connection.send(frame)
        error = await page.until(lambda event: event["type"] == "error")
        ack = await begin(page, "still there?")
    assert error["code"] == "invalid"
    assert ack["type"] == "ack"


async def test_a_text_over_the_limit_is_refused(standing: Divan) -> None:
    async with wire(standing.socket_url) as page:
        refused = await begin(page, "x" * (512 * 1024 + 1))
    assert refused["code"] == "too_large"


async def test_an_answer_is_cancelled_by_its_id_alone(standing: Divan) -> None:
    async with session(standing) as http, wire(standing.socket_url) as page:
        ack = await begin(page, "/echo length=4000 speed=100")
        await page.until(is_delta(ack["answers"][0]))
        async with http.post(f"/api/chat/cancel/{ack['answers'][0]}") as answer:
            assert answer.status == 200
        record = await page.answer(ack["answers"][0])
        async with http.post(f"/api/chat/cancel/{ack['answers'][0]}") as answer:
            again = answer.status
    assert record["status"] == "stopped"
    assert again == 404


async def test_a_client_that_leaves_a_stream_costs_the_answer_nothing(standing: Divan) -> None:
    async with session(standing) as http, wire(standing.socket_url) as page:
        row = await made(http, lanes=ECHO)
        body = {"text": "/echo length=60 speed=100", "stream": True}
        async with http.post(f"/api/conversations/{row['id']}/messages", json=body) as answer:
            events = sse(answer)
            _, ack = await anext(events)
            while (await anext(events))[1]["type"] != "delta":
                pass
        snapshot = await page.ask("open", conversation=row["id"])
        left = ack["answers"][0]
        ended = [record for record in snapshot["records"] if record.get("id") == left]
        record = ended[0] if ended else await page.answer(left)
    assert record["status"] == "complete"


async def rename(http: aiohttp.ClientSession, conversation: str, title: str) -> None:
    async with http.patch(f"/api/conversations/{conversation}", json={"title": title}) as answer:
        assert answer.status == 200, await answer.text()


async def test_a_conversation_is_exported_as_a_download(standing: Divan) -> None:
    async with session(standing) as http, wire(standing.socket_url) as page:
        ack = await begin(page, "<b>hello</b>")
        record = await page.answer(ack["answers"][0])
        path = f"/api/conversations/{ack['conversation']}/export"
        await rename(http, ack["conversation"], "A/B: hello?")
        async with http.get(f"{path}?format=html") as answer:
            headers, page_text = answer.headers, await answer.text()
        await rename(http, ack["conversation"], "Çay saati / чай")
        async with http.get(f"{path}?format=json") as answer:
            renamed, lossless = answer.headers["Content-Disposition"], await answer.text()
        async with http.get(f"{path}?format=exe") as answer:
            refused = answer.status
    assert headers["Content-Disposition"] == 'attachment; filename="A-B- hello.html"'
    assert renamed == f"attachment; filename*=utf-8''{quote('Çay saati - чай.json')}"
    assert "<b>hello" not in page_text
    assert record["id"] in lossless
    assert refused == 400


async def test_an_export_comes_back_with_its_attachment_and_only_once(
    start_server: Callable[..., Divan], tmp_path: Path
) -> None:
    first, second = start_server(data_dir=tmp_path / "one"), start_server(data_dir=tmp_path / "two")
    async with session(first) as http, wire(first.socket_url) as page:
        form = aiohttp.FormData()
        form.add_field("file", PNG, filename="picture.png")
        async with http.post("/api/attachments", data=form) as answer:
            image = await answer.json()
        ack = await begin(page, "look", attachments=[image["sha256"]])
        await page.answer(ack["answers"][0])
        async with http.get(f"/api/conversations/{ack['conversation']}/export?format=json") as answer:
            exported = await answer.read()
    reports = []
    async with session(second) as http:
        for query in ("?dry_run=true", "", ""):
            form = aiohttp.FormData()
            form.add_field("file", exported, filename="export.json")
            async with http.post(f"/api/import{query}", data=form) as answer:
                assert answer.status == 200, await answer.text()
                reports.append(await answer.json())
        async with http.get("/api/conversations") as answer:
            listed = (await answer.json())["conversations"]
        async with http.get(f"/api/attachments/{image['sha256']}") as answer:
            picture = await answer.read()
    assert [report["conversations"] for report in reports] == [1, 1, 0]
    assert [row["id"] for row in listed] == [ack["conversation"]]
    assert picture == PNG
