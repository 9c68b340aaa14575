"""The order in which a document tells a conversation, which is a tree."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from conversations.blind import answers_to, mask_message, sort_as_drawn
from conversations.shapes import hashes_in, parts_of
from conversations.store.conversation import ConversationFile
from conversations.tree import Tree

Scope = Literal["all", "path"]
"""All lanes and branches, or what is shown."""

Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class OutlineSection:
    """Messages one below the other, answers of several lanes side by side. `after`: the message from which
    a branch leaves; None for the shown path."""

    after: str | None
    messages: list[Message]


def outline_conversation(file: ConversationFile, scope: Scope) -> Iterator[OutlineSection]:
    """The shown path first, then what leaves from it, in the order of the file. Deleted messages are left
    out."""
    tree = file.tree
    if scope == "path":
        yield _section(file, None, tree.path())
        return
    told: set[str] = set()
    main = with_answers(tree, tree.path(), told)
    yield _section(file, None, main)
    for message, header in tree.messages.items():
        if message not in told and message not in tree.deleted:
            yield _section(file, header["parent"], with_answers(tree, _down(tree, message), told))


def _section(file: ConversationFile, after: str | None, ids: list[str]) -> OutlineSection:
    return OutlineSection(
        after, [mask_message(file.tree, cast(Message, message)) for message in file.messages(ids)]
    )


def _down(tree: Tree, message: str) -> list[str]:
    path: dict[str, None] = {}
    at: str | None = message
    while at is not None and at not in path:
        path[at] = None
        children = tree.children(at)
        at = next((child for child in children if tree.children(child)), children[0] if children else None)
    return list(path)


def with_answers(tree: Tree, path: list[str], told: set[str] | None = None) -> list[str]:
    """The path, and beside each answer on it the others to the same message. What is in `told` is left out,
    and what is given is added to it."""
    told = set() if told is None else told
    ids: list[str] = []
    for message in path:
        header = tree.messages[message]
        beside = [message]
        if header["role"] == "assistant" and header["parent"] is not None:
            beside = sort_as_drawn(tree, answers_to(tree, header["parent"]))
        ids += [one for one in beside if one not in told]
        told.update(beside)
    if ids and tree.messages[ids[-1]]["role"] == "user":
        rest = sort_as_drawn(tree, answers_to(tree, ids[-1]))
        ids += rest
        told.update(rest)
    return ids


def title_of(file: ConversationFile) -> str:
    title = file.tree.settings["title"]
    return title if title.strip() else file.id


def began_at(file: ConversationFile) -> str:
    """Empty where the file does not say."""
    at = file.tree.conversation.get("at") if file.tree.conversation else None
    return at if isinstance(at, str) else ""


def text_of(message: Message) -> str:
    """What the message says in words, without its thoughts, calls and files."""
    texts = [part["text"] for part in parts_of(message) if part["type"] == "text"]
    return "\n\n".join(texts)


def files_of(result: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Of a result of a tool: the SHA-256 of all of a text that was cut, if any, and those of its pictures."""
    hashes = hashes_in(result)
    cut = 1 if result.get("truncated") else 0
    return hashes[:cut], hashes[cut:]


def attached_hashes(message: Message) -> list[str]:
    """The SHA-256 of all files that it names, those of long results of tools as well."""
    return [sha256 for part in parts_of(message) for sha256 in hashes_in(part)]
