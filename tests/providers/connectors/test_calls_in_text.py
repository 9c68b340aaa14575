"""Calls that small models write into their text are calls where tools were offered, and text elsewhere."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.connectors.shared.calls_in_text import LONGEST_CALL, MARKS, MOST_CALLS, TextReader
from providers.streaming import ALIVE
from providers.types import ToolDefinition
from tests.providers.connectors.conftest import Connect
from tests.providers.connectors.hearing import asking, hear
from tests.upstreams import Upstream
from tests.upstreams.script import Call, End, Fail, Say, scenario

PROPERTIES = {"city": {"type": "string"}, "days": {"type": "integer"}, "hours": {"type": "array"}}
WEATHER = ToolDefinition("weather", "", {"type": "object", "properties": PROPERTIES})
TIME = ToolDefinition("get_time", "", {"type": "object", "properties": {"zone": {"type": "string"}}})
TOOLS = (WEATHER, TIME)
IZMIR = ("weather", {"city": "İzmir", "days": 2})
JSON = '{"name": "weather", "arguments": {"city": "İzmir", "days": 2}}'
NOON = ("get_time", {"zone": "Europe/Istanbul"})
JSON_TIME = '{"name": "get_time", "arguments": {"zone": "Europe/Istanbul"}}'

ONE = {
    "Hermes, Qwen": f"<tool_call>\n{JSON}\n</tool_call>",
    "not closed": f"<tool_call>{JSON}",
    "in capitals": f"<TOOL_CALL>{JSON}</TOOL_CALL>",
    "in a fence": f"<tool_call>\n```json\n{JSON}\n```\n</tool_call>",
    "arguments as text": '<tool_call>{"name": "weather", "arguments": '
    '"{\\"city\\": \\"İzmir\\", \\"days\\": 2}"}</tool_call>',
    "in OpenAI's form": '<tool_call>{"type": "function", "function": {"name": "weather", "arguments": '
    '{"city": "İzmir", "days": 2}}}</tool_call>',
    "function_call": f"<function_call>{JSON}</function_call>",
    "Mistral": f"[TOOL_CALLS][{JSON}]",
    "Mistral, its end told": f"[TOOL_CALLS] [{JSON}]</s>",
    "Mistral of today": '[TOOL_CALLS]weather[ARGS]{"city": "İzmir", "days": 2}',
    "Mistral with an id": '[TOOL_CALLS]weather[CALL_ID]abcdefghi[ARGS]{"city": "İzmir", "days": 2}',
    "Mistral without ARGS": '[TOOL_CALLS]weather{"city": "İzmir", "days": 2}',
    "Llama": '<|python_tag|>{"type": "function", "name": "weather", "parameters": '
    '{"city": "İzmir", "days": 2}}<|eom_id|>',
    "Llama in Python": '<|python_tag|>weather.call(city="İzmir", days=2)',
    "Llama in a list": '<|python_tag|>[weather(city="İzmir", days=2)]<|eot_id|>',
    "Llama 3.1": '<function=weather>{"city": "İzmir", "days": 2}</function>',
    "Qwen coder": "<tool_call>\n<function=weather>\n<parameter=city>\nİzmir\n</parameter>\n<parameter=days>\n"
    "2\n</parameter>\n</function>\n</tool_call>",
    "GLM": "<tool_call>weather\n<arg_key>city</arg_key>\n<arg_value>İzmir</arg_value>\n"
    "<arg_key>days</arg_key>\n<arg_value>2</arg_value>\n</tool_call>",
    "Granite": f"<|tool_call|>[{JSON}]",
    "DeepSeek": "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>weather\n```json\n"
    '{"city": "İzmir", "days": 2}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
    "Kimi": "<|tool_calls_section_begin|><|tool_call_begin|>functions.weather:0<|tool_call_argument_begin|>"
    '{"city": "İzmir", "days": 2}<|tool_call_end|><|tool_calls_section_end|>',
    "no mark": JSON,
    "no mark, Llama 3.2": '{"name": "weather", "parameters": {"city": "İzmir", "days": 2}}',
    "no mark, a list": f"[{JSON}]",
}
TWO = {
    "Hermes, Qwen": f"<tool_call>{JSON}</tool_call>\n<tool_call>{JSON_TIME}</tool_call>",
    "in one": f"<tool_call>{JSON}\n{JSON_TIME}</tool_call>",
    "Mistral": f"[TOOL_CALLS][{JSON}, {JSON_TIME}]",
    "Mistral of today": '[TOOL_CALLS]weather[ARGS]{"city": "İzmir", "days": 2}[TOOL_CALLS]get_time[ARGS]'
    '{"zone": "Europe/Istanbul"}',
    "Llama": f"<|python_tag|>{JSON}; {JSON_TIME}",
    "no mark": f"{JSON}\n{JSON_TIME}",
}
TEXTS = {
    "plain": "Hello.",
    "JSON": '{"city": "İzmir"}',
    "JSON of a name": '{"name": "Ada", "age": 36}',
    "JSON of a list": '["weather"]',
    "an unknown call without mark": '{"name": "rm", "arguments": {}}',
    "a mark and no call": "<tool_call>nothing here</tool_call> and on",
    "a mark that is spoken of": "The tag <tool_call> opens a call.",
    "half a mark": "a < b <tool and c <tool_cal",
    "brackets": "See [TOOL] and [tool_call] and <function>.",
    "words before JSON": 'Like this: {"name": "weather", "arguments": {}}',
    "İ before a mark": "İİİİ <tool_call>x</tool_call> İ",
    "blanks": " \n ",
    "empty": "",
}


def read(text: str, size: int = 1000) -> tuple[str, list[tuple[str, object]]]:
    reader = TextReader(TOOLS)
    shown = "".join(reader.feed(text[at : at + size]) for at in range(0, len(text), size)) + reader.finish()
    return shown, [
        (call.name.removeprefix("functions."), orjson.loads(call.arguments)) for call in reader.calls
    ]


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize("form", ONE)
def test_every_form_of_a_call_is_read(form: str, size: int) -> None:
    assert read(ONE[form], size) == ("", [IZMIR])


@pytest.mark.parametrize("size", [1, 1000])
@pytest.mark.parametrize("form", TWO)
def test_several_calls_are_told_apart(form: str, size: int) -> None:
    shown, calls = read(TWO[form], size)
    assert (shown.strip(), calls) == ("", [IZMIR, NOON])


@pytest.mark.parametrize("size", [1, 4, 1000])
@pytest.mark.parametrize("case", TEXTS)
def test_what_is_no_call_stays_text_to_the_letter(case: str, size: int) -> None:
    assert read(TEXTS[case], size) == (TEXTS[case], [])


def test_text_around_calls_is_kept() -> None:
    shown, calls = read(f"İyi, bakıyorum. <tool_call>{JSON}</tool_call> Then.", 2)
    assert (shown, calls) == ("İyi, bakıyorum.  Then.", [IZMIR])


def test_a_malformed_call_of_an_offered_tool_is_one_that_its_model_can_mend() -> None:
    reader = TextReader(TOOLS)
    reader.feed('<tool_call>{"name": "weather", "arguments": {"city": "İz</tool_call>')
    assert [(call.name, call.arguments) for call in reader.calls] == [("weather", '{"city": "İz')]


def test_what_is_held_back_is_bounded() -> None:
    reader = TextReader(TOOLS)
    shown = reader.feed("<tool_call>") + "".join(
        reader.feed("x" * 1000) for _ in range(LONGEST_CALL // 1000 + 1)
    )
    assert len(shown) > LONGEST_CALL
    many = f"<tool_call>{JSON}</tool_call>" * (MOST_CALLS + 10)
    assert len(read(many)[1]) == MOST_CALLS
    assert read(many)[0] == f"<tool_call>{JSON}</tool_call>" * 10


@given(
    st.lists(st.sampled_from([*MARKS, *ONE.values(), *TEXTS.values(), "</tool_call>", "word ", "{"])),
    st.data(),
)
def test_no_text_is_lost_and_pieces_change_nothing(parts: list[str], data: st.DataObject) -> None:
    text = "".join(parts)
    whole = TextReader(TOOLS)
    expected = whole.feed(text) + whole.finish()
    pieces = TextReader(TOOLS)
    shown = ""
    while text:
        size = data.draw(st.integers(1, 40))
        shown, text = shown + pieces.feed(text[:size]), text[size:]
    assert (shown + pieces.finish(), pieces.calls) == (expected, whole.calls)


@pytest.mark.parametrize("name", ["ollama", "openai", "hf", "llamacpp", "vllm"])
async def test_servers_that_leave_calls_in_the_text_are_understood(
    name: str, upstream: Upstream, connect: Connect
) -> None:
    pieces = [Say(piece) for piece in ("I look. <tool", "_call>", JSON[:20], JSON[20:], "</tool_", "call>")]
    upstream.play(scenario(*pieces, End()))
    offered = await hear(connect(name), asking("m", tools=TOOLS))
    plain = await hear(connect(name), asking("m"))
    assert (offered.text, [(c.name, orjson.loads(c.arguments)) for c in offered.calls]) == (
        "I look. ",
        [IZMIR],
    )
    assert offered.calls[0].id
    assert offered.done is not None
    assert offered.done.finish == "tool_calls"
    assert (plain.text, plain.calls) == (f"I look. <tool_call>{JSON}</tool_call>", [])


async def test_a_call_that_came_both_ways_is_one(upstream: Upstream, connect: Connect) -> None:
    call = Call("weather", {"city": "İzmir"})
    written = '<tool_call>{"name": "weather", "arguments": {"city":"İzmir"}}</tool_call>'
    upstream.play(scenario(Say(written), call, End("tool_calls")))
    heard = await hear(connect("ollama"), asking("m", tools=TOOLS))
    assert [call.name for call in heard.calls] == ["weather"]


async def test_what_was_held_back_is_shown_where_the_server_fails(
    upstream: Upstream, connect: Connect
) -> None:
    upstream.play(scenario(Say("Half <tool_call>{"), Fail()))
    heard = await hear(connect("openai"), asking("m", tools=TOOLS))
    assert heard.error is not None
    assert heard.text == "Half <tool_call>{"


async def test_a_long_call_is_no_silence(upstream: Upstream, connect: Connect) -> None:
    upstream.play(scenario(Say("<tool_call>"), Say("x"), Say("y"), End()))
    events = [event async for event in connect("openai").stream(asking("m", tools=TOOLS))]
    assert sum(event is ALIVE for event in events) >= 3
