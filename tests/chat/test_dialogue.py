"""Models that talk with each other, on a real server."""

from typing import Any

from tests.chat.test_answers import is_delta, text_in
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

        def rested(event: dict[str, Any]) -> bool:
            record = event.get("record", {})
            return bool(record.get("type") == "settings" and record["dialogue"]["state"] == "paused")

        await page.until(rested)
        first = await lines(page, ack["conversation"])
        seen = len(page.events)
        await page.ask("direct", conversation=ack["conversation"], action="next", speaker="Boris")
        await page.until(rested, after=seen)
        second = await lines(page, ack["conversation"])
    assert [line.get("speaker") for line in first] == [None, "Ayşe"]
    assert [line.get("speaker") for line in second] == [None, "Ayşe", "Boris"]


async def test_a_stopped_line_rests_the_dialogue_and_a_human_line_takes_it_up_again(standing: Divan) -> None:
    async with wire(standing.socket_url) as page:
        ack = await talk(page, opening="/echo length=3000 speed=100")
        started = await page.until(lambda event: event["type"] == "start" or event.get("live"))
        header = started.get("message") or started["live"][0]["message"]
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
    assert answer["record"]["speaker"] == "Ayşe"
    assert text_in(answer["record"])


async def test_two_participants_cannot_have_one_name(standing: Divan) -> None:
    async with wire(standing.socket_url) as page:
        refused = await page.ask(
            "dialogue", conversation=None, opening="x", participants=[PAIR[0], {**PAIR[1], "name": "AYŞE"}]
        )
    assert refused["code"] == "invalid"
