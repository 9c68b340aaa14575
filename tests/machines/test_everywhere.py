"""What was begun through one server goes on through another that shares no folder with it."""

from typing import Any

from tests.chat.test_answers import SLOW, begin, is_delta, text_in
from tests.chat.test_dialogue import is_paused, lines, talk
from tests.chat.test_imports import events, export, post
from tests.chat.test_rest import session, sse
from tests.chat.test_tool_use import SUM, approve, policy_of, result_in, set_policy, waits
from tests.services.cluster import Cluster
from tests.services.wire import wire


async def test_a_call_that_waits_on_one_is_allowed_through_the_other(machines: Cluster) -> None:
    one, other = machines.servers
    before = await policy_of(one, "calculate")
    await set_policy(one, "ask")
    try:
        async with wire(one.socket_url) as page, wire(other.socket_url) as far:
            ack = await begin(page, SUM, tools=True)
            await page.until(waits(ack["answers"][0]))
            await far.ask("open", conversation=ack["conversation"])
            assert (await approve(far, ack, "allow"))["type"] == "ack"
            record = await page.answer(ack["answers"][0], seconds=30)
            assert await far.answer(ack["answers"][0], seconds=30) == record
    finally:
        await set_policy(one, before)
    assert (record["status"], result_in(record)["content"]) == ("complete", "42")


async def test_events_of_one_go_on_at_the_other_where_they_broke_off(machines: Cluster) -> None:
    one, other = machines.servers
    seen: list[dict[str, Any]] = []
    async with session(one) as http, session(other) as there, wire(one.socket_url) as page:
        ack = await begin(page, SLOW)
        answer, path = ack["answers"][0], f"/api/conversations/{ack['conversation']}/events"
        await page.until(is_delta(answer))
        cursor = ""
        async with http.get(path) as stream:
            async for last, event in sse(stream):
                cursor = last
                seen.append(event)
                if is_delta(answer)(event) and event["seq"] > 20:
                    break
        begun = len(seen)
        async with there.get(path, headers={"Last-Event-ID": cursor}) as stream:
            async for _, event in sse(stream):
                seen.append(event)
                if len(seen) == begun + 10:
                    await page.ask("stop", conversation=ack["conversation"])
                if event["type"] == "record" and event["record"].get("id") == answer:
                    break
    live = seen[0]["live"][0]
    seqs = [event["seq"] for event in seen if is_delta(answer)(event)]
    assert [event["type"] for event in seen].count("snapshot") == 1
    assert seqs == list(range(live["seq"], live["seq"] + len(seqs)))
    text = text_in({"parts": live["parts"]}) + "".join(e["text"] for e in seen if is_delta(answer)(e))
    assert text == text_in(seen[-1]["record"])


async def test_a_dialogue_that_waits_on_one_is_directed_through_the_other(machines: Cluster) -> None:
    one, other = machines.servers
    async with wire(one.socket_url) as page, wire(other.socket_url) as far:
        ack = await talk(page, turn_policy="manual")
        where = ack["conversation"]
        await page.until(is_paused, seconds=30)
        await far.ask("open", conversation=where)
        seen = len(far.events)
        said = await far.ask("direct", conversation=where, action="next", speaker="Boris")
        assert said["type"] == "ack"
        await far.until(is_paused, after=seen, seconds=30)
        assert [line.get("speaker") for line in await lines(far, where)] == [None, "Ayşe", "Boris"]
        assert await lines(page, where) == await lines(far, where)


async def test_an_import_that_one_was_sent_is_taken_in_by_the_other_with_its_progress(
    machines: Cluster,
) -> None:
    one, other = machines.servers
    async with session(one) as http, session(other) as there:
        status, counted = await post(http, "/api/import?dry_run=true", export(12, "Elsewhere"))
        assert status == 200
        told = await events(there, counted["upload"])
        for again in (http, there):
            async with again.post(f"/api/import/{counted['upload']}") as answer:
                assert answer.status == 404
        async with http.get("/api/conversations?q=Elsewhere&limit=50") as answer:
            found = (await answer.json())["conversations"]
    assert {event["type"] for event in told[:-1]} <= {"progress"}
    assert (told[-1]["type"], told[-1]["conversations"]) == ("imported", counted["conversations"])
    assert len(found) == 12


async def test_an_import_on_one_is_stopped_through_the_other(machines: Cluster) -> None:
    one, other = machines.servers
    many = 2_000
    async with session(one) as http, session(other) as there:
        _, counted = await post(http, "/api/import?dry_run=true", export(many, "Stopped"))
        path = f"/api/import/{counted['upload']}"
        importing = await there.post(path)
        assert importing.status == 200
        assert b'"progress"' in await importing.content.readuntil(b"\n\n")
        async with http.delete(path) as stop:
            assert stop.status == 204
        last = (await importing.text()).strip().split("\n\n")[-1]
    assert '"stopped":true' in last
    assert f'"conversations":{many},' not in last


async def test_an_upload_is_withdrawn_through_the_other(machines: Cluster) -> None:
    one, other = machines.servers
    async with session(one) as http, session(other) as there:
        _, counted = await post(http, "/api/import?dry_run=true", export(1, "Withdrawn"))
        path = f"/api/import/{counted['upload']}"
        async with there.delete(path) as gone:
            assert gone.status == 204
        async with there.post(path) as answer:
            assert answer.status == 404


def is_answer(event: dict[str, Any]) -> bool:
    return bool(event["type"] == "record" and event["record"].get("role") == "assistant")


async def test_a_replay_that_one_begins_is_read_and_stopped_through_the_other(machines: Cluster) -> None:
    one, other = machines.servers
    async with wire(one.socket_url) as page, wire(other.socket_url) as far, session(one) as http:
        ack = await begin(page, "/echo length=100 speed=20")
        await page.ask("stop", conversation=ack["conversation"])
        await page.answer(ack["answers"][0], seconds=30)
        async with http.post(f"/api/conversations/{ack['conversation']}/replay", json={}) as begun:
            assert begun.status < 300, await begun.text()
            replay = (await begun.json())["conversation"]
        await far.ask("open", conversation=replay)
        await far.until(lambda event: event["type"] == "delta" or bool(event.get("live")), seconds=30)
        assert (await far.ask("stop", conversation=replay))["type"] == "ack"
        ended = await far.until(is_answer, seconds=30)
    assert ended["record"]["status"] == "stopped"
