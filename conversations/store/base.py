"""What a home of conversations can do. The same records, and the same bytes a line, whichever it is.

Synchronous, and safe between threads, and between all processes that have the same home. Every id is checked
(InvalidIdError). Where nothing else is said, what is not there raises ConversationNotFoundError, and a home
that does not answer, or has no room, StorageError. None knows anything of the index (conversations/index/).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Protocol

from conversations.records import AnswerHeader, AnswerMessage, ConversationRecord, Record
from conversations.store.changes import Changes
from conversations.store.content import Content, LockedContent
from conversations.store.conversation import ConversationFile
from conversations.store.journal_lines import Journalled
from conversations.store.testsets import TestSets

TRASH_KEPT = timedelta(days=30)

Stamp = tuple[int, int]
"""A conversation's size, and when it last changed, in ns since 1970."""


class Journal(Protocol):
    """What has arrived of an answer that streams. Written by one process, until `close` (which leaves it to
    recovery) or `remove` (its answer has its record). `is_taken`: this process was declared dead, and another
    has ended the answer; nothing can be written any more."""

    @property
    def is_taken(self) -> bool: ...

    def write(self, data: bytes) -> None:
        """`data`: whole lines. Raises StorageError, and then none of them is in the journal."""
        ...

    def sync(self) -> None:
        """What is written outlives a power cut when this returns. Raises StorageError."""
        ...

    def close(self) -> None: ...

    def remove(self) -> None: ...


class LoopWriter(Protocol):
    """Writes journals from one event loop, which it does not hold up."""

    async def write(self, lines: Mapping[Journal, bytes]) -> list[Journal]:
        """As that of `Journals`, once at a time."""
        ...

    def close(self) -> None: ...


class Journals(Protocol):
    """`write_first`: what streams is shown only once it is written, so that of a process that is killed
    nothing is lost that anybody has seen."""

    @property
    def write_first(self) -> bool: ...

    def loop_writer(self) -> LoopWriter | None:
        """None where whoever writes blocks, and does so in a thread."""
        ...

    def begin(self, conversation: str, header: AnswerHeader) -> Journal:
        """Raises InvalidIdError, StorageError (also where that answer has a journal)."""
        ...

    def write(self, lines: Mapping[Journal, bytes]) -> list[Journal]:
        """Each as its own `write`, together. Returns those that were refused; of these nothing is written."""
        ...

    def read(self, conversation: str, message: str) -> Journalled:
        """What has arrived so far, whoever writes it. Raises StorageError where there is no such journal."""
        ...

    def answer_ids(self, conversation: str) -> list[str]:
        """Ids of the answers that have a journal there, in no order; some may be left to recovery."""
        ...

    def answer_ids_by_conversation(self, conversations: Collection[str]) -> dict[str, list[str]]:
        """As `answer_ids` of each, in one step where that is cheaper; of those without journals nothing."""
        ...

    def find_left(self, conversations: Collection[str]) -> Collection[str]:
        """Of these those for which `recover` may have something to do."""
        ...

    def find_streaming(self, conversation: str, message: str | None = None) -> set[str]:
        """The answer of that id, or those to the message of that id, that some process gives at this moment;
        all that are given there where `message` is None."""
        ...

    def find_streaming_anywhere(self, message: str) -> dict[str, set[str]]:
        """As `find_streaming`, in all conversations, by the conversations in which they are."""
        ...

    def recover(self, conversation: str) -> list[AnswerMessage]:
        """Makes `interrupted` answers of journals that nobody writes any more. Each becomes one exactly once,
        however many processes try. A read-only conversation keeps its journals. Raises
        ConversationNotFoundError, StorageError."""
        ...

    def recover_all(self) -> int:
        """The number of answers that were found."""
        ...


class Lead(Protocol):
    """Of a conversation in which models talk among themselves: one process carries on with it, for as long
    as it lives."""

    def release(self) -> None: ...


class PurgeTurn(Protocol):
    """`ago`: seconds since all was last purged; negative where clocks disagree."""

    ago: float

    def mark_done(self) -> None:
        """Says that all is purged as of now."""
        ...


class Trash(Protocol):
    """What was deleted, until it is purged."""

    def ids(self) -> Iterator[str]:
        """The ids in the trash, the oldest conversation first."""
        ...

    def holds(self, conversation: str) -> bool: ...

    def open(self, conversation: str) -> ConversationFile:
        """Opens a conversation in the trash for reading."""
        ...

    def reading(self, conversation: str, since: int = 0) -> AbstractContextManager[Content]: ...

    def trashed_at(self, conversation: str) -> float:
        """When it was thrown away, in seconds since 1970. Raises StorageError also where it is not there."""
        ...

    def purge(self, conversation: str) -> None:
        """It is gone for ever. Raises ConversationNotFoundError also where somebody restored it meanwhile."""
        ...


class Home(Protocol):
    """What is asked of every home, also of that of temporary conversations."""

    @property
    def journals(self) -> Journals: ...

    def create(self, record: ConversationRecord, *more: Record) -> ConversationFile:
        """On disk when it returns, whole or not at all. Raises ConversationExistsError,
        InvalidRecordError."""
        ...

    def append(self, conversation: str, records: Iterable[Record], *, durable: bool = True) -> int:
        """Appends as that of `LockedContent` does."""
        ...

    def locked(self, conversation: str) -> AbstractContextManager[LockedContent]:
        """Waits for who writes. For what must look and append in one step. Not re-entrant, also not through
        `append`."""
        ...

    def extend(self, conversation: str, identity: object, size: int, lines: Sequence[bytes]) -> bool | None:
        """Appends whole lines, durably, in one step where that is cheaper than to lock first, and only where
        nothing stands behind what is known. False where it must be locked: nothing was written then. None:
        it is not known whether."""
        ...

    def open(self, conversation: str) -> ConversationFile:
        """Opens a damaged one too (see `damaged`)."""
        ...

    def reading(self, conversation: str, since: int = 0) -> AbstractContextManager[Content]:
        """The conversation's bytes as they stand. `since`: about where what is read begins; a hint."""
        ...

    def exists(self, conversation: str) -> bool: ...

    def find_first(self, conversations: Sequence[str]) -> str | None:
        """Of these ids the first that a conversation has."""
        ...


class TemporaryHome(Home, Protocol):
    """Of conversations that are on no disk, and forgotten some time after nobody has read them any more."""

    def renew(self, conversation: str) -> None:
        """Somebody has it open. So does whoever reads it, or appends."""
        ...

    def count(self, owner: str) -> int:
        """How many temporary conversations this person has."""
        ...

    def remove(self, conversation: str) -> None:
        """It is gone for ever, with all that streams in it."""
        ...

    def move(self, conversation: str, to: "Store") -> None:
        """It lasts from now on, to the byte, and nothing that is appended meanwhile is lost. Journals stay
        until who writes them has begun others there."""
        ...


class Store(Home, Protocol):
    """The home in which conversations last."""

    @property
    def trashed(self) -> Trash: ...

    @property
    def testsets(self) -> TestSets: ...

    @property
    def changes(self) -> Changes | None:
        """None where the store cannot tell what has changed without looking at all."""
        ...

    def take_in(self, conversation: str, content: Content, *, trashed_at: float | None) -> None:
        """One of another home, to the byte, into the trash where it was thrown away at a time. Whole or not
        at all. Raises ConversationExistsError."""
        ...

    def ids(self) -> Iterator[str]:
        """The ids of all conversations, the oldest first."""
        ...

    def measure(self, *, trashed: bool) -> tuple[int, int]:
        """How many conversations are kept, or are in the trash, and their bytes; of files with what
        lies beside them."""
        ...

    def stamp(self, conversation: str) -> Stamp | None:
        """Another where the conversation has changed; None where there is none."""
        ...

    def stamps(self, ids: Sequence[str] | None = None) -> Iterator[tuple[str, Stamp]]:
        """The stamps of all conversations by id, or of these as far as they are there, in no order."""
        ...

    def listing_stamp(self) -> int | None:
        """Another where conversations, or journals, came or went. Costs nothing; None where that cannot be
        said so cheaply."""
        ...

    def trash(self, conversation: str) -> None:
        """Whoever waits to append finds no conversation."""
        ...

    def restore(self, conversation: str) -> None:
        """From the trash. Raises ConversationExistsError where another has its id by now."""
        ...

    def hand_over(self, conversation: str, owner: str, name: str, *, trashed: bool = False) -> None:
        """Changes whose it is in its first line, and nothing behind it; who appends or reads meanwhile finds
        the one or the other. Raises ConversationDamagedError where the first line cannot be read."""
        ...

    def take_lead(self, conversation: str) -> Lead | None:
        """Takes the lead of a dialogue; None where another process has it."""
        ...

    def is_led(self, conversation: str) -> bool: ...

    def try_beginning(self, asked: str) -> AbstractContextManager[bool]:
        """Whether this process alone, until the block ends, begins what is asked under that name; the others
        ask again. Never waits."""
        ...

    def purging(self, *, wait: bool) -> AbstractContextManager[PurgeTurn | None]:
        """One process purges at a time; None where another is at it and we do not `wait`. Raises
        StorageError."""
        ...

    def texts(self, since: float) -> Iterator[Iterator[bytes]]:
        """All that may name an attachment and changed since then (by `clock`): conversations, also those in
        the trash, journals, what was set aside, test sets and their runs; each block by block."""
        ...

    def clock(self) -> float:
        """Seconds since 1970, by the clock that dates what is written."""
        ...

    def others_alive(self) -> bool:
        """Whether it is known that other processes may write to it at this moment."""
        ...

    def remarks(self, conversation: str) -> Iterator[str]:
        """What a person may want to know of it though nothing is wrong with what was said."""
        ...

    def strays(self) -> Iterator[tuple[str, str]]:
        """What lies there and belongs to no conversation: its name, and what is odd about it."""
        ...
