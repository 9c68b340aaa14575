"""Somebody for whom a tool runs."""

from chat.tools.base import Caller


class Addresses:
    def __init__(self, *known: str) -> None:
        self.known = set(known)

    def knows(self, url: str) -> bool:
        return url in self.known

    def add(self, url: str) -> None:
        self.known.add(url)


def caller(*addresses: str, owner: str = "ann", language: str = "en", conversation: str = "") -> Caller:
    return Caller(owner, conversation, "a1", language, Addresses(*addresses))
