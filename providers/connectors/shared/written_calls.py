"""The forms in which models write a call into their text: JSON, tags, and Python."""

import ast
import json
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.json_text import dump_loose_json
from providers.connectors.shared.tool_calls import offered_name
from providers.connectors.shared.values import first_text, mapping_from
from providers.types import ToolCall, ToolDefinition

_NAMES = ("name", "tool_name", "tool", "function", "function_name")
_ARGUMENTS = ("arguments", "parameters", "args", "input", "tool_input")
_BARE = tuple(
    f'{bracket}{{"{name}":' for bracket in ("", "[") for name in (*_NAMES, "type", "arguments", "parameters")
)
_LONGEST_PYTHON = 20_000
_BETWEEN = " \t\r\n,;"

_MISTRAL = re.compile(
    r"(?:\[TOOL_CALLS\])?\s*(?P<name>[\w.:-]{1,64})(?:\[CALL_ID\]\w{1,64})?(?:\[ARGS\])?\s*(?=\{)",
    re.IGNORECASE,
)
_TAGGED = re.compile(r"<function=(?P<name>[^>\s]{1,64})>(?P<body>.*?)(?:</function>|$)", re.DOTALL)
_PARAMETER = re.compile(
    r"<parameter=(?P<key>[^>\s]{1,64})>\n?(?P<value>.*?)\n?(?:</parameter>|(?=<parameter=)|$)", re.DOTALL
)
_GLM = re.compile(r"\s*(?P<name>[\w.:-]{1,64})\s*(?=<arg_key>)")
_SECTIONED = re.compile(
    r"(?:<｜tool▁call▁begin｜>|<\|tool_call_begin\|>)\s{0,4}(?:function\s{0,4}<｜tool▁sep｜>\s{0,4})?"
    r"(?P<name>[\w.:-]{1,64}) {0,4}(?:<｜tool▁sep｜>|<\|tool_call_argument_begin\|>|\n)\s{0,4}"
    r"(?:```(?:json)?\s{0,4})?(?=\{)"
)
_MALFORMED = re.compile(
    r'"(?:name|tool_name|function)"\s*:\s*"(?P<name>[^"]{1,64})"'
    r'(?:.{0,40}?"(?:arguments|parameters|args|input)"\s*:\s*(?P<arguments>.*))?',
    re.DOTALL,
)
_DECODER = json.JSONDecoder(strict=False)


def may_be_bare_call(text: str) -> bool | None:
    """Whether an answer that begins so may be a call without any mark around it; None: too little is said."""
    begun = "".join(text[:200].split())
    if any(begun.startswith(form) for form in _BARE):
        return True
    return None if any(form.startswith(begun) for form in _BARE) else False


def calls_in(text: str, tools: Sequence[ToolDefinition], *, marked: bool) -> list[ToolCall]:
    """The calls that a text consists of, without ids; none where it is something else. Where no mark stands
    around it, it has to be the JSON of calls of tools that were offered. Of what is malformed the name is
    enough, so that its model hears of it."""
    body = text.strip().removeprefix("```json").removeprefix("```").removesuffix("```").strip()
    offered = {tool.name for tool in tools}
    calls = [*_json_calls(body)]
    if not marked:
        return calls if calls and all(offered_name(call.name, tools) in offered for call in calls) else []
    for read in (_tagged_calls, _glm_calls, _sectioned_calls, _mistral_calls, _python_calls):
        calls = calls or [*read(body, tools)]
    if not calls and (found := _MALFORMED.search(body)) and offered_name(found["name"], tools) in offered:
        calls = [ToolCall("", found["name"], (found["arguments"] or body).strip())]
    return calls


def _json_calls(body: str) -> Iterator[ToolCall]:
    """One value after the other, or a list of them; nothing where any of it is no call."""
    made: list[ToolCall] = []
    while body:
        try:
            value, end = _DECODER.raw_decode(body)
        except (ValueError, RecursionError):
            return
        for row in value if isinstance(value, list) else [value]:
            call = _call_of(row)
            if call is None:
                return
            made.append(call)
        body = body[end:].lstrip(_BETWEEN)
    yield from made


def _call_of(value: Any) -> ToolCall | None:
    row = mapping_from(value)
    inner = mapping_from(row.get("function")) or row
    name = first_text(inner, _NAMES)
    given = [inner[key] for key in _ARGUMENTS if key in inner]
    if not name or (given and not isinstance(given[0], Mapping | str)):
        return None
    return ToolCall("", name, _arguments(given[0] if given else {}))


def _arguments(value: Any) -> str:
    return value.strip() or "{}" if isinstance(value, str) else dump_loose_json(value).decode()


def _tagged_calls(body: str, tools: Sequence[ToolDefinition]) -> Iterator[ToolCall]:
    for found in _TAGGED.finditer(body):
        pairs = [(pair["key"], pair["value"]) for pair in _PARAMETER.finditer(found["body"])]
        inside = found["body"].strip()
        arguments = inside if inside and not pairs else _typed(pairs, found["name"], tools)
        yield ToolCall("", found["name"], arguments)


def _glm_calls(body: str, tools: Sequence[ToolDefinition]) -> Iterator[ToolCall]:
    if found := _GLM.match(body):
        pairs = [_glm_pair(piece) for piece in body.split("<arg_key>")[1:]]
        yield ToolCall("", found["name"], _typed(pairs, found["name"], tools))


def _glm_pair(piece: str) -> tuple[str, str]:
    key, _, rest = piece.partition("</arg_key>")
    value = rest.partition("<arg_value>")[2].partition("</arg_value>")[0]
    return key.strip(), value.strip()


def _typed(pairs: Sequence[tuple[str, str]], name: str, tools: Sequence[ToolDefinition]) -> str:
    """Tags hold texts alone: what the schema does not call one is read as JSON."""
    own = offered_name(name, tools)
    schema = next((tool.parameters for tool in tools if tool.name == own), {})
    properties = mapping_from(schema.get("properties"))
    made: dict[str, Any] = {}
    for key, value in pairs:
        made[key] = value
        if mapping_from(properties.get(key)).get("type") != "string":
            try:
                made[key] = json.loads(value)
            except (ValueError, RecursionError):
                continue
    return dump_loose_json(made).decode()


def _sectioned_calls(body: str, tools: Sequence[ToolDefinition]) -> Iterator[ToolCall]:
    yield from _named_objects(_SECTIONED, body)


def _mistral_calls(body: str, tools: Sequence[ToolDefinition]) -> Iterator[ToolCall]:
    if _MISTRAL.match(body):
        yield from _named_objects(_MISTRAL, body)


def _named_objects(pattern: re.Pattern[str], body: str) -> Iterator[ToolCall]:
    """A name and then the JSON of an object, several times."""
    at = 0
    while found := pattern.search(body, at):
        try:
            value, at = _DECODER.raw_decode(body, found.end())
            arguments = dump_loose_json(value).decode()
        except (ValueError, RecursionError):
            arguments, at = body[found.end() :].strip(), len(body)
        # Kimi numbers its calls after the name.
        yield ToolCall("", re.sub(r":\d+$", "", found["name"]), arguments)


def _python_calls(body: str, tools: Sequence[ToolDefinition]) -> Iterator[ToolCall]:
    """`name(key="value")` or `name.call(…)`, as Llama writes them, one or a list."""
    if len(body) > _LONGEST_PYTHON:
        return
    try:
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(body, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in tree.elts if isinstance(tree, ast.List | ast.Tuple) else [tree]:
        if not isinstance(node, ast.Call) or node.args:
            return
        function = node.func
        if isinstance(function, ast.Attribute) and function.attr == "call":
            function = function.value
        try:
            given = {key.arg: ast.literal_eval(key.value) for key in node.keywords if key.arg}
            yield ToolCall("", ast.unparse(function), dump_loose_json(given).decode())
        except (ValueError, TypeError):
            return
