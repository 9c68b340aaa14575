"""Thoughts and text are told apart, each once, wherever a server left its thoughts."""

import orjson
import pytest

from tests.providers.connectors.conftest import Connect
from tests.providers.connectors.hearing import asking, hear
from tests.upstreams import Upstream
from tests.upstreams.script import End, Payload, Say, Think, scenario
from tests.upstreams.wire import Wire

NEXT = "<|start|>assistant"
HARMONY = (
    f"<|channel|>analysis<|message|>a<|end|>{NEXT}<|channel|>analysis<|message|>b<|end|>"
    f"{NEXT}<|channel|>commentary<|message|>c<|end|>{NEXT}<|channel|>final<|message|>d"
)
TOOL_CALL = (
    '<|channel|>commentary to=functions.f <|constrain|>json<|message|>{"a":1}<|call|>'
    f"{NEXT}<|channel|>final<|message|>c"
)
TAGGED: dict[str, tuple[str, str, str]] = {
    "think": ("<think>a b</think>\n\nc", "a b", "c"),
    "think, capitals": ("<THINK>a</Think>c", "a", "c"),
    "thinking": ("<thinking>a</thinking>c", "a", "c"),
    "thought": ("<thought>\na\n</thought>\nc", "a", "c"),
    "reasoning": ("<reasoning>a</reasoning> c", "a", "c"),
    "Magistral": ("[THINK]a[/THINK]c", "a", "c"),
    "Kimi": ("◁think▷a◁/think▷c", "a", "c"),
    "Seed": ("<seed:think>a</seed:think>c", "a", "c"),
    "Gemma": ("<|channel>thought\na<channel|>c", "a", "c"),
    "Command A": ("<|START_THINKING|>a<|END_THINKING|>c", "a", "c"),
    "OpenThinker": ("<|begin_of_thought|>\na\n<|end_of_thought|>\n\nc", "a", "c"),
    "after blanks": ("\n <think>a</think>c", "a", "c"),
    "none": ("<think>\n\n</think>\n\nc", "", "c"),
    "with İ before the tag": ("<think>İİİİ</think>c", "İİİİ", "c"),
    "with a look-alike": ("<think>a < b </ c</think>c", "a < b </ c", "c"),
    "a tag later is text": ("\n<think>a</think>c <think>d</think>", "a", "c <think>d</think>"),
    "a closing tag later is text": ("<think>a</think>`</think>` closes", "a", "`</think>` closes"),
    "a tag in the text": ("The tag <think> opens", "", "The tag <think> opens"),
    "a closing tag in the text": ("c </think> d", "", "c </think> d"),
    "in a block of code": (
        "```html\n<think>a</think>\n```\n</think>",
        "",
        "```html\n<think>a</think>\n```\n</think>",
    ),
    "in a quotation": ("`<think>` opens", "", "`<think>` opens"),
    "HTML": ("<b>bold</b>", "", "<b>bold</b>"),
    "half a tag": ("<thi", "", "<thi"),
    "a stray end": ("</think>\n\nc", "", "c"),
    "a stray end, Magistral": ("[/THINK]c", "", "c"),
    "two ends": ("<think>a</think>\n</think>c", "a", "c"),
    "harmony": (
        "<|channel|>analysis<|message|>a b<|end|><|start|>assistant<|channel|>final<|message|>c<|return|>",
        "a b",
        "c",
    ),
    "harmony, begun by its start": (
        f"{NEXT}<|channel|>analysis<|message|>a<|end|>\n{NEXT}<|channel|>final<|message|>c",
        "a",
        "c",
    ),
    "harmony without thoughts": ("<|channel|>final<|message|>c<|return|>\n", "", "c"),
    "harmony in several thoughts": (
        HARMONY,
        "a\n\nb",
        "c\n\nd",
    ),
    "harmony for a tool": (
        TOOL_CALL,
        '{"a":1}',
        "c",
    ),
    "harmony that speaks of marks": (
        "<|channel|>final<|message|>It ends with `<|end|>`, a <|return|> or so.<|return|>",
        "",
        "It ends with `<|end|>`, a <|return|> or so.",
    ),
    "a mark that no message follows": ("<|channel|> is a mark", "", "<|channel|> is a mark"),
}


@pytest.mark.parametrize("case", TAGGED)
async def test_thoughts_in_the_text_are_thoughts_however_the_text_is_cut(
    case: str, one_wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    said, reasoning, text = TAGGED[case]
    for size in (len(said), 7, 1):
        pieces = [Say(said[at : at + size]) for at in range(0, len(said), size)]
        upstream.play(scenario(*pieces, End()))
        heard = await hear(connect(one_wire), asking(one_wire.model))
        assert (heard.reasoning, heard.text) == (reasoning, text)
        assert heard.error is None


async def test_a_thought_that_never_closes_stays_a_thought(
    one_wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    upstream.play(scenario(Say("<think>a </thi"), End("length")))
    heard = await hear(connect(one_wire), asking(one_wire.model))
    assert (heard.reasoning, heard.text) == ("a </thi", "")
    assert heard.done is not None


THOUGHT = "The person wants a number.\n\nIt is 42."
TWICE: dict[str, tuple[list[Say | Think], str, str]] = {
    "field first": ([Think(THOUGHT), Say(f"<think>\n{THOUGHT}\n</think>\n\n"), Say("42")], THOUGHT, "42"),
    "tags first": ([Say(f"<think>{THOUGHT}</think>"), Think(THOUGHT), Say("42")], THOUGHT, "42"),
    "piece by piece": (
        [
            Say("<think>"),
            *(step for letter in THOUGHT for step in (Think(letter), Say(letter))),
            Say("</think>42"),
        ],
        THOUGHT,
        "42",
    ),
    "tags say more": ([Think("The person"), Say(f"<think>{THOUGHT}</think>42")], THOUGHT, "42"),
    "other thoughts in the field later": ([Say("<think>a</think>42"), Think("b")], "ab", "42"),
    "a tag that the model speaks of": (
        [Think("They ask for the tag."), Say("<think> opens "), Say("a thought.")],
        "They ask for the tag.",
        "<think> opens a thought.",
    ),
    "a tag alone": ([Think("They ask for the tag."), Say("<think>")], "They ask for the tag.", "<think>"),
    "a stray end": ([Think("a"), Say("</think>\n\n42")], "a", "42"),
    "an empty thought in tags": ([Think("a"), Say("<think>\n</think>\n42")], "a", "42"),
}


@pytest.mark.parametrize("case", TWICE)
async def test_a_thought_in_a_field_and_in_tags_is_told_once(
    case: str, one_wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    steps, reasoning, text = TWICE[case]
    for cut in (False, True):
        letters = [type(step)(letter) for step in steps for letter in step.text] if cut else steps
        upstream.play(scenario(*letters, End()))
        heard = await hear(connect(one_wire), asking(one_wire.model))
        assert (heard.reasoning, heard.text) == (reasoning, text)
        assert heard.error is None


async def test_a_thought_under_two_names_in_one_delta_is_told_once(
    upstream: Upstream, connect: Connect
) -> None:
    delta = {"reasoning": "a", "reasoning_content": "a", "reasoning_details": [{"type": "x", "text": "a"}]}
    upstream.play(scenario(Payload(orjson.dumps({"choices": [{"delta": delta}]})), Say("x"), End()))
    for name in ("openai", "hf"):
        assert (await hear(connect(name), asking("m"))).reasoning == "a"


@pytest.mark.parametrize("blank", ["\n", "\n\n  ", " "])
async def test_a_thought_of_blanks_is_none(
    blank: str, one_wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    upstream.play(scenario(Think(blank), Say("x"), End()))
    heard = await hear(connect(one_wire), asking(one_wire.model))
    assert (heard.reasoning, heard.text) == ("", "x")
    upstream.play(scenario(Think(blank), Think("a"), Say("x"), End()))
    heard = await hear(connect(one_wire), asking(one_wire.model))
    assert (heard.reasoning, heard.text) == ("a", "x")
