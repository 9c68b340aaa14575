"""JSONL for training, from what a person thought of answers: pairs of which the one was preferred to the
other, in the form that preference training takes, and answers that they liked, as examples to imitate."""

from collections.abc import Iterator
from typing import Any

import orjson

from conversations.attachments import AttachmentStore
from conversations.store.conversation import ConversationFile
from conversations.tree import Tree

from . import training
from .outline import Message, Scope, text_of


def render_preferences(file: ConversationFile, attachments: AttachmentStore, scope: Scope) -> bytes:
    """A line for each answer that lost against another: `prompt`, `chosen` and `rejected`, each a list of
    messages. Ties say nothing of which is better, and make none."""
    return _lines(_pairs(file, scope))


def render_liked(file: ConversationFile, attachments: AttachmentStore, scope: Scope) -> bytes:
    """A line for each complete answer that was liked: `messages`, as in fine-tuning."""
    tree = file.tree
    liked = [message for message in tree.votes if tree.votes[message].get("value") == 1]
    examples = (
        training.training_example(file, message) for message in liked if _stands(tree, message, scope)
    )
    return b"".join(examples)


def _pairs(file: ConversationFile, scope: Scope) -> Iterator[dict[str, Any]]:
    tree = file.tree
    for winner, vote in tree.votes.items():
        losers = vote.get("preferred_over")
        if not isinstance(losers, list) or not _stands(tree, winner, scope):
            continue
        asked = tree.messages[winner]["parent"]
        rivals = dict.fromkeys(one for one in losers if isinstance(one, str) and one != winner)
        for loser in rivals:
            if _stands(tree, loser, "all") and tree.messages[loser]["parent"] == asked:
                yield from _pair(file, winner, loser)


def _pair(file: ConversationFile, winner: str, loser: str) -> Iterator[dict[str, Any]]:
    """No line where a side says nothing, or both the same: there is nothing to learn from it."""
    chosen, rejected = file.messages([winner, loser])
    texts = text_of(_message(chosen)), text_of(_message(rejected))
    prompt = training.prompt_before(file, winner)
    if prompt and all(texts) and texts[0] != texts[1]:
        yield {
            "prompt": prompt,
            "chosen": [{"role": "assistant", "content": texts[0]}],
            "rejected": [{"role": "assistant", "content": texts[1]}],
            "chosen_model": file.tree.messages[winner]["model"],
            "rejected_model": file.tree.messages[loser]["model"],
        }


def _stands(tree: Tree, message: str, scope: Scope) -> bool:
    """An answer of a person's turn that was not deleted; within a `path`, one of a turn that is shown."""
    header = tree.messages.get(message)
    if header is None or header["role"] != "assistant" or message in tree.deleted:
        return False
    return scope == "all" or header["parent"] in tree.path()


def _message(record: Any) -> Message:
    given: Message = record
    return given


def _lines(rows: Iterator[dict[str, Any]]) -> bytes:
    return b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)
