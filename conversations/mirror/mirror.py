"""What has changed in the home of conversations, brought into the copies, look by look."""

import time
from collections.abc import Callable, Iterator

from conversations.errors import ConversationNotFoundError, StorageError
from conversations.mirror.copies import Copies, Copy
from conversations.store.base import Store
from conversations.store.changes import Changes, ConversationState

COMPARE_AGAIN = 3600.0
"""Seconds after which all copies are compared though nothing seems to be amiss: people can get at them."""

ShouldStop = Callable[[], bool]


class Mirror:
    """Used by one thread at a time."""

    def __init__(self, store: Store, changes: Changes, copies: Copies) -> None:
        self._store = store
        self._changes = changes
        self._copies = copies
        self._since: float | None = None
        """By the store's clock, until when the copies hold all; None: nothing is known of them."""
        self._known: dict[str, ConversationState] = {}
        """What was brought over of what `since` will tell again."""
        self._count = 0
        self._compared = 0.0

    def look(self, should_stop: ShouldStop) -> None:
        """Once it returns, the copies are those of what the home held when it was called, but where another
        process keeps them or `should_stop`. What cannot be written does not keep the rest from being so.
        Raises OSError, StorageError, after which the next look compares all."""
        try:
            if not self._copies.hold_turn():
                self._since = None
                return
            self._bring_over(should_stop)
        except BaseException:
            self._since = None
            raise

    def _bring_over(self, should_stop: ShouldStop) -> None:
        if self._since is not None and time.monotonic() - self._compared < COMPARE_AGAIN:
            self._follow(self._since, should_stop)
            # Copies of all that lives are there: where there are as many, there are no others. More are of
            # what was removed for ever between two looks.
            if should_stop() or self._changes.count() == self._count:
                return
        self._compare_all(should_stop)

    def _follow(self, since: float, should_stop: ShouldStop) -> None:
        began = self._store.clock()
        known: dict[str, ConversationState] = {}
        failures: list[Exception] = []
        for state in self._changes.changed_since(since):
            if should_stop():
                return
            if self._known.get(state.conversation) != state:
                self._bring(state, failures)
            known[state.conversation] = state
        raise_first(failures)
        self._since, self._known = began, known

    def _compare_all(self, should_stop: ShouldStop) -> None:
        self._since = None
        began, compared = self._store.clock(), time.monotonic()
        failures: list[Exception] = []
        self._count = 0
        alive = (state for state in self._changes.changed_since(0.0) if state.trashed_ns is None)
        for state, copy in side_by_side(alive, self._copies.entries()):
            if should_stop():
                return
            self._count += copy is not None
            if state is not None and not (copy is not None and is_current(copy, state)):
                self._bring(state, failures)
            elif copy is not None and state is None and not self._store.exists(copy.conversation):
                self._remove(copy.conversation, failures)
        raise_first(failures)
        self._since, self._known, self._compared = began, {}, compared

    def _bring(self, state: ConversationState, failures: list[Exception]) -> None:
        if state.trashed_ns is not None:
            self._remove(state.conversation, failures)
            return
        try:
            self._count += self._copies.write(self._store, state.conversation)
        except ConversationNotFoundError:
            # It went to the trash meanwhile, and the next look finds it there.
            return
        except (StorageError, OSError) as error:
            failures.append(error)

    def _remove(self, conversation: str, failures: list[Exception]) -> None:
        try:
            self._count -= self._copies.remove(conversation)
        except OSError as error:
            failures.append(error)


def side_by_side(
    states: Iterator[ConversationState], copies: Iterator[Copy]
) -> Iterator[tuple[ConversationState | None, Copy | None]]:
    """What belongs together, and None for the one that is missing. Both in the order of their ids."""
    state, copy = next(states, None), next(copies, None)
    while state is not None or copy is not None:
        first = min(one.conversation for one in (state, copy) if one is not None)
        of_state = state if state is not None and state.conversation == first else None
        of_copy = copy if copy is not None and copy.conversation == first else None
        yield of_state, of_copy
        state = state if of_state is None else next(states, None)
        copy = copy if of_copy is None else next(copies, None)


def is_current(copy: Copy, state: ConversationState) -> bool:
    return copy.size == state.size and copy.as_of_ns >= state.changed_ns


def raise_first(failures: list[Exception]) -> None:
    if failures:
        raise failures[0]
