"""Copies of conversations as objects of a bucket: mirror/<id>.jsonl, below the prefix of FILES_URL."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from conversations.ids import is_conversation_id
from conversations.mirror.copies import ENDING, Copy, remove_drafts, write_draft
from conversations.store.base import Store
from core.originals.bucket import BucketHome

PLACE = "mirror"
CLOCKS_APART = 120 * 10**9
"""Nanoseconds by which the service's clock may be ahead of that of the home of conversations."""


class SharedTurn(Protocol):
    """Which one process has, of all that share a bucket."""

    def hold_turn(self) -> bool:
        """Holds it from now on; answers as `Copies.hold_turn` does."""
        ...


class BucketCopies:
    """`Copies`. An object cannot grow, so each is put anew, whole, from a draft in `folder`. `turn`: asked
    before anything is written."""

    def __init__(self, bucket: BucketHome, folder: Path, turn: SharedTurn) -> None:
        self._bucket = bucket
        self._folder = folder
        self._turn = turn
        self._is_held = False

    def hold_turn(self) -> bool:
        was_held, self._is_held = self._is_held, False
        self._is_held = self._turn.hold_turn()
        if self._is_held and not was_held:
            remove_drafts(self._folder)
        return self._is_held

    def entries(self) -> Iterator[Copy]:
        """In the order in which the service lists them, which S3 says is that of their names."""
        for found in self._bucket.objects(PLACE):
            conversation = found.name.removesuffix(ENDING)
            if found.name.endswith(ENDING) and is_conversation_id(conversation):
                yield Copy(conversation, found.size, int(found.put * 1e9) - CLOCKS_APART)

    def write(self, store: Store, conversation: str) -> bool:
        name = name_of(conversation)
        is_new = self._bucket.size(name) is None
        with store.reading(conversation) as content:
            draft = write_draft(self._folder, content)
        try:
            self._bucket.put(name, draft)
        finally:
            draft.unlink(missing_ok=True)
        return is_new

    def remove(self, conversation: str) -> bool:
        name = name_of(conversation)
        was_there = self._bucket.size(name) is not None
        if was_there:
            self._bucket.remove(name)
        return was_there


def name_of(conversation: str) -> str:
    return f"{PLACE}/{conversation}{ENDING}"
