"""What a model is sent: the path to a user's message, as one lane sees it, cut to the model's window.

Pure but for reading messages through the `Source` it is given.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from chat.engine.answers.answer_messages import answered_calls, messages_of, words_of
from chat.protocol import lanes
from conversations.records import AttachmentPart, MessageRecord, Part
from conversations.roles import comparison_lanes, viewpoint_lane
from conversations.settings import History, Lane
from conversations.shapes import parts_of
from conversations.tree import Tree
from providers import types
from providers.tokens import MESSAGE_TOKENS, estimate_part, estimate_tokens

ReadMessages = Callable[[Sequence[str]], Sequence[MessageRecord]]
ReadAttachment = Callable[[AttachmentPart], types.Part | None]

RESULT_TOKENS = 4_000
"""Of what a tool gave in an earlier turn."""
TOLD_TOKENS = 500
"""Of what it gave to another model."""
DRAWN = "[The pictures of your last answer:]"
ONLY_DRAWN = "[I answered with a picture.]"
ANSWER_SHARE = 4
"""At the least a fourth of the window is kept free for the answer."""


@dataclass(frozen=True, slots=True)
class HistoryTurn:
    """A user's message and the answers to it. `chosen` is the one on the path, if the path goes on."""

    user: str
    answers: Sequence[str]
    chosen: str | None


@dataclass(frozen=True, slots=True)
class Context:
    """`left_out`: the oldest turns, where the window is full."""

    messages: Sequence[types.Message]
    left_out: Sequence[HistoryTurn]


def turns_to(tree: Tree, leaf: str, after: str | None = None) -> list[HistoryTurn]:
    """The turns from the root, or those `after` a message of the path, to `leaf`, oldest first."""
    path = tree.path(leaf)
    first = path.index(after) + 1 if after is not None else 0
    return [
        HistoryTurn(message, tree.children(message), path[place + 1] if place + 1 < len(path) else None)
        for place, message in enumerate(path)
        if place >= first and tree.messages[message]["role"] == "user"
    ]


def answers_seen(tree: Tree, turn: HistoryTurn, lane: str, history: History) -> list[str]:
    """The answers of a past turn that a lane is shown, by the conversation's history rule and its role."""
    lane = viewpoint_lane(tree.settings["lanes"], lane)
    counted = [answer for answer in turn.answers if belongs_to_history(tree, answer, turn.chosen)]
    usable = without_failed(tree, counted, turn.chosen)
    if history == "all":
        return keep_latest_answers(tree, turn, usable)
    if history == "own":
        own = [answer for answer in usable if tree.messages[answer].get("lane") == lane]
        if own:
            return [turn.chosen] if turn.chosen in own else own[-1:]
    return [turn.chosen] if turn.chosen is not None and turn.chosen in usable else []


def without_failed(tree: Tree, answers: Sequence[str], chosen: str | None) -> list[str]:
    """What broke off only stands where its lane has no better, or it was chosen."""
    failed = {answer for answer in answers if tree.messages[answer].get("status") == "failed"}
    better = {tree.messages[answer].get("lane") for answer in answers if answer not in failed}
    worse = {answer for answer in failed if tree.messages[answer].get("lane") in better}
    return [answer for answer in answers if answer == chosen or answer not in worse]


def keep_latest_answers(tree: Tree, turn: HistoryTurn, answers: Sequence[str]) -> list[str]:
    """Without those that the same model was asked for again in the same lane; in the order of the lanes,
    whoever was faster."""
    last: dict[tuple[str, str], str] = {}
    for answer in answers:
        header = tree.messages[answer]
        voice = header["lane"], header["model"]
        if last.get(voice) != turn.chosen or turn.chosen is None:
            last[voice] = answer
    return lanes.sort_answers(tree, turn.user, last.values())


def belongs_to_history(tree: Tree, answer: str, chosen: str | None) -> bool:
    """A failed answer is part of the history where it broke off after its first words; one made of the
    others, or given for comparison, where it was chosen."""
    header = tree.messages[answer]
    if header.get("status") == "failed" and not header.get("broke_off"):
        return False
    aside = "synthesis" in header or header.get("lane") in comparison_lanes(tree.settings["lanes"])
    return answer == chosen or not aside


def build(
    tree: Tree,
    read: ReadMessages,
    attach: ReadAttachment,
    *,
    user: str,
    lane: Lane,
    history: History,
    window: int | None,
    reserved: int = 0,
    relayed: Sequence[str] = (),
    after: str | None = None,
) -> Context:
    """`user`: the message to answer. `window` and `reserved` (system prompt, answer) in tokens; no window:
    everything is sent. `relayed`: answers of this very turn that the lane is shown. `after`: the last
    message that a summary stands for. The message itself is always sent whole. Blocks on the disk."""
    turns = turns_to(tree, user, after)
    if relayed:
        turns[-1] = HistoryTurn(user, turns[-1].answers, None)
    budget = None if window is None else tokens_left_for_turns(window, reserved)
    newest: list[list[types.Message]] = []
    for place in reversed(range(len(turns))):
        turn, is_last = turns[place], turns[place].user == user
        seen = list(relayed) if is_last else answers_seen(tree, turn, lane["id"], history)
        found = {record["id"]: record for record in read([turn.user, *seen])}
        messages = (
            question_messages(found, turn.user, seen, attach)
            if is_last
            else exchange_messages(found, turn.user, seen, attach, labelled=history == "all")
        )
        cost = sum(map(message_tokens, messages))
        if budget is not None:
            if cost > budget and not is_last:
                return Context(oldest_first(newest), turns[: place + 1])
            budget -= cost
        if place == len(turns) - 2 and history != "all":
            [asked] = newest[0]
            newest[0] = [replace(asked, parts=(*pictures_of(found, seen, attach, lane), *asked.parts))]
        newest.append(messages)
    return Context(oldest_first(newest), [])


def oldest_first(newest: Sequence[list[types.Message]]) -> list[types.Message]:
    return [message for messages in reversed(newest) for message in messages]


def describe_turns(
    tree: Tree, read: ReadMessages, turns: Sequence[HistoryTurn], *, lane: Lane, history: History
) -> Iterator[str]:
    """Each turn as a lane has seen it, in words: what is summed up. Blocks on the disk."""
    for turn in turns:
        seen = answers_seen(tree, turn, lane["id"], history)
        found = {record["id"]: record for record in read([turn.user, *seen])}
        lines = [f"User: {text_of(found[turn.user])}"] if turn.user in found else []
        answers = [found[answer] for answer in seen if answer in found]
        if history == "all":
            lines += map(labelled_text, answers)
        else:
            lines += [f"Assistant: {all_in_words(answer)}" for answer in answers]
        yield "\n\n".join(lines)


def question_messages(
    found: Mapping[str, MessageRecord], user: str, relayed: Iterable[str], attach: ReadAttachment
) -> list[types.Message]:
    parts = list(user_parts(parts_of(found[user]), attach))
    texts = [labelled_text(found[answer]) for answer in relayed if answer in found]
    parts += [types.Text(text) for text in texts if text]
    return [types.Message("user", tuple(parts))]


def pictures_of(
    found: Mapping[str, MessageRecord], seen: Iterable[str], attach: ReadAttachment, lane: Lane
) -> list[types.Part]:
    """Those that the lane's own model made in the answer before. Services take none among an assistant's
    words, so that they stand in front of the question; older ones are not sent again."""
    own = [
        record
        for answer in seen
        if (record := found.get(answer))
        and record["role"] == "assistant"
        and record["model"] == lane["model"]
    ]
    parts = [part for answer in own for part in parts_of(answer) if part["type"] == "image"]
    shown = [picture for part in parts if isinstance(picture := attach(part), types.Image)]
    return [types.Text(DRAWN), *shown] if shown else []


def exchange_messages(
    found: Mapping[str, MessageRecord],
    user: str,
    seen: Iterable[str],
    attach: ReadAttachment,
    *,
    labelled: bool,
) -> list[types.Message]:
    messages = [types.Message("user", tuple(user_parts(parts_of(found[user]), attach)))]
    answers = [found[answer] for answer in seen if answer in found]
    if not labelled and any(answered_calls(parts_of(answer)) for answer in answers):
        own = [messages_of(parts_of(answer), most=RESULT_TOKENS) for answer in answers]
        return [*messages, *(message for said in own for message in said)]
    texts = [labelled_text(answer) if labelled else text_of(answer) for answer in answers]
    if not any(texts) and any(part["type"] == "image" for answer in answers for part in parts_of(answer)):
        texts = [ONLY_DRAWN]
    if answered := "\n\n".join(text for text in texts if text):
        signed = [] if labelled else [part for answer in answers for part in signed_reasoning(answer)]
        messages.append(types.Message("assistant", (*signed, types.Text(answered))))
    return messages


def signed_reasoning(answer: MessageRecord) -> Iterable[types.Reasoning]:
    """What its maker wants back unchanged. Each connector leaves out what another model signed."""
    for part in parts_of(answer):
        if part["type"] == "reasoning" and (signature := part.get("signature")):
            yield types.Reasoning(part["text"], signature)


def user_parts(parts: Sequence[Part], attach: ReadAttachment) -> Iterable[types.Part]:
    for part in parts:
        if part["type"] == "text":
            yield types.Text(part["text"])
        elif part["type"] in ("image", "file") and (attached := attach(part)) is not None:
            yield attached


def text_of(record: MessageRecord) -> str:
    return "".join(part["text"] for part in parts_of(record) if part["type"] == "text")


def all_in_words(record: MessageRecord) -> str:
    """With the calls of tools and what they gave, as far as another model needs it."""
    parts = parts_of(record)
    return words_of(parts, most=TOLD_TOKENS) if answered_calls(parts) else text_of(record)


def speaker_of(record: MessageRecord) -> str | None:
    """Who said it in a dialogue; None: a person."""
    return record.get("speaker") if record["role"] == "assistant" else None


def labelled_text(record: MessageRecord) -> str:
    answer: Mapping[str, Any] = record
    text = all_in_words(record)
    return f"[{answer.get('speaker') or answer['model']}]:\n{text}" if text else ""


def tokens_left_for_turns(window: int, reserved: int) -> int:
    """Tokens of a window for what is said, beside what is `reserved` (system prompt, answer)."""
    return max(window - kept_free(window, reserved), 0)


def kept_free(window: int, reserved: int) -> int:
    """Tokens of a window that are not for what is said."""
    return max(reserved, window // ANSWER_SHARE)


def end_within(text: str, tokens: int) -> str:
    """As much of the end of a text as costs about that many tokens."""
    cost = estimate_tokens(text)
    return text if cost <= tokens else text[-max(int(len(text) * tokens / cost), 1) :]


def keep_fitting_messages(messages: Sequence[types.Message], budget: int) -> list[types.Message]:
    """The first message and as many of the last as fit `budget` tokens; always the very last."""
    first, *rest = messages
    budget -= message_tokens(first)
    kept: list[types.Message] = []
    for message in reversed(rest):
        budget -= message_tokens(message)
        if budget < 0 and kept:
            break
        kept.append(message)
    return [first, *reversed(kept)]


def message_tokens(message: types.Message) -> int:
    """Estimates how many tokens a message takes."""
    return MESSAGE_TOKENS + sum(map(estimate_part, message.parts))
