"""What an answer said and did, as its model is told of it."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chat.engine.answers.answer_messages import (
    has_calls,
    messages_of,
    shorten_results,
    tokens_of,
    words_of,
    write_calls_as_text,
)
from core.text.data_fences import fence_data
from providers.types import Message, Reasoning, Text, ToolCall, ToolResult


def text(said: str) -> Any:
    return {"type": "text", "text": said}


def call(id: str, **more: Any) -> Any:  # noqa: A002 (as the part calls it)
    return {"type": "tool_call", "id": id, "name": "look", "arguments": "{}", **more}


def result(id: str, content: str = "seen") -> Any:  # noqa: A002 (as the part calls it)
    return {"type": "tool_result", "id": id, "name": "look", "content": content, "is_error": False}


PARTS = st.lists(
    st.one_of(
        st.builds(text, st.text(max_size=5)),
        st.builds(call, st.sampled_from(["c1", "c2", "c3"])),
        st.builds(result, st.sampled_from(["c1", "c2", "c3", "c4"])),
        st.just({"type": "reasoning", "text": "hm"}),
        st.just({"type": "reasoning", "text": "", "signature": "s"}),
    ),
    max_size=12,
)


def test_rounds_are_told_in_their_order_with_what_was_signed() -> None:
    parts = [
        {"type": "reasoning", "text": "hm", "signature": "r1"},
        text("Looking."),
        call("c1", signature="s1"),
        call("c2"),
        result("c1"),
        result("c2", "more"),
        {"type": "reasoning", "text": "unsigned"},
        text("Done."),
    ]
    gave = (
        ToolResult("c1", "look", fence_data("seen")),
        ToolResult("c2", "look", fence_data("more")),
    )
    assert messages_of(parts) == [
        Message(
            "assistant",
            (
                Reasoning("hm", "r1"),
                Text("Looking."),
                ToolCall("c1", "look", "{}", "s1"),
                ToolCall("c2", "look", "{}"),
            ),
        ),
        Message("user", gave),
        Message("assistant", (Text("Done."),)),
    ]
    assert messages_of(parts, unsigned=True)[-1].parts[0] == Reasoning("unsigned", None)


def test_a_call_without_a_result_is_not_told() -> None:
    assert messages_of([text("a"), call("c1")]) == [Message("assistant", (Text("a"),))]


def test_in_words_the_results_are_the_assistants_and_the_next_question_stays_a_persons() -> None:
    question = Message("user", (Text("And?"),))
    told = write_calls_as_text([*messages_of([call("c1"), result("c1"), text("So.")]), question])
    assert [message.role for message in told] == ["assistant", "user"]
    said = "".join(part.text for part in told[0].parts if isinstance(part, Text))
    assert "[Called the tool look with {}]" in said
    assert fence_data("seen") in said
    assert said.endswith("So.")


@given(PARTS)
def test_whatever_an_answer_holds_each_call_that_is_told_has_its_result(parts: Any) -> None:
    messages = messages_of(parts)
    calls = {part.id for one in messages for part in one.parts if isinstance(part, ToolCall)}
    results = {part.id for one in messages for part in one.parts if isinstance(part, ToolResult)}
    assert calls == results
    assert all(message.parts for message in messages)
    assert not has_calls(write_calls_as_text(messages))
    words_of(parts, most=10)


@given(PARTS, st.integers(0, 400))
def test_shortened_results_stay_with_their_calls(parts: Any, tokens: int) -> None:
    messages = messages_of([*parts, call("long"), result("long", "word " * 2000)])
    shorter = shorten_results(messages, tokens)
    assert [message.role for message in shorter] == [message.role for message in messages]
    assert tokens_of(shorter) < tokens_of(messages)
