"""Calls as servers of OpenAI's kind write them badly: each is read as what it means, or as one that can be
told to be wrong, and the next round with it is one that strict servers accept."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import pytest

from providers.connectors.shared.tool_calls import CallPieces, settle_calls
from providers.types import Message, ToolCall, ToolCallDelta, ToolDefinition
from tests.providers.connectors.conftest import Connect
from tests.providers.connectors.hearing import Heard, asking, hear, user
from tests.providers.connectors.test_tool_rounds import answered, said
from tests.upstreams import Upstream
from tests.upstreams.script import End, Payload, Say, scenario

SUM = '{"a":1}'
TOOLS = (ToolDefinition("reckon", "Reckons", {"type": "object", "properties": {"a": {"type": "integer"}}}),)
Pieces = Sequence[Any]
"""Each the `tool_calls` of one delta."""


def piece(name: Any = "reckon", arguments: Any = SUM, **more: Any) -> dict[str, Any]:
    written = {"index": 0, "id": "c1", "type": "function", **more}
    return {**written, "function": {"name": name, "arguments": arguments}}


def bare(arguments: str, **more: Any) -> dict[str, Any]:
    return {"index": 0, "function": {"arguments": arguments}, **more}


def without(written: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in written.items() if name not in names}


OTHER = '{"a":2}'
READ: dict[str, tuple[Pieces, list[tuple[str, str]]]] = {
    "letter by letter": ([[piece(arguments="")], *([bare(one)] for one in SUM)], [("reckon", SUM)]),
    "the name with each piece": ([[piece(arguments=one)] for one in SUM], [("reckon", SUM)]),
    "null for what was said": (
        [[piece(arguments="")], *([piece(None, one, id=None, type=None)] for one in SUM)],
        [("reckon", SUM)],
    ),
    "no index": (
        [[without(piece(arguments=""), "index")], *([without(bare(one), "index")] for one in SUM)],
        [("reckon", SUM)],
    ),
    "the name in two pieces": (
        [[piece("rec", "")], [without(piece("kon", ""), "id")], [bare(SUM)]],
        [("reckon", SUM)],
    ),
    "the name in three pieces": (
        [[piece("re", "")], [without(piece("ck", ""), "id")], [without(piece("on", SUM), "id")]],
        [("reckon", SUM)],
    ),
    "pieces that are no name": (
        [[piece("a", "")], [without(piece("b", SUM), "id")]],
        [("a", "{}"), ("b", SUM)],
    ),
    "the id late": ([[without(piece(arguments=""), "id")], [bare(SUM, id="late")]], [("reckon", SUM)]),
    "two in turns": (
        [
            [piece(arguments=""), piece(arguments="", id="c2", index=1)],
            *([bare(one), bare(two, index=1)] for one, two in zip(SUM, OTHER, strict=True)),
        ],
        [("reckon", SUM), ("reckon", OTHER)],
    ),
    "two of one index": ([[piece(), piece(arguments=OTHER, id="c2")]], [("reckon", SUM), ("reckon", OTHER)]),
    "two without an index": (
        [[without(piece(), "index"), without(piece(arguments=OTHER, id="c2"), "index")]],
        [("reckon", SUM), ("reckon", OTHER)],
    ),
    "two of one id": (
        [[piece(), piece(arguments=OTHER, index=1)]],
        [("reckon", SUM), ("reckon", OTHER)],
    ),
    "two without ids": (
        [[without(piece(), "id"), without(piece(arguments=OTHER, index=1), "id")]],
        [("reckon", SUM), ("reckon", OTHER)],
    ),
    "the same twice": ([[piece(), piece(id="c2", index=1)]], [("reckon", SUM), ("reckon", SUM)]),
    "indexes with gaps": (
        [[piece(index=7), piece(arguments=OTHER, id="c2", index=3)]],
        [("reckon", OTHER), ("reckon", SUM)],
    ),
    "an index below nought": ([[piece(index=-1)]], [("reckon", SUM)]),
    "an index that is text": ([[piece(index="0")]], [("reckon", SUM)]),
    "a vast index": ([[piece(index=10**9)]], [("reckon", SUM)]),
    "an object for arguments": ([[piece(arguments={"a": 1})]], [("reckon", SUM)]),
    "a list for arguments": ([[piece(arguments=[1])]], [("reckon", "[1]")]),
    "null for arguments": ([[piece(arguments=None)]], [("reckon", "{}")]),
    "no function": ([[{"index": 0, "id": "c1"}]], [("", "{}")]),
    "null for a function": ([[{"index": 0, "id": "c1", "function": None}]], [("", "{}")]),
    "a text for a function": ([[{"index": 0, "id": "c1", "function": "reckon"}]], [("", "{}")]),
    "a number for a name": ([[piece(7)]], [("", SUM)]),
    "an object for the list": ([piece()], [("reckon", SUM)]),
    "a list of what is no call": ([["reckon", 5, None, piece()]], [("reckon", SUM)]),
    "another type": ([[piece(type="custom")]], [("reckon", SUM)]),
    "a number for an id": ([[piece(id=7)]], [("reckon", SUM)]),
    "a prefix": ([[piece("functions.reckon")]], [("reckon", SUM)]),
    "blanks": ([[piece(" reckon\n")]], [("reckon", SUM)]),
}


@pytest.mark.parametrize("case", READ)
async def test_a_badly_written_call_is_read_as_what_it_means(
    case: str, upstream: Upstream, connect: Connect
) -> None:
    pieces, meant = READ[case]
    deltas = [
        Payload(orjson.dumps({"choices": [{"index": 0, "delta": {"tool_calls": one}}]})) for one in pieces
    ]
    upstream.play(scenario(*deltas, End("tool_calls")))
    heard = await hear(connect("openai"), asking("test-model", tools=TOOLS))
    assert heard.error is None
    assert [(call.name, call.arguments) for call in heard.calls] == meant
    ids = [call.id for call in heard.calls]
    assert len(set(ids)) == len(ids)
    assert all(ids)


ARGUMENTS = {
    "cut off": '{"a": ',
    "words": "not JSON",
    "a list": "[1]",
    "a text": '"a"',
    "null": "null",
    "nothing": "",
    "more behind": '{"a":1} and so on',
    "twice": '{"a":1}{"a":2}',
    "no number": '{"a":NaN}',
    "single quotes": "{'a':1}",
    "a fence": '```json\n{"a":1}\n```',
    "half a pair": '{"a":"\\ud800"}',
    "a mark of byte order": '\ufeff{"a":1}',
    "too deep": '{"a":' + "[" * 20_000 + "]" * 20_000 + "}",
    "a long number": '{"a":' + "9" * 5_000 + "}",
}
NAMES = ["", "nobody", "bad name!", "a\nb", "x" * 300, "hesapla\u202e", "__proto__", "0"]
IDS = ["", "a b/ü\n", "i" * 500, "c1"]


@pytest.mark.parametrize("name", ["anthropic", "gemini", "hf", "ollama", "openai"])
@pytest.mark.parametrize(
    "call",
    [
        *(
            pytest.param(ToolCall("c1", "reckon", text), id=f"arguments {case}")
            for case, text in ARGUMENTS.items()
        ),
        *(pytest.param(ToolCall("c1", called, SUM), id=f"name {ascii(called)[:20]}") for called in NAMES),
        *(pytest.param(ToolCall(given, "reckon", SUM), id=f"id {ascii(given)[:20]}") for given in IDS),
    ],
)
async def test_the_round_after_a_bad_call_is_accepted_by_strict_servers(
    call: ToolCall, name: str, upstream: Upstream, connect: Connect
) -> None:
    upstream.strict = True
    upstream.play(scenario(Say("Yes."), End()))
    (settled,) = settle_calls([call], TOOLS)
    wire = upstream.wires[name]
    heard = await hear(connect(wire), asking(wire.model, user("Reckon."), *rounds_of(settled), tools=TOOLS))
    assert heard.error is None
    assert len(upstream.chats()) == 1, "nothing was refused and asked again"


def rounds_of(call: ToolCall) -> tuple[Message, Message]:
    """The answer with the call, and what it is told of it."""
    heard = Heard(events=[ToolCallDelta(call)])
    return said(heard), answered(heard, is_error=True)


def test_no_more_calls_of_an_answer_are_read_than_may_be_made() -> None:
    pieces = CallPieces()
    for number in range(5_000):
        pieces.add([piece(id=f"c{number}", index=number)])
    assert len(pieces.calls()) == 256
