"""What the engine asks of model servers, seen by fake ones over HTTP."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from conversations.answer_parts import TOOLS_OFF
from tests.chat.test_answers import is_delta, text_in
from tests.services.server import Divan
from tests.services.wire import Wire, wire
from tests.upstreams.script import PLAIN, SCENARIOS, Call, Counts, End, Say, Tokens, scenario
from tests.upstreams.server import Upstream, running_upstream

ONE, TWO = "openai/one", "openai/two"


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with running_upstream() as made:
        yield made


@pytest.fixture
def divan(start_server: Callable[..., Divan], upstream: Upstream) -> Divan:
    env = {"OPENAI_BASE_URL": upstream.base_url("openai"), "OPENAI_API_KEY": "sk-test-0123456789abcdef"}
    return start_server(env=env)


def said(upstream: Upstream, model: str) -> list[list[tuple[str, str]]]:
    """The messages of every chat request for `model`, without those for titles."""
    bodies = [chat.body for chat in upstream.chats() if chat.body["model"] == model]
    requests = [[(m["role"], plain(m["content"])) for m in body["messages"]] for body in bodies]
    return [messages for messages in requests if "Give a title" not in messages[-1][1]]


def plain(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "".join(part["text"] for part in content)


async def turn(page: Wire, text: str, **fields: Any) -> dict[str, Any]:
    ack = await page.ask("send", text=text, **{"conversation": None, **fields})
    for answer in ack["answers"]:
        await page.answer(answer)
    return ack


async def test_each_lane_is_sent_its_own_history_and_a_late_one_the_path(
    divan: Divan, upstream: Upstream
) -> None:
    upstream.scenarios |= {
        "one": scenario(Say("1"), End(counts=Counts(3, 1))),
        "two": scenario(Say("2"), End(counts=Counts(3, 1))),
        "late": PLAIN,
    }
    async with wire(divan.socket_url) as page:
        ack = await turn(page, "a", lanes=[{"model": ONE}, {"model": TWO, "system": "Be two."}])
        where = ack["conversation"]
        await turn(page, "b", conversation=where)
        await turn(page, "c", conversation=where, lanes=[{"model": TWO}, {"model": "openai/late"}])
    assert said(upstream, "one")[1] == [("user", "a"), ("assistant", "1"), ("user", "b")]
    assert said(upstream, "two")[1] == [
        ("system", "Be two."),
        ("user", "a"),
        ("assistant", "2"),
        ("user", "b"),
    ]
    assert said(upstream, "late") == [
        [("user", "a"), ("assistant", "1"), ("user", "b"), ("assistant", "1"), ("user", "c")]
    ]


async def test_a_relay_shows_each_lane_the_answers_before_it(divan: Divan, upstream: Upstream) -> None:
    upstream.scenarios |= {"one": scenario(Say("first!"), End()), "two": scenario(Say("second!"), End())}
    async with wire(divan.socket_url) as page:
        await turn(page, "a", lanes=[{"model": ONE}, {"model": TWO}], mode="sequential", relay=True)
    assert said(upstream, "one") == [[("user", "a")]]
    assert said(upstream, "two") == [[("user", "a\n\n[openai/one]:\nfirst!")]]


async def test_a_title_comes_from_the_model_and_never_over_a_persons(
    divan: Divan, upstream: Upstream
) -> None:
    upstream.scenarios |= {"one": scenario(Say('"Kısa Başlık"'), End())}
    async with wire(divan.socket_url) as page:
        await page.ask("watch")
        ack = await turn(page, "a long question about very many things", lanes=[{"model": ONE}])
        await page.until(lambda event: event.get("title") == "Kısa Başlık")
        await page.ask("settings", conversation=ack["conversation"], title="Mine")
        await turn(page, "more", conversation=ack["conversation"])
        snapshot = await page.ask("open", conversation=ack["conversation"])
    titles = [record["title"] for record in snapshot["records"] if "title" in record]
    assert titles == ["a long question about very many things", "Kısa Başlık", "Mine"]


async def test_stop_closes_the_connection_to_the_model_server(divan: Divan, upstream: Upstream) -> None:
    upstream.scenarios |= {"one": scenario(Tokens(5000, 100.0), End())}
    async with wire(divan.socket_url) as page:
        ack = await page.ask("send", conversation=None, text="go", lanes=[{"model": ONE}])
        await page.until(is_delta(ack["answers"][0]))
        await page.ask("stop", conversation=ack["conversation"])
        record = await page.answer(ack["answers"][0])
    chat = await upstream.next_chat()
    assert await chat.disconnected.wait()
    assert record["status"] == "stopped"
    assert text_in(record) == page.text(ack["answers"][0])


async def test_deleting_a_message_ends_what_was_sent_while_it_was_answered(
    divan: Divan, upstream: Upstream
) -> None:
    upstream.scenarios |= {"one": scenario(Tokens(5000, 100.0), End())}
    async with wire(divan.socket_url) as page:
        first = await page.ask("send", conversation=None, text="first", lanes=[{"model": ONE}])
        where = {"conversation": first["conversation"]}
        await page.until(is_delta(first["answers"][0]))
        second = await page.ask("send", text="second", **where)
        refused = await page.ask("delete", message=first["answers"][0], **where)
        await page.ask("delete", message=first["message"], **where)
        ended = [await page.answer(answer) for answer in (*first["answers"], *second["answers"])]
        snapshot = await page.ask("open", **where)
    assert refused["code"] == "conflict", "it streams: that is no missing message"
    assert [record["status"] for record in ended] == ["stopped", "stopped"]
    assert snapshot["live"] == []
    assert said(upstream, "one") == [[("user", "first")]]


async def test_regenerating_keeps_the_earlier_answer_and_may_ask_another_model(
    divan: Divan, upstream: Upstream
) -> None:
    upstream.scenarios |= {"one": scenario(Say("1"), End()), "two": scenario(Say("2"), End())}
    async with wire(divan.socket_url) as page:
        ack = await turn(page, "a", lanes=[{"model": ONE}])
        again = await page.ask(
            "regenerate", conversation=ack["conversation"], message=ack["answers"][0], model=TWO
        )
        record = await page.answer(again["answers"][0])
        snapshot = await page.ask("open", conversation=ack["conversation"])
    answers = [r["id"] for r in snapshot["records"] if r.get("role") == "assistant"]
    assert (record["model"], record["parent"]) == (TWO, ack["message"])
    assert answers == [ack["answers"][0], again["answers"][0]]
    assert said(upstream, "two") == [[("user", "a")]]


async def test_a_key_is_in_a_header_and_nowhere_else(divan: Divan, upstream: Upstream) -> None:
    async with wire(divan.socket_url) as page:
        await turn(page, "a", lanes=[{"model": ONE}])
        events = str(page.events)
    chat = await upstream.next_chat()
    logs = "".join(path.read_text() for path in (divan.data_dir / "logs").iterdir())
    assert "sk-test-0123456789abcdef" in chat.headers["Authorization"]
    assert "sk-test" not in events + logs + divan.output() + chat.path + chat.query


async def test_a_model_brings_the_lanes_answers_together(divan: Divan, upstream: Upstream) -> None:
    upstream.scenarios |= {
        "one": scenario(Say("tea"), End()),
        "two": scenario(Say("coffee"), End()),
        "judge": scenario(Say("Both [1][2]."), End()),
    }
    async with wire(divan.socket_url) as page:
        ack = await turn(page, "which?", lanes=[{"model": ONE}, {"model": TWO}])
        made = await page.ask(
            "synthesize", conversation=ack["conversation"], message=ack["message"], model="openai/judge"
        )
        record = await page.answer(made["answers"][0])
        await turn(page, "next", conversation=ack["conversation"])
    (asked,) = said(upstream, "judge")
    assert "Question:\nwhich?" in asked[0][1]
    assert asked[0][1].endswith("[1] [openai/one]:\ntea\n\n[2] [openai/two]:\ncoffee")
    assert (record["synthesis"], record["parent"]) == ("merge", ack["message"])
    assert [source["message"] for source in record["sources"]] == ack["answers"]
    assert said(upstream, "one")[-1] == [("user", "which?"), ("assistant", "tea"), ("user", "next")]


async def test_what_was_made_of_answers_is_gone_on_with_and_made_again_of_them(
    divan: Divan, upstream: Upstream
) -> None:
    upstream.scenarios |= {
        "one": scenario(Say("tea"), End()),
        "two": scenario(Say("coffee"), End()),
        "judge": scenario(Say("Both"), End("length")),
        "other": scenario(Say("| [1] | [2] |"), End()),
    }
    async with wire(divan.socket_url) as page:
        ack = await turn(page, "which?", lanes=[{"model": ONE}, {"model": TWO}])
        where = {"conversation": ack["conversation"]}
        asked = {"message": ack["message"], "model": "openai/judge", "kind": "compare"}
        made = await page.ask("synthesize", **where, **asked)
        first = await page.answer(made["answers"][0])
        upstream.scenarios["judge"] = scenario(Say(" [1][2]."), End())
        more = await page.ask("continue", **where, message=first["id"])
        second = await page.answer(more["answers"][0])
        again = await page.ask("regenerate", **where, message=first["id"], model="openai/other")
        third = await page.answer(again["answers"][0])
    begun, gone_on = said(upstream, "judge")
    assert "in one Markdown table" in begun[0][1]
    assert gone_on[:2] == [*begun, ("assistant", "Both")]
    assert said(upstream, "other") == [begun]
    assert text_in(second) == "Both [1][2]."
    made_of = [[source["message"] for source in record["sources"]] for record in (first, second, third)]
    assert made_of == [ack["answers"]] * 3
    assert {record["synthesis"] for record in (first, second, third)} == {"compare"}
    assert {record["lane"] for record in (first, second, third)} == {first["lane"]}


async def test_retries_are_told_to_the_readers(divan: Divan, upstream: Upstream) -> None:
    upstream.scenarios |= {"one": SCENARIOS["broken"]}
    async with wire(divan.socket_url) as page:
        ack = await page.ask("send", conversation=None, text="go", lanes=[{"model": ONE}])
        record = await page.answer(ack["answers"][0])
    notes = [event for event in page.events if event["type"] == "note"]
    assert [note["values"]["attempt"] for note in notes] == [2, 3]
    assert {(note["code"], note["message"]) for note in notes} == {("retrying", ack["answers"][0])}
    assert all(note["text"] for note in notes)
    assert (record["status"], record["error"]["code"]) == ("failed", "server_error")
    assert len(upstream.chats()) == 3


async def test_an_answer_that_reached_its_length_can_be_continued(divan: Divan, upstream: Upstream) -> None:
    upstream.scenarios |= {"one": scenario(Say("The end is"), End("length"))}
    async with wire(divan.socket_url) as page:
        ack = await turn(page, "go", lanes=[{"model": ONE}])
        upstream.scenarios["one"] = scenario(Say(" near."), End())
        more = await page.ask("continue", conversation=ack["conversation"], message=ack["answers"][0])
        record = await page.answer(more["answers"][0])
    assert text_in(record) == "The end is near."
    assert said(upstream, "one")[-1][:2] == [("user", "go"), ("assistant", "The end is")]


async def test_a_call_while_tools_are_off_is_refused_in_the_answer_and_told_in_words(
    divan: Divan, upstream: Upstream
) -> None:
    call = Call("weather", {"city": "İzmir"})
    upstream.scenarios |= {
        "one": scenario(call, End("tool_calls", Counts(3, 2))),
        "two": scenario(Say("I shall look."), call, End("tool_calls", Counts(3, 2))),
    }
    async with wire(divan.socket_url) as page:
        ack = await page.ask("send", conversation=None, text="go", lanes=[{"model": ONE}, {"model": TWO}])
        alone, with_words = [await page.answer(answer) for answer in ack["answers"]]
    assert (alone["status"], alone["error"]["code"]) == ("failed", "bad_response")
    assert "weather" in alone["error"]["message"]
    assert "switched off" in alone["error"]["message"]
    assert [part["type"] for part in alone["parts"]] == ["tool_call", "tool_result"]
    assert (alone["parts"][1]["content"], alone["parts"][1]["is_error"]) == (TOOLS_OFF, True)
    assert alone["usage"]["output"] == 2
    assert with_words["status"] == "complete"
    assert [part["type"] for part in with_words["parts"]] == ["text", "tool_call", "tool_result"]
