"""Answers on a real server, as a page sees them over its socket."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from conversations.answer_parts import Delta
from conversations.files.store import FileStore
from conversations.store.base import Journals
from conversations.store.journal_lines import Journalled
from tests.conversations.samples import conversation
from tests.services.processes import wait_until
from tests.services.server import Divan
from tests.services.wire import Wire, wire

SLOW = "/echo length=2000 speed=100"
ECHO = [{"model": "echo/echo"}]
WORDS = 60
STALLED = f"/echo length=2000 speed=100 stall={WORDS}"
"""It falls silent in its middle: what a reader was shown grows no more while a test looks where it stands."""


def is_delta(message: str) -> Callable[[dict[str, Any]], bool]:
    return lambda event: event["type"] == "delta" and event["message"] == message


def text_in(record: dict[str, Any]) -> str:
    return "".join(part["text"] for part in record["parts"] if part["type"] == "text")


def records_on_disk(server: Divan, conversation: str) -> list[dict[str, Any]]:
    path: Path = server.data_dir / "conversations" / f"{conversation}.jsonl"
    return [json.loads(line) for line in path.read_bytes().split(b"\n") if line]


async def begin(page: Wire, text: str, **more: Any) -> dict[str, Any]:
    return await page.ask("send", conversation=None, text=text, **{"lanes": ECHO, **more})


async def shown_and_journalled(
    page: Wire, journals: Journals, conversation: str, answer: str, *, words: int = WORDS, begun: str = ""
) -> str:
    """All that was shown of an answer that has fallen silent, once its journal has it: from then on no kill
    takes a letter of it. `begun`: what stood there when the page opened it."""
    await page.until(lambda _: len((begun + page.text(answer)).split()) == words, seconds=60)
    shown = begun + page.text(answer)

    def has_all() -> bool:
        return said_in(journals.read(conversation, answer)) == shown

    await asyncio.to_thread(wait_until, has_all, seconds=30, what="all that was shown in the journal")
    return shown


def said_in(journal: Journalled) -> str:
    return "".join(piece.text for piece in journal.pieces if isinstance(piece, Delta))


async def test_an_answer_arrives_in_deltas_and_ends_as_one_record_on_disk(standing: Divan) -> None:
    async with wire(standing.socket_url) as page:
        ready = await page.until(lambda event: event["type"] == "ready")
        ack = await begin(page, "Merhaba", id="question")
        answer = ack["answers"][0]
        record = await page.answer(answer)
        seqs = [event["seq"] for event in page.events if is_delta(answer)(event)]
    assert (ready["protocol"], ready["user"]) == (1, "local")
    assert seqs == list(range(len(seqs)))
    assert len(seqs) > 3
    assert page.text(answer) == text_in(record) != ""
    assert (record["status"], record["parent"], record["model"]) == ("complete", "question", "echo/echo")
    assert record["usage"]["output"] > 0
    assert record["cost"] == {"usd": 0.0, "source": "free"}
    assert record["timing"]["first_token_ms"] <= record["timing"]["total_ms"]
    on_disk = records_on_disk(standing, ack["conversation"])
    assert [line["type"] for line in on_disk] == ["conversation", "message", "message"]
    assert on_disk[2] == record
    assert on_disk[0]["title"] == "Merhaba"


async def test_a_message_sent_twice_is_posted_once(standing: Divan) -> None:
    async with wire(standing.socket_url) as page:
        first = await begin(page, "once", id="m1")
        await page.answer(first["answers"][0])
        again = await page.ask("send", conversation=first["conversation"], id="m1", text="once")
    assert {**again, "ref": ""} == {**first, "ref": ""}
    assert len(records_on_disk(standing, first["conversation"])) == 3


async def test_stop_ends_one_lane_with_its_text_and_leaves_the_other_alone(standing: Divan) -> None:
    async with wire(standing.socket_url) as page:
        ack = await begin(page, SLOW, lanes=[*ECHO, *ECHO])
        stopped, going = ack["answers"]
        await page.until(is_delta(stopped))
        await page.ask("stop", conversation=ack["conversation"], message=stopped)
        record = await page.answer(stopped)
        seen = len(page.events)
        await page.until(is_delta(going), after=seen)
        await page.ask("stop", conversation=ack["conversation"])
        other = await page.answer(going)
    assert record["status"] == other["status"] == "stopped"
    assert text_in(record) == page.text(stopped) != ""
    assert text_in(other) == page.text(going)


async def test_a_second_reader_gets_the_text_so_far_and_then_the_same_deltas(standing: Divan) -> None:
    async with wire(standing.socket_url) as page, wire(standing.socket_url) as late:
        ack = await begin(page, SLOW)
        answer = ack["answers"][0]
        await page.until(lambda event: is_delta(answer)(event) and event["seq"] == 20)
        snapshot = await late.ask("open", conversation=ack["conversation"])
        live = snapshot["live"][0]
        await late.until(lambda event: is_delta(answer)(event) and event["seq"] == live["seq"] + 20)
        await page.ask("stop", conversation=ack["conversation"])
        record = await page.answer(answer)
        assert await late.answer(answer) == record
    seqs = [event["seq"] for event in late.events if is_delta(answer)(event)]
    assert seqs == list(range(live["seq"], live["seq"] + len(seqs)))
    assert live["seq"] > 0
    assert text_in({"parts": live["parts"]}) + late.text(answer) == text_in(record) == page.text(answer)


async def test_closing_the_page_does_not_end_the_answer(standing: Divan) -> None:
    async with wire(standing.socket_url) as page:
        ack = await begin(page, "/echo length=60 speed=100")
        await page.until(is_delta(ack["answers"][0]))
    async with wire(standing.socket_url) as later:
        snapshot = await later.ask("open", conversation=ack["conversation"])
        ended = [record for record in snapshot["records"] if record.get("id") == ack["answers"][0]]
        record = ended[0] if ended else await later.answer(ack["answers"][0])
    assert record["status"] == "complete"


async def test_a_killed_server_leaves_what_was_shown_as_an_interrupted_answer(server: Divan) -> None:
    async with wire(server.socket_url) as page:
        ack = await begin(page, STALLED)
        answer = ack["answers"][0]
        shown = await shown_and_journalled(
            page, FileStore(server.data_dir).journals, ack["conversation"], answer
        )
        server.kill()
    server.restart()
    async with wire(server.socket_url) as page:
        snapshot = await page.ask("open", conversation=ack["conversation"])
        record = snapshot["records"][-1]
        more = await page.ask("continue", conversation=ack["conversation"], message=answer)
        await page.until(is_delta(more["answers"][0]))
        await page.ask("stop", conversation=ack["conversation"])
        continued = await page.answer(more["answers"][0])
    assert (record["id"], record["status"]) == (answer, "interrupted")
    assert text_in(record) == shown
    assert continued["continues"] == answer
    assert text_in(continued).startswith(shown)
    journals = server.data_dir / "conversations" / f"{ack['conversation']}.live"
    wait_until(lambda: not journals.exists(), seconds=5, what="the end of the journal")


async def test_sigterm_ends_answers_as_interrupted_with_all_their_text(server: Divan) -> None:
    async with wire(server.socket_url) as page:
        ack = await begin(page, SLOW)
        answer = ack["answers"][0]
        await page.until(lambda event: is_delta(answer)(event) and event["seq"] == 30)
        server.stop()
    record = records_on_disk(server, ack["conversation"])[-1]
    assert (record["id"], record["status"]) == (answer, "interrupted")
    assert text_in(record).startswith(page.text(answer))


async def test_a_failing_lane_says_why_and_touches_no_other(standing: Divan) -> None:
    async with wire(standing.socket_url) as page:
        row = [{"id": "lost", "model": "nowhere/model"}, {"id": "here", "model": "echo/echo"}]
        where = standing.put_conversation(conversation("20260101-000000-ffffffff", lanes=row))
        ack = await page.ask("send", conversation=where, text="hello")
        failed, fine = [await page.answer(answer) for answer in ack["answers"]]
    assert failed["status"] == "failed"
    assert failed["error"]["code"] == "model_not_found"
    assert "nowhere" in failed["error"]["message"]
    assert failed["cost"] == {"usd": None, "source": "unknown"}
    assert fine["status"] == "complete"


async def test_an_answer_that_breaks_off_keeps_its_text_and_is_not_complete(standing: Divan) -> None:
    async with wire(standing.socket_url) as page:
        ack = await begin(page, "/echo length=40 cut=5")
        record = await page.answer(ack["answers"][0])
    assert record["status"] == "failed"
    assert text_in(record) == page.text(ack["answers"][0]) != ""


async def test_sequential_lanes_wait_for_their_turn(standing: Divan) -> None:
    async with wire(standing.socket_url) as page:
        ack = await begin(page, "/echo length=20 speed=200", lanes=[*ECHO, *ECHO], mode="sequential")
        first, second = ack["answers"]
        await page.answer(second)
    order = [
        (e["type"], e.get("message") or e["record"].get("id"))
        for e in page.events
        if e["type"] in ("delta", "record")
    ]
    assert order.index(("record", first)) < order.index(("delta", second))
    starts = [
        e["message"]["status"] for e in page.events if e["type"] == "start" and e["message"]["id"] == second
    ]
    assert starts == ["queued", "streaming"]


async def test_a_message_sent_while_an_answer_streams_follows_that_answer(standing: Divan) -> None:
    async with wire(standing.socket_url) as page:
        ack = await begin(page, "/echo length=40 speed=200")
        first = ack["answers"][0]
        await page.until(is_delta(first))
        after = await page.ask("send", conversation=ack["conversation"], text="and then?")
        record = await page.answer(after["answers"][0])
        snapshot = await page.ask("open", conversation=ack["conversation"])
    messages = {r["id"]: r for r in snapshot["records"] if r["type"] == "message"}
    assert record["status"] == "complete"
    assert messages[after["message"]]["parent"] == first
    assert messages[first]["status"] == "complete"


async def test_messages_in_line_are_told_how_many_are_before_them(standing: Divan) -> None:
    async with wire(standing.socket_url) as page:
        ack = await begin(page, "/echo stall=2\nfirst")
        first = ack["answers"][0]
        await page.until(is_delta(first))
        here = {"conversation": ack["conversation"]}
        await page.ask("send", **here, text="/echo speed=0 second")
        last = (await page.ask("send", **here, text="/echo speed=0 third"))["answers"][0]
        await page.ask("stop", **here, message=first)
        await page.answer(last)
    starts = [e["message"] for e in page.events if e["type"] == "start" and e["message"]["id"] == last]
    assert [start.get("position") for start in starts] == [2, 1, None]


async def test_a_conversation_of_many_megabytes_opens_whole_and_shows_its_end(standing: Divan) -> None:
    conversation = "20261120-104233-k3v9x2qd"
    write_long_conversation(standing, conversation, turns=1200)
    async with wire(standing.socket_url) as page:
        snapshot = await page.ask("open", conversation=conversation, seconds=30)
        more = await page.ask("send", conversation=conversation, text="and now?")
        record = await page.answer(more["answers"][0])
    records = {record["id"]: record for record in snapshot["records"] if record["type"] == "message"}
    assert len(records) == 2400
    assert text_in(records["a1199"]).startswith("answer 1199")
    assert records["u0"]["elided"]
    assert "parts" not in records["u0"]
    assert sum("parts" in record for record in records.values()) == 200
    assert len(json.dumps(snapshot)) > 1024 * 1024
    assert record["status"] == "complete"


def write_long_conversation(server: Divan, conversation: str, turns: int) -> None:
    """As another program would: a file put into the folder by hand."""
    at = "2026-11-20T10:42:33.000Z"
    settings = {"title": "Long", "lanes": [{"id": "l", "model": "echo/echo"}], "mode": "parallel"}
    first = {"type": "conversation", "at": at, "format": 1, "id": conversation, "owner": "local"}
    lines: list[dict[str, Any]] = [{**first, **settings, "history": "own", "rag": False}]
    for number in range(turns):
        parent = f"a{number - 1}" if number else None
        asked = {"id": f"u{number}", "parent": parent, "role": "user", "lanes": ["l"]}
        answered = {"id": f"a{number}", "parent": f"u{number}", "role": "assistant", "lane": "l"}
        ended = {"model": "echo/echo", "status": "complete", "finish": "stop"}
        text = f"answer {number} " + "word " * 2500
        lines.append({"type": "message", "at": at, **asked, "parts": [{"type": "text", "text": "?"}]})
        lines.append(
            {"type": "message", "at": at, **answered, **ended, "parts": [{"type": "text", "text": text}]}
        )
    covered = {
        "id": "s",
        "covers": f"a{turns - 2}",
        "lane": "l",
        "text": "Much was said.",
        "model": "echo/echo",
    }
    lines.append({"type": "summary", "at": at, **covered})
    folder = server.data_dir / "conversations"
    folder.mkdir(exist_ok=True)
    (folder / f"{conversation}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
