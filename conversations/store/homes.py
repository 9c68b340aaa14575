"""Lasting conversations and temporary ones, for who does not mind which they are.

Whether one is temporary it says itself, while it is open (`ConversationFile.temporary`), and it may become a
lasting one at any moment, in any process: so it is looked for where it would last, then where it would not.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from functools import partial
from typing import TypeVar

from conversations.errors import ConversationExistsError, ConversationNotFoundError, TemporaryAwayError
from conversations.records import ConversationRecord, Record
from conversations.store.base import Home, Journals, Store, TemporaryHome
from conversations.store.content import Content, LockedContent
from conversations.store.conversation import ConversationFile, Extending, Locking, Reading
from core.repeated_messages import OnceAMinute

logger = logging.getLogger(__name__)
logger.addFilter(OnceAMinute())

Found = TypeVar("Found")


class Homes:
    """`temporary`: None where temporary conversations are in the memory of the process alone. Raises what a
    `Home` raises: of what is not found where it would last, TemporaryAwayError where the other does not
    answer."""

    def __init__(self, lasting: Store, temporary: TemporaryHome | None = None) -> None:
        self.lasting = lasting
        self.temporary = temporary

    def journals(self, *, temporary: bool) -> Journals:
        """Of conversations that are temporary, or that are not."""
        return self.temporary.journals if temporary and self.temporary else self.lasting.journals

    def create(self, record: ConversationRecord, *more: Record, temporary: bool = False) -> ConversationFile:
        home: Home = self.temporary if temporary and self.temporary else self.lasting
        file = home.create(record, *more)
        file.move_to(*self._ways_to(file.id))
        return file

    def open(self, conversation: str, *, to_show: bool = False) -> ConversationFile:
        """What a process that died left in journals is in it. `to_show`: see ConversationFile."""
        try:
            self.lasting.journals.recover(conversation)
            return self._file(conversation, to_show=to_show)
        except ConversationNotFoundError:
            if self.temporary is None:
                raise
        self.temporary.journals.recover(conversation)
        return self._file(conversation, to_show=to_show)

    def first_known(self, conversations: Sequence[str], *, temporary: bool) -> str | None:
        """Of these ids the first that a conversation has, a temporary one or a lasting one."""
        if temporary:
            return None if self.temporary is None else self.temporary.find_first(conversations)
        return self.lasting.find_first(conversations)

    def find_streaming_anywhere(self, message: str) -> dict[str, set[str]]:
        """As that of `Journals`. Temporary ones are left out where their home does not answer."""
        found = self.lasting.journals.find_streaming_anywhere(message)
        if self.temporary is not None:
            try:
                found = found | self.temporary.journals.find_streaming_anywhere(message)
            except TemporaryAwayError as error:
                logger.warning("Answers in temporary chats cannot be found: %s", error)
        return found

    def make_lasting(self, file: ConversationFile) -> None:
        """Moves a temporary conversation to where it lasts; does no harm where others do it too."""
        if self.temporary is not None:
            try:
                self.temporary.move(file.id, self.lasting)
            except (ConversationNotFoundError, ConversationExistsError):
                if not self.lasting.exists(file.id):
                    raise
            file.refresh()

    def remove(self, conversation: str) -> None:
        """A temporary one is gone for ever."""
        if self.temporary is not None:
            self.temporary.remove(conversation)

    def _file(self, conversation: str, *, to_show: bool = False) -> ConversationFile:
        return ConversationFile(conversation, *self._ways_to(conversation), to_show=to_show)

    def _ways_to(self, conversation: str) -> tuple[Reading, Locking, Extending]:
        """In whichever home it is by then."""
        return (
            lambda since: self._reading(conversation, since),
            lambda: self._locked(conversation),
            partial(self.lasting.extend, conversation),
        )

    def _reading(self, conversation: str, since: int) -> AbstractContextManager[Content]:
        return self._whichever(lambda home: home.reading(conversation, since))

    def _locked(self, conversation: str) -> AbstractContextManager[LockedContent]:
        return self._whichever(lambda home: home.locked(conversation))

    @contextmanager
    def _whichever(self, ask: Callable[[Home], AbstractContextManager[Found]]) -> Iterator[Found]:
        with ExitStack() as held:
            yield self._enter(held, ask)

    def _enter(self, held: ExitStack, ask: Callable[[Home], AbstractContextManager[Found]]) -> Found:
        if self.temporary is not None:
            for home in (self.lasting, self.temporary):
                with suppress(ConversationNotFoundError):
                    return held.enter_context(ask(home))
        # It may have begun to last between the two looks.
        return held.enter_context(ask(self.lasting))
