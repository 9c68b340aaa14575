"""What of a client's messages is sent where they are more than the model reads, and it asked for that."""

from typing import Any

import pytest

from chat.doors.openai.requests import ChatCompletion, last_turns, request_of
from providers import registry
from providers.connectors.echo.connector import EchoConnector
from providers.types import Learned, ServerConfig

WORDS = "a word or two of it. " * 20
ASKED: list[dict[str, Any]] = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": f"first {WORDS}"},
    {"role": "assistant", "content": f"answer {WORDS}"},
    {"role": "user", "content": f"second {WORDS}"},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
    },
    {"role": "tool", "tool_call_id": "c1", "content": f"result {WORDS}"},
    {"role": "user", "content": "third"},
]


def sent(window: int | None, truncation: str = "auto", messages: list[dict[str, Any]] = ASKED) -> list[str]:
    server = ServerConfig("echo", "echo")
    target = registry.Target("echo/m", EchoConnector(server), server, "m", learned=Learned(window=window))
    asked = ChatCompletion.model_validate({"model": "echo/m", "messages": messages, "truncation": truncation})
    made = request_of(asked, target)
    assert made.system == "Be brief."
    return [
        str(getattr(part, "text", getattr(part, "content", ""))).partition(" ")[0] or "call"
        for message in made.messages
        for part in message.parts
    ]


@pytest.mark.parametrize(
    ("window", "kept"),
    [
        (None, ["first", "answer", "second", "call", "result", "third"]),
        (4000, ["first", "answer", "second", "call", "result", "third"]),
        (560, ["second", "call", "result", "third"]),
        (300, ["third"]),
        (40, ["third"]),
    ],
)
def test_the_oldest_turns_go_first_and_a_tools_result_stays_with_its_call(
    window: int | None, kept: list[str]
) -> None:
    assert sent(window) == kept


def test_a_client_that_did_not_ask_for_it_has_all_of_its_messages_sent() -> None:
    assert len(sent(300, "disabled")) == 6


def test_the_last_question_is_sent_with_what_follows_it_whatever_its_length() -> None:
    assert sent(100, messages=ASKED[:6]) == ["second", "call", "result"]
    assert sent(100, messages=[ASKED[0], ASKED[2]]) == ["answer"]
    assert sent(100, messages=ASKED[:1]) == []


def test_nothing_of_one_turn_is_left_out() -> None:
    asked = ChatCompletion.model_validate({"model": "m", "messages": ASKED[-1:]})
    server = ServerConfig("echo", "echo")
    made = request_of(asked, registry.Target("m", EchoConnector(server), server, "m"))
    assert last_turns(made, 0) == made.messages
