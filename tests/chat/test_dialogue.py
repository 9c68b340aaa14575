"""Models that talk with each other, on a real server."""

import asyncio
from collections.abc import Callable
from typing import Any

from conversations.files.store import FileStore
from tests.browser.model_server import ModelServer
from tests.chat.test_answers import STALLED, is_delta, shown_and_journalled, text_in
from tests.chat.test_documents import upload
from tests.chat.test_rest import PNG, session
from tests.services.server import Divan
from tests.services.wire import Wire, wire

PAIR = [{"name": "Ayşe", "model": "echo/echo"}, {"name": "Boris", "model": "echo/echo"}]


async def talk(page: Wire, **more: Any) -> dict[str, Any]:
    fields = {"opening": "Is tea better than coffee?", "participants": PAIR, "limits": {"turns": 3}, **more}
    ack = await page.ask("dialogue", conversation=None, **fields)
    await page.ask("open", conversation=ack["conversation"])
    return ack


def is_over(event: dict[str, Any]) -> bool:
    record = event.get("record", {})
    return bool(record.get("type") == "settings" and record["dialogue"]["state"] == "over")


def is_paused(event: dict[str, Any]) -> bool:
    record = event.get("record", {})
    return bool(record.get("type") == "settings" and record["dialogue"]["state"] == "paused")


async def first_line(page: Wire) -> tuple[dict[str, Any], str]:
    """The header of the line that is being said, and what of it was there when the page opened."""
    event = await page.until(lambda event: event["type"] == "start" or event.get("live"))
    if event["type"] == "start":
        return event["message"], ""
    return event["live"][0]["message"], text_in({"parts": event["live"][0]["parts"]})


async def lines(page: Wire, conversation: str) -> list[dict[str, Any]]:
    snapshot = await page.ask("open", conversation=conversation)
    return [record for record in snapshot["records"] if record["type"] == "message"]


async def test_participants_speak_in_turn_until_the_limit(standing: Divan) -> None:
    async with wire(standing.socket_url) as page:
        ack = await talk(page)
        over = await page.until(is_over)
        said = await lines(page, ack["conversation"])
    reason = over["record"]["dialogue"]["reason"]
    assert reason in ("turns", "repetition")
    assert [line.get("speaker") for line in said][:3] == [None, "Ayşe", "Boris"]
    assert [line["parent"] for line in said] == [None, *(line["id"] for line in said[:-1])]
    assert all(line["status"] == "complete" for line in said[1:])


async def test_manual_turns_wait_for_the_person(standing: Divan) -> None:
    async with wire(standing.socket_url) as page:
        ack = await talk(page, turn_policy="manual")

        await page.until(is_paused)
        first = await lines(page, ack["conversation"])
        seen = len(page.events)
        await page.ask("direct", conversation=ack["conversation"], action="next", speaker="Boris")
        await page.until(is_paused, after=seen)
        second = await lines(page, ack["conversation"])
    assert [line.get("speaker") for line in first] == [None, "Ayşe"]
    assert [line.get("speaker") for line in second] == [None, "Ayşe", "Boris"]


async def test_a_stopped_line_rests_the_dialogue_and_a_human_line_takes_it_up_again(standing: Divan) -> None:
    async with wire(standing.socket_url) as page:
        ack = await talk(page, opening="/echo length=3000 speed=100")
        header, _begun = await first_line(page)
        await page.until(is_delta(header["id"]))
        await page.ask("stop", conversation=ack["conversation"])
        stopped = await page.answer(header["id"])
        seen = len(page.events)
        said = await page.ask(
            "direct", conversation=ack["conversation"], action="say", text="/echo length=5 speed=0 Go on."
        )
        answer = await page.until(
            lambda event: event["type"] == "record" and event["record"].get("parent") == said["message"],
            after=seen,
        )
    assert stopped["status"] == "stopped"
    assert stopped["speaker"] == "Ayşe"
    assert answer["record"]["speaker"] == "Boris"
    assert text_in(answer["record"])


async def test_what_a_person_says_meanwhile_is_a_record_at_once_and_heard_by_the_next(
    standing: Divan,
) -> None:
    """Also where the next would have waited for the person."""
    async with wire(standing.socket_url) as page:
        ack = await talk(page, opening="/echo length=3000 speed=100", turn_policy="manual")
        where = {"conversation": ack["conversation"]}
        header, _begun = await first_line(page)
        await page.until(is_delta(header["id"]))
        said = [
            await page.ask("direct", **where, action="say", id=name, text=f"/echo length=5 speed=0 {name}")
            for name in ("line-one", "line-two", "line-two")
        ]
        speaking = (await page.ask("open", **where))["live"]
        await page.ask("stop", **where, message=header["id"])
        await page.until(is_paused)
        told = await lines(page, ack["conversation"])
    assert [one["message"] for one in said] == ["line-one", "line-two", "line-two"]
    assert [one["message"]["id"] for one in speaking] == [header["id"]]
    by_parent = {line["parent"]: line for line in told}
    assert len(by_parent) == len(told), "one line after the other"
    assert [by_parent[header["id"]]["id"], by_parent["line-one"]["id"]] == ["line-one", "line-two"]
    assert by_parent["line-two"]["speaker"] == "Boris"
    assert len(told) == 5


async def test_who_edits_an_earlier_line_does_not_wait_for_the_one_that_is_being_said(
    standing: Divan,
) -> None:
    async with wire(standing.socket_url) as page:
        ack = await talk(page, opening="/echo length=3000 speed=20", turn_policy="manual")
        where = {"conversation": ack["conversation"]}
        header, _begun = await first_line(page)
        await page.until(is_delta(header["id"]))
        seen = len(page.events)
        edited = await page.ask(
            "direct", **where, action="edit", message=ack["message"], text="/echo length=5 speed=0 Milk?"
        )
        left = await page.answer(header["id"])
        answer = await page.until(
            lambda event: event["type"] == "record" and event["record"].get("parent") == edited["message"],
            after=seen,
        )
    assert left["status"] == "stopped"
    assert text_in(left)
    assert (answer["record"]["speaker"], answer["record"]["status"]) == ("Ayşe", "complete")


async def test_a_pause_after_a_persons_line_lets_nobody_speak_until_the_word_is_given(
    standing: Divan,
) -> None:
    async with wire(standing.socket_url) as page:
        ack = await talk(page, opening="/echo length=3000 speed=100", turn_policy="manual")
        where = {"conversation": ack["conversation"]}
        header, _begun = await first_line(page)
        await page.ask("direct", **where, action="say", text="/echo length=5 speed=0 Wait.")
        await page.ask("direct", **where, action="pause")
        await page.ask("stop", **where)
        await page.answer(header["id"])
        seen = len(page.events)
        await page.ask("direct", **where, action="next", speaker="Boris")
        await page.until(is_paused, after=seen)
        said = await lines(page, ack["conversation"])
    assert sorted(line.get("speaker", "-") for line in said) == ["-", "-", "Ayşe", "Boris"]


async def test_whose_lane_is_removed_has_left_the_dialogue(standing: Divan) -> None:
    three = [*PAIR, {"name": "Cem", "model": "echo/echo"}]
    async with wire(standing.socket_url) as page:
        ack = await talk(page, participants=three, turn_policy="manual")
        where = {"conversation": ack["conversation"]}
        await page.until(is_paused)
        snapshot = await page.ask("open", **where)
        row = next(record["lanes"] for record in reversed(snapshot["records"]) if record.get("lanes"))
        await page.ask("settings", **where, lanes=[row[0], row[2]])
        seen = len(page.events)
        refused = await page.ask("direct", **where, action="next", speaker="Boris")
        await page.ask("direct", **where, action="next")
        await page.until(is_paused, after=seen)
        said = await lines(page, ack["conversation"])
        await page.ask("settings", **where, lanes=[row[2]])
        alone = await page.ask("direct", **where, action="next")
    assert (refused["type"], refused["code"]) == ("error", "invalid")
    assert [line.get("speaker") for line in said] == [None, "Ayşe", "Cem"]
    assert (alone["type"], alone["code"]) == ("error", "conflict")


async def test_two_participants_cannot_have_one_name(standing: Divan) -> None:
    async with wire(standing.socket_url) as page:
        refused = await page.ask(
            "dialogue", conversation=None, opening="x", participants=[PAIR[0], {**PAIR[1], "name": "AYŞE"}]
        )
    assert refused["code"] == "invalid"


async def test_a_line_that_is_edited_stands_beside_the_old_one_and_the_dialogue_runs_on_from_it(
    standing: Divan,
) -> None:
    async with wire(standing.socket_url) as page:
        ack = await talk(page, turn_policy="manual")
        await page.until(is_paused)
        first = await lines(page, ack["conversation"])
        seen = len(page.events)
        edited = await page.ask(
            "direct",
            conversation=ack["conversation"],
            action="edit",
            message=first[1]["id"],
            text="/echo length=5 speed=0 Tea.",
        )
        await page.until(is_paused, after=seen)
        second = await lines(page, ack["conversation"])
    line, answer = second[-2:]
    assert (line["id"], line["edited"], line["speaker"]) == (edited["message"], first[1]["id"], "Ayşe")
    assert (line["parent"], text_in(line)) == (first[1]["parent"], "/echo length=5 speed=0 Tea.")
    assert line["timing"] == {"first_token_ms": None, "total_ms": None}, "nobody measured a person"
    assert (answer["parent"], answer["speaker"]) == (line["id"], "Boris")
    assert second[1] == first[1], "the old line is still there"


async def test_a_pause_is_kept_at_once_and_lets_the_line_end(start_server: Callable[..., Divan]) -> None:
    with ModelServer(["one"]) as models:
        divan = start_server(env={"OPENAI_SERVERS": f"fake={models.url}/v1"})
        pair = [{**one, "model": "fake/one"} for one in PAIR]
        async with wire(divan.socket_url) as page:
            ack = await talk(page, participants=pair, limits={"turns": 50})
            asked = await asyncio.to_thread(models.next_asked)
            header, _begun = await first_line(page)
            await page.ask("direct", conversation=ack["conversation"], action="pause")
            asked.say("Tea.")
            asked.finish()
            record = await page.answer(header["id"])
            said = await lines(page, ack["conversation"])
    assert record["status"] == "complete"
    assert [line["id"] for line in said[1:]] == [header["id"]]


async def test_a_dialogue_whose_server_was_killed_rests_with_its_line_and_goes_on_when_asked(
    start_server: Callable[..., Divan],
) -> None:
    divan = start_server()
    async with wire(divan.socket_url) as page:
        ack = await talk(page, opening=STALLED, limits={"turns": 2})
        header, begun = await first_line(page)
        journals = FileStore(divan.data_dir).journals
        shown = await shown_and_journalled(page, journals, ack["conversation"], header["id"], begun=begun)
        divan.kill()
    again = start_server(data_dir=divan.data_dir)
    async with wire(again.socket_url) as page:
        snapshot = await page.ask("open", conversation=ack["conversation"])
        settings = [record["dialogue"] for record in snapshot["records"] if "dialogue" in record]
        (line,) = (record for record in snapshot["records"] if record.get("id") == header["id"])
        seen = len(page.events)
        await page.ask(
            "direct", conversation=ack["conversation"], action="say", text="/echo length=3 speed=0 So?"
        )
        over = await page.until(is_over, after=seen)
    assert settings[-1]["state"] == "paused"
    assert (line["status"], line["speaker"]) == ("interrupted", "Ayşe")
    assert text_in(line) == shown
    assert over["record"]["dialogue"]["reason"] in ("turns", "repetition")


async def test_what_is_attached_stands_in_the_opening_and_in_a_persons_line_and_outlives_its_editing(
    standing: Divan,
) -> None:
    async with session(standing) as http, wire(standing.socket_url) as page:
        picture = (await upload(http, "/api/attachments", "file", "cat.png", PNG))["sha256"]
        ack = await talk(page, opening="Look.", attachments=[picture], turn_policy="manual")
        where = {"conversation": ack["conversation"]}
        await page.until(is_paused)
        seen = len(page.events)
        said = await page.ask("direct", **where, action="say", text="", attachments=[picture])
        await page.until(is_paused, after=seen)
        told = {line["id"]: line["parts"] for line in await lines(page, ack["conversation"])}
        seen = len(page.events)
        edited = await page.ask("direct", **where, action="edit", message=ack["message"], text="See?")
        await page.until(is_paused, after=seen)
        told[edited["message"]] = (await lines(page, ack["conversation"]))[-2]["parts"]
        refused = [
            await page.ask("direct", **where, action="say", text="x", attachments=["0" * 64]),
            await page.ask(
                "dialogue", conversation=None, opening="x", participants=PAIR, attachments=["0" * 64]
            ),
            await page.ask("direct", **where, action="say", text="  "),
        ]
    for message, texts in ((ack["message"], ["Look."]), (said["message"], []), (edited["message"], ["See?"])):
        assert [part["text"] for part in told[message] if part["type"] == "text"] == texts
        assert [part["sha256"] for part in told[message] if part["type"] == "image"] == [picture]
    assert [answer["code"] for answer in refused] == ["invalid"] * 3
