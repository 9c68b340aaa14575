"""What an answer has said and done, as a model is told of it: in later rounds, and in later turns. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from chat.engine.answers.shortening import shorten_evenly, shorten_middle
from conversations.records import Part, ToolResultPart
from core.text.data_fences import fence_data
from providers import types
from providers.tokens import estimate_part, estimate_tokens

NO_PICTURES: Mapping[str, Sequence[types.Image]] = {}


def answered_calls(parts: Iterable[Part]) -> set[str]:
    """Ids of the calls that have a result: of the others no model is told."""
    parts = list(parts)
    made = {part["id"] for part in parts if part["type"] == "tool_call"}
    return {part["id"] for part in parts if part["type"] == "tool_result" and part["id"] in made}


def messages_of(
    parts: Sequence[Part],
    *,
    most: int | None = None,
    unsigned: bool = False,
    pictures: Mapping[str, Sequence[types.Image]] = NO_PICTURES,
) -> list[types.Message]:
    """Of the assistant and of its tools, in the order in which it came: a call is never without its result,
    nor a result without its call. `most`: tokens of each result. `unsigned`: with reasoning that no service
    signed, which some want back while they call. `pictures`: what stands behind the results of a round, by
    the ids of its calls."""
    answered = answered_calls(parts)
    messages: list[types.Message] = []
    said: list[types.Part] = []
    gave: list[types.Part] = []
    shown: list[types.Image] = []

    def end_round() -> None:
        if said:
            messages.append(types.Message("assistant", tuple(said)))
        if gave:
            messages.append(types.Message("user", (*gave, *shown)))
        said.clear()
        gave.clear()
        shown.clear()

    for part in parts:
        if part["type"] == "tool_result":
            if part["id"] in answered:
                gave.append(result_of(part, most))
                shown.extend(pictures.get(part["id"], ()))
        elif (told := part_for_model(part, answered, unsigned)) is not None:
            if gave:
                end_round()
            said.append(told)
    end_round()
    return messages


def part_for_model(part: Part, answered: set[str], unsigned: bool) -> types.Part | None:
    """The part as the model is told that it said it; None for what it is not told again."""
    if part["type"] == "text" and part["text"]:
        return types.Text(part["text"])
    if part["type"] == "reasoning" and (unsigned or part.get("signature")):
        return types.Reasoning(part["text"], part.get("signature"))
    if part["type"] == "tool_call" and part["id"] in answered:
        return types.ToolCall(part["id"], part["name"], part["arguments"], part.get("signature"))
    return None


def result_of(part: ToolResultPart, most: int | None = None) -> types.ToolResult:
    content = part["content"] if most is None else shorten_middle(part["content"], most)
    return types.ToolResult(part["id"], part.get("name", ""), fence_data(content), part["is_error"])


def words_of(parts: Sequence[Part], *, most: int) -> str:
    """All that was said and done as one text, for a model whose own words it is not."""
    texts = [
        part.text
        for message in write_calls_as_text(messages_of(parts, most=most))
        for part in message.parts
        if isinstance(part, types.Text)
    ]
    return "".join(texts)


def has_calls(messages: Iterable[types.Message]) -> bool:
    return any(
        isinstance(part, types.ToolCall | types.ToolResult) for message in messages for part in message.parts
    )


def write_calls_as_text(messages: Sequence[types.Message]) -> Sequence[types.Message]:
    """Puts calls and results into the assistant's words, for a request without tools, where services refuse
    them."""
    if not has_calls(messages):
        return messages
    told: list[types.Message] = []
    for message in messages:
        role: types.Role = "assistant" if has_calls([message]) else message.role
        kept = [part for part in message.parts if role == message.role or not isinstance(part, types.Image)]
        parts = tuple(map(write_call_as_text, kept))
        if told and told[-1].role == role == "assistant":
            told[-1] = types.Message(role, (*told[-1].parts, *parts))
        else:
            told.append(types.Message(role, parts))
    return told


def write_call_as_text(part: types.Part) -> types.Part:
    if isinstance(part, types.ToolCall):
        return types.Text(f"\n\n[Called the tool {part.name} with {part.arguments or '{}'}]")
    if isinstance(part, types.ToolResult):
        how = "failed" if part.is_error else "gave"
        return types.Text(f"\n\n[The tool {part.name} {how}:]\n{part.content}\n\n")
    return part


def shorten_results(messages: Sequence[types.Message], tokens: int) -> list[types.Message]:
    """Cuts results until all fits into so many tokens, as far as shorter results can do it; the longest give
    most."""
    results = [part for message in messages for part in message.parts if isinstance(part, types.ToolResult)]
    beside = tokens_of(messages) - sum(estimate_tokens(part.content) for part in results)
    fitted = iter(shorten_evenly([part.content for part in results], max(tokens - beside, 0)))

    def shortened(part: types.Part) -> types.Part:
        return replace(part, content=next(fitted)) if isinstance(part, types.ToolResult) else part

    return [replace(message, parts=tuple(map(shortened, message.parts))) for message in messages]


def tokens_of(messages: Iterable[types.Message]) -> int:
    return sum(estimate_part(part) for message in messages for part in message.parts)
