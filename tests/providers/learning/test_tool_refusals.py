"""One refused schema sets one tool aside, and the answer goes on without it."""

from typing import Any

import orjson
import pytest

from providers.learning import memory
from providers.learning.refusals import facts_in
from providers.learning.tool_refusals import SET_ASIDE, fingerprint_of, is_plain
from providers.types import (
    ChatRequest,
    Message,
    Params,
    ServerConfig,
    Text,
    ToolCall,
    ToolDefinition,
    ToolResult,
)
from providers.wire.failures import http_failure
from tests.providers.connectors.conftest import Connect
from tests.providers.connectors.hearing import asking, hear, model, user
from tests.upstreams import Upstream
from tests.upstreams.script import HELLO, PLAIN, refusal
from tests.upstreams.wire import Wire

SERVER = ServerConfig("s", "openai", "http://s.test")
GOOD = {"type": "object", "properties": {"a": {"type": "string"}}}
ODD = {"type": "object", "properties": {"a": {"anyOf": [{"type": "string"}, {"type": "integer"}]}}}
TOOLS = (
    ToolDefinition("search", "", GOOD),
    ToolDefinition("read_page", "", GOOD),
    ToolDefinition("files__write", "", ODD),
    ToolDefinition("calculate", "", GOOD),
)
SENT = ChatRequest("m", [Message("user", (Text("Hi"),))], params=Params(temperature=0.5), tools=TOOLS)


def error(message: str, **more: Any) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", **more}}


GOOGLE = "* GenerateContentRequest.tools[0].function_declarations[3].parameters.items: missing field."
NAMED: list[tuple[Any, set[str]]] = [
    (error("Invalid schema for function 'read_page': In context=('properties', 'a')"), {"read_page"}),
    (
        error(
            "Invalid schema for function 'files__write': schema must not have 'anyOf' at the top level.",
            param="tools[2].function.parameters",
            code="invalid_function_parameters",
        ),
        {"files__write"},
    ),
    (error("Invalid schema for tool calculate: not an object", param="tools"), {"calculate"}),
    (error("Invalid 'tools[1].function.name': string does not match pattern."), {"read_page"}),
    (error("tools.2.custom.input_schema: JSON schema is invalid."), {"files__write"}),
    (error("tools.0.custom.input_schema: x\ntools.3.custom.input_schema: y"), {"search", "calculate"}),
    ({"error": {"code": 400, "message": GOOGLE, "status": "INVALID_ARGUMENT"}}, {"calculate"}),
    (
        {
            "error": {
                "code": 400,
                "status": "INVALID_ARGUMENT",
                "message": "Invalid JSON payload received.",
                "details": [
                    {
                        "fieldViolations": [
                            {
                                "field": "tools[0].function_declarations[1].parameters",
                                "description": 'Unknown name "const": Cannot find field.',
                            }
                        ]
                    }
                ],
            }
        },
        {"read_page"},
    ),
    (
        {
            "detail": [
                {"loc": ["body", "tools", 1, "function", "parameters"], "msg": "Input should be an object"}
            ]
        },
        {"read_page"},
    ),
    (
        {"error": "invalid tool schema for files__write: json: cannot unmarshal array into Go struct field"},
        {"files__write"},
    ),
    (error("The tool “search” has an invalid input_schema."), {"search"}),
    (error("Function declaration `read_page`: parameters schema should be of type OBJECT."), {"read_page"}),
]
UNNAMED = [
    error("JSON schema conversion failed: Unrecognized schema: {}"),
    error("failed to parse grammar"),
    {"error": "json: cannot unmarshal array into Go struct field .tools.function.parameters.type"},
    error("Invalid tool definitions"),
    error("Bad request: $ref is not supported"),
]
NOT_OF_TOOLS = [
    error("temperature is not supported"),
    error("The prompt is malformed"),
    error("m does not support tools"),
    error("Function calling is not enabled for models/m"),
    error("messages[2].tool_calls[1].id: search the documentation"),
]


def names_in(body: Any, sent: ChatRequest = SENT) -> set[str]:
    facts = facts_in(http_failure(SERVER, 400, orjson.dumps(body)), sent)
    marks = {f"{SET_ASIDE}{fingerprint_of(tool)}": tool.name for tool in sent.tools}
    return {marks[fact.field] for fact in facts if fact.field in marks}


@pytest.mark.parametrize(
    ("body", "named"), NAMED, ids=lambda value: str(sorted(value) if isinstance(value, set) else value)[:80]
)
def test_a_refusal_names_the_tool_or_tells_its_place(body: Any, named: set[str]) -> None:
    assert names_in(body) == named


@pytest.mark.parametrize("body", UNNAMED, ids=lambda value: str(value)[:80])
def test_where_no_tool_is_named_the_odd_ones_are_set_aside_and_then_all(body: Any) -> None:
    assert names_in(body) == {"files__write"}
    plain = tuple(tool for tool in TOOLS if is_plain(tool.parameters))
    left = ChatRequest("m", SENT.messages, tools=plain)
    assert names_in(body, left) == {tool.name for tool in plain}


@pytest.mark.parametrize("body", NOT_OF_TOOLS, ids=lambda value: str(value)[:80])
def test_other_refusals_set_no_tool_aside(body: Any) -> None:
    assert names_in(body) == set()


def complaint(wire: Wire) -> str:
    texts = {"gemini": GOOGLE, "anthropic": "tools.3.custom.input_schema: JSON schema is invalid"}
    return texts.get(wire.name, "Invalid schema for function 'calculate': no")


async def test_the_refused_tool_is_set_aside_now_and_from_then_on(
    wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    connector, request = connect(wire), asking(wire.model, tools=TOOLS)
    upstream.play(refusal(400, wire.error_body(400, complaint(wire))), PLAIN)
    first, second = await hear(connector, request), await hear(connector, request)
    assert (first.text, second.text) == (HELLO, HELLO)
    bodies = [orjson.dumps(chat.body).decode() for chat in upstream.chats()]
    assert ["calculate" in body for body in bodies] == [True, False, False]
    assert all("files__write" in body for body in bodies)
    for heard in (first, second):
        assert [(note.code, note.values["tools"]) for note in heard.notices] == [
            ("tools_set_aside", "calculate")
        ]


async def test_a_tool_with_another_schema_or_for_another_model_is_offered_again(
    upstream: Upstream, connect: Connect
) -> None:
    wire, connector = upstream.wires["openai"], connect("openai")
    upstream.play(refusal(400, wire.error_body(400, complaint(wire))), PLAIN)
    await hear(connector, asking("one", tools=TOOLS))
    mended = (*TOOLS[:3], ToolDefinition("calculate", "", ODD))
    for request in (asking("one", tools=mended), asking("two", tools=TOOLS)):
        heard = await hear(connector, request)
        assert heard.notices == []
        assert "calculate" in str(upstream.chats()[-1].body)


async def test_a_guess_that_was_wrong_is_not_remembered(upstream: Upstream, connect: Connect) -> None:
    upstream.play(refusal(400, {"error": {"message": "failed to parse grammar"}}))
    heard = await hear(connect("openai"), asking("m", tools=TOOLS))
    assert heard.code == "invalid"
    sent = [len(chat.body.get("tools", ())) for chat in upstream.chats()]
    assert sent == [4, 3, 0]
    assert memory.learned_of("openai", "m").refused == frozenset()


async def test_a_choice_of_a_tool_that_was_set_aside_is_left_to_the_model(
    upstream: Upstream, connect: Connect
) -> None:
    wire = upstream.wires["openai"]
    upstream.play(refusal(400, wire.error_body(400, complaint(wire))), PLAIN)
    request = ChatRequest("m", SENT.messages, tools=TOOLS, tool_choice=":calculate")
    assert (await hear(connect("openai"), request)).text == HELLO
    assert "tool_choice" not in upstream.chats()[-1].body


async def test_a_model_that_knows_no_tools_is_told_in_words_what_they_gave(
    one_wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    upstream.play(refusal(400, one_wire.error_body(400, "m does not support tools")), PLAIN)
    call = model(ToolCall("c1", "search", '{"a":"tea"}'))
    request = asking(
        one_wire.model, "Hi", call, user(ToolResult("c1", "search", "Green.")), "So?", tools=TOOLS
    )
    heard = await hear(connect(one_wire), request)
    assert (heard.text, [note.values["fields"] for note in heard.notices]) == (HELLO, ["tools"])
    body = orjson.dumps(upstream.chats()[-1].body).decode()
    assert "Green." in body
    marks = ("tool_call", "tool_use_id", "functionCall", "functionResponse", '"tools"', '"role":"tool"')
    assert [mark for mark in marks if mark in body] == []


async def test_what_the_first_round_of_an_answer_has_told_its_later_ones_do_not(
    wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    connector = connect(wire)
    upstream.play(refusal(400, wire.error_body(400, complaint(wire))), PLAIN)
    first = await hear(connector, asking(wire.model, tools=TOOLS))
    call = model(ToolCall("c1", "search", '{"a":"tea"}'))
    result = user(ToolResult("c1", "search", "Green."))
    later = await hear(connector, asking(wire.model, "Hi", call, result, tools=TOOLS))
    following = await hear(connector, asking(wire.model, "Hi", call, result, "And?", tools=TOOLS))
    assert [[note.code for note in heard.notices] for heard in (first, later, following)] == [
        ["tools_set_aside"],
        [],
        ["tools_set_aside"],
    ]
