"""Turns whose models stay hidden until a vote, for whatever is made of a conversation outside of the page.
The page draws the same letters (static/src/domain/blind.ts)."""

from collections.abc import Sequence

from conversations.tree import Header, Tree

_WORD = 0xFFFFFFFF


def is_hidden(tree: Tree, message: str | None) -> bool:
    """Whether which model gave which answer to this message is not to be told yet."""
    asked = tree.messages.get(message or "")
    if asked is None or not asked.get("blind"):
        return False
    answers = answers_to(tree, asked["id"])
    if any(answer in tree.votes for answer in answers):
        return False
    standing = [answer for answer in answers if tree.messages[answer]["status"] != "failed"]
    return len(standing) > 1 or _waits(tree, asked)


def was_revealed(tree: Tree, answer: str) -> bool:
    """Whether it answers a message whose models were hidden, and are not any more."""
    asked = tree.messages.get(tree.messages[answer].get("parent") or "")
    return asked is not None and bool(asked.get("blind")) and not is_hidden(tree, asked["id"])


def letter_of(tree: Tree, answer: Header) -> str | None:
    """By which a hidden answer is called; None where its model may be named. Also of a whole message."""
    if answer["role"] != "assistant" or not is_hidden(tree, answer.get("parent")):
        return None
    order = drawn_order(tree.messages[answer["parent"]])
    return chr(ord("A") + (order.index(answer["lane"]) if answer["lane"] in order else 0))


def mask_message(tree: Tree, message: Header) -> Header:
    """The message, or of a hidden answer what tells nothing of its model: its words."""
    if letter_of(tree, message) is None or not isinstance(message.get("parts"), list):
        return message
    words = [part for part in message["parts"] if isinstance(part, dict) and part.get("type") == "text"]
    return {**message, "parts": words, "at": tree.messages[message["parent"]]["at"]}


def sort_as_drawn(tree: Tree, answers: Sequence[str]) -> list[str]:
    """Answers to one message: where they are hidden, not in the order of their lanes or of their coming."""
    letters = {answer: letter_of(tree, tree.messages[answer]) or "" for answer in answers}
    return sorted(answers, key=letters.__getitem__)


def drawn_order(asked: Header) -> list[str]:
    """The lanes as a draw by the message's random id gives them, the same for every reader."""
    return sorted(asked["lanes"], key=lambda lane: (_lot(asked["id"], lane), lane))


def answers_to(tree: Tree, message: str) -> list[str]:
    return [child for child in tree.children(message) if tree.messages[child]["role"] == "assistant"]


def _waits(tree: Tree, asked: Header) -> bool:
    """Whether a lane has not answered yet."""
    came = {tree.messages[child].get("lane") for child in tree.all_children(asked["id"])}
    return not came.issuperset(asked["lanes"])


def _lot(message: str, lane: str) -> int:
    """FNV-1a, and murmur's last step so that near words have far numbers."""
    value = 0x811C9DC5
    for letter in f"{message} {lane}":
        value = (value ^ ord(letter)) * 0x01000193 & _WORD
    value = (value ^ value >> 16) * 0x85EBCA6B & _WORD
    value = (value ^ value >> 13) * 0xC2B2AE35 & _WORD
    return value ^ value >> 16
