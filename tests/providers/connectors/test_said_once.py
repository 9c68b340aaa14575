"""An answer that a server gives in pieces and again as a whole is said once; what a model repeats is kept."""

from typing import Any

import orjson
import pytest

from tests.providers.connectors.conftest import Connect
from tests.providers.connectors.hearing import asking, hear
from tests.upstreams import Upstream
from tests.upstreams.script import End, Payload, Say, Step, scenario

WHOLE = "Yanıt 42."


def choice(**fields: Any) -> Payload:
    return Payload(orjson.dumps({"choices": [{"index": 0, **fields}]}))


def message(content: Any = WHOLE, **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": content, **more}


def completion(content: Any = WHOLE, finish: str | None = "stop") -> Payload:
    body = {"object": "chat.completion", "choices": [{"message": message(content), "finish_reason": finish}]}
    return Payload(orjson.dumps(body))


PIECES = (Say("Yanıt "), Say("42."))
OPENAI_AGAIN: dict[str, tuple[Step, ...]] = {
    "a message beside an empty delta": (choice(delta={}, message=message(), finish_reason="stop"),),
    "a message beside a null delta": (choice(delta=None, message=message(), finish_reason="stop"),),
    "a message instead of a delta": (choice(message=message(), finish_reason="stop"),),
    "a message in parts": (choice(message=message([{"type": "text", "text": WHOLE}]), finish_reason="stop"),),
    "a message as text": (choice(delta={}, message=WHOLE, finish_reason="stop"),),
    "a text": (choice(delta={}, text=WHOLE, finish_reason="stop"),),
    "a last delta": (choice(delta={"content": WHOLE}, finish_reason="stop"),),
    "a last delta with a role": (
        choice(delta={"role": "assistant", "content": WHOLE}, finish_reason="stop"),
    ),
    "a whole object": (completion(),),
    "a whole object after the end": (End(), completion()),
    "a message that grows beside each delta": (
        choice(delta={"content": ""}, message=message("Yanıt 42")),
        choice(delta={}, message=message(), finish_reason="stop"),
    ),
    "another version of it": (choice(delta={}, message=message("Yanıt: 42 [1]"), finish_reason="stop"),),
}


@pytest.mark.parametrize("case", OPENAI_AGAIN)
@pytest.mark.parametrize("name", ["openai", "hf"])
async def test_a_whole_answer_after_its_pieces_is_not_said_again(
    case: str, name: str, upstream: Upstream, connect: Connect
) -> None:
    for pieces in (PIECES, (Say(WHOLE),), tuple(map(Say, WHOLE))):
        upstream.play(scenario(*pieces, *OPENAI_AGAIN[case]))
        heard = await hear(connect(name), asking("m"))
        assert heard.text == WHOLE
        assert heard.done is not None
        assert heard.done.finish == "stop"


@pytest.mark.parametrize("name", ["openai", "hf"])
async def test_what_only_the_whole_answer_holds_is_taken_from_it(
    name: str, upstream: Upstream, connect: Connect
) -> None:
    calls = [{"id": "a", "function": {"name": "f", "arguments": "{}"}}]
    last = message(f"{WHOLE} Sonra.", reasoning_content="Hm.", tool_calls=calls)
    upstream.play(scenario(*PIECES, choice(delta={}, message=last, finish_reason="stop")))
    heard = await hear(connect(name), asking("m"))
    assert (heard.reasoning, heard.text) == ("Hm.", f"{WHOLE} Sonra.")
    assert [(call.name, call.arguments) for call in heard.calls] == [("f", "{}")]


@pytest.mark.parametrize("name", ["openai", "hf"])
async def test_thoughts_and_calls_are_not_told_again_either(
    name: str, upstream: Upstream, connect: Connect
) -> None:
    calls = [{"index": 0, "id": "a", "function": {"name": "f", "arguments": '{"x": 1}'}}]
    first = choice(delta={"reasoning_content": "Hm. Ja.", "tool_calls": calls})
    last = message(None, reasoning_content="Hm. Ja.", tool_calls=calls)
    upstream.play(scenario(first, choice(delta={}, message=last, finish_reason="tool_calls")))
    heard = await hear(connect(name), asking("m"))
    assert heard.reasoning == "Hm. Ja."
    assert [(call.name, call.arguments) for call in heard.calls] == [("f", '{"x": 1}')]


async def test_a_server_that_calls_its_pieces_messages_or_texts_is_read(
    upstream: Upstream, connect: Connect
) -> None:
    for field in ("message", "text"):
        pieces = [
            choice(delta={}, **{field: message(p) if field == "message" else p}) for p in ("Yanıt ", "42.")
        ]
        upstream.play(scenario(*pieces, End()))
        assert (await hear(connect("openai"), asking("m"))).text == WHOLE


async def test_other_services_repeat_themselves_in_vain(upstream: Upstream, connect: Connect) -> None:
    again: dict[str, dict[str, Any]] = {
        "ollama": {"message": message(), "done": True, "done_reason": "stop"},
        "gemini": {"candidates": [{"content": {"parts": [{"text": WHOLE}]}, "finishReason": "STOP"}]},
        "anthropic": {
            "type": "message",
            "content": [{"type": "text", "text": WHOLE}],
            "stop_reason": "end_turn",
        },
    }
    for name, last in again.items():
        for pieces in (PIECES, (Say(WHOLE),)):
            upstream.play(scenario(*pieces, Payload(orjson.dumps(last))))
            heard = await hear(connect(name), asking("m"))
            assert (heard.text, heard.error) == (WHOLE, None)


REPEATED: dict[str, tuple[list[str], str | None]] = {
    "a sentence": (["Hayır. ", "Hayır. "], None),
    "a line": (["I will not.\n", "I will not.\n"], None),
    "a long paragraph": (["All work and no play.", "All work and no play."], None),
    "a word": (["ha", "ha", "ha"], None),
    "a last word": (["ha"], "ha"),
    "a last sentence": (["I will not. "], "I will not. "),
    "a last sentence after a blank": (["I will not."], " I will not."),
    "a last number": (["42"], "42"),
}


@pytest.mark.parametrize("case", REPEATED)
@pytest.mark.parametrize("name", ["openai", "hf"])
async def test_what_a_model_says_twice_is_kept(
    case: str, name: str, upstream: Upstream, connect: Connect
) -> None:
    pieces, last = REPEATED[case]
    end = End() if last is None else choice(delta={"content": last}, finish_reason="stop")
    upstream.play(scenario(*map(Say, pieces), end))
    assert (await hear(connect(name), asking("m"))).text == "".join(pieces) + (last or "")
