"""An open conversation: its tree, and how far its file has been read into it, wherever that is kept.

Holds no file descriptor, no connection and no lock between calls. Safe for several threads.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import islice
from typing import Any, cast

from conversations.answer_parts import GAP
from conversations.errors import (
    ConversationDamagedError,
    ConversationNotFoundError,
    InvalidCursorError,
    InvalidRecordError,
    MessageExistsError,
    OvertakenError,
    StorageError,
)
from conversations.records import MessageRecord, Record
from conversations.shapes import read_message
from conversations.store.content import (
    Content,
    LockedContent,
    damage_of,
    ends_record,
    lines_between,
    message_ids,
)
from conversations.store.lines import decode_record, encode_record
from conversations.store.shown_records import ShownRecords
from conversations.tree import Tree, check_records

Placed = tuple[int, Record]
"""A record and the file's length up to and with it."""
Reading = Callable[[int], AbstractContextManager[Content]]
"""Since about an offset."""
Locking = Callable[[], AbstractContextManager[LockedContent]]
Extending = Callable[[object, int, Sequence[bytes]], bool | None]
"""As `extend` of a `Home`."""


@dataclass(frozen=True, slots=True)
class Damage:
    """`line` counts from 1 and is the first that cannot be read; `lines` is how many cannot."""

    line: int
    reason: str
    lines: int = 1


def without_words(header: Mapping[str, Any]) -> Record:
    """A message of which nothing else is known, with all that its role needs."""
    record = {"type": "message", **header, "parts": [{"type": "text", "text": GAP.strip()}]}
    if header["role"] == "assistant":
        record["usage"] = {"input": None, "output": None, "reasoning": None, "cached": None}
        record["cost"] = {"usd": None, "source": "unknown"}
        record["timing"] = {"first_token_ms": None, "total_ms": None}
        record["finish"] = None
    return cast(Record, record)


def refuse_extending(identity: object, size: int, lines: Sequence[bytes]) -> bool:
    return False


class ConversationFile:
    """`size`: the offset up to which the file stands in `tree`. `damaged`: what could not be read; such a
    file shows the rest and takes no records. `readings`: how often it was read from its beginning.
    `temporary`: on no disk, when it was last read. `to_show`: a snapshot is taken next, for which nothing is
    parsed a second time. Raises ConversationNotFoundError, StorageError."""

    temporary = False

    def __init__(
        self,
        conversation: str,
        reading: Reading,
        locked: Locking,
        extend: Extending = refuse_extending,
        *,
        written: Content | None = None,
        to_show: bool = False,
    ) -> None:
        """`reading`, `locked`, `extend`: what its home can do with it. `written`: what this process has just
        put there, where it is at hand; else it is read."""
        self.id = conversation
        self._reading = reading
        self._locked = locked
        self._extend = extend
        self._guard = threading.RLock()
        self.readings = 0
        self._start_over()
        with nullcontext(written) if written is not None else reading(0) as content:
            shown = ShownRecords() if to_show else None
            self._begun_with = self._take_in(content, keep=written is not None, shown=shown)

    def take_first_records(self) -> list[Placed]:
        """Of one that this process has just made, the records that it began with: given once, and not read
        from where it is kept where they are at hand."""
        first, self._begun_with = self._begun_with, []
        return first or list(self.records_from(0))

    def move_to(self, reading: Reading, locked: Locking, extend: Extending) -> None:
        """From now on it is found there."""
        self._reading, self._locked, self._extend = reading, locked, extend

    def _start_over(self) -> None:
        self.readings += 1
        self.tree = Tree()
        self._shown: ShownRecords | None = None
        self.size = 0
        self.damaged: Damage | None = None
        self._identity: object = None
        self._lines = 0
        self._in_line = False

    def refresh(self) -> list[Record]:
        """The records that came since, by whomever, now in the tree; each is given once. Reads only
        them. If another program replaced the file, it is read anew and all its records are given."""
        return [record for _, record in self.refresh_placed()]

    def refresh_placed(self) -> list[Placed]:
        """As `refresh`, each with the offset after it."""
        with self._guard:
            return self._read_on(keep=True)

    def is_behind(self) -> bool:
        """Whether `refresh` would find something, or nothing at all any more."""
        try:
            with self._guard, self._reading(self.size) as content:
                return content.identity != self._identity or content.size != self.size
        except (ConversationNotFoundError, StorageError):
            return True

    def append(
        self, records: Iterable[Record], durable: bool = True, after: int | None = None
    ) -> list[Record]:
        """As the store's `append`, then `refresh`. Raises ConversationDamagedError too, MessageExistsError
        where one of the messages is in the file by now, by whomever, and OvertakenError where any message
        stands behind `after`, an offset: looking and appending are one step."""
        return [record for _, record in self.append_placed(records, durable, after)]

    def append_placed(
        self, records: Iterable[Record], durable: bool = True, after: int | None = None
    ) -> list[Placed]:
        """As `append`, each with the offset after it. What nobody overtook is not read again."""
        with self._guard:
            if self.damaged is not None:
                raise ConversationDamagedError(f"{self.id} is read-only: line {self.damaged.line}")
            self._shown = None
            taken = check_records(records)
            lines = [encode_record(record) for record in taken]
            done: bool | None = False
            if durable and self._is_last(taken, after):
                done = self._extend(self._identity, self.size, lines)
            if done or self._append_locked(taken, lines, durable, after, in_doubt=done is None):
                return self._take_lines(lines)
            return self._read_on(keep=True)

    def take_told(self, place: tuple[str, int], placed: Sequence[Placed]) -> list[Placed]:
        """Takes in what another process has just appended and told, without reading it: only where it stands
        right behind what is known. `place`: its `told_place`, just before. Nothing where the file is being
        read just now. Never waits."""
        news: list[Placed] = []
        if not self._guard.acquire(blocking=False):
            return news
        try:
            if self.damaged is None and not self._in_line and place == self.told_place(self.size):
                self._shown = None
                for after, record in placed:
                    self.tree.apply(record, (self.size, after - self.size - 1))
                    self._lines += 1
                    self.size = after
                    news.append((after, record))
        except InvalidRecordError:
            # Whoever reads next says so.
            return news
        finally:
            self._guard.release()
        return news

    def told_place(self, before: int) -> tuple[str, int]:
        """Which file it is of which something stands behind `before`, for `take_told`."""
        return str(self._identity), before

    def _is_last(self, records: Sequence[Record], after: int | None) -> bool:
        """Whether, as far as is known, nothing hinders these from being appended."""
        new = (record["id"] for record in records if record["type"] == "message")
        return (after is None or after >= self.size) and not any(one in self.tree.messages for one in new)

    def _append_locked(
        self,
        records: Sequence[Record],
        lines: Sequence[bytes],
        durable: bool,
        after: int | None,
        *,
        in_doubt: bool,
    ) -> bool:
        """Whether they stand right behind what is known. `in_doubt`: they may have been written already."""
        data = b"".join(lines)
        with self._locked() as content:
            known = content.identity == self._identity
            if in_doubt and known and content.read(self.size, len(data)) == data:
                return True
            self._refuse_known(content, records)
            self._refuse_overtaking(content, after)
            is_last = known and content.size == self.size
            return content.append_lines(lines, durable=durable) == self.size + len(data) and is_last

    def _take_lines(self, lines: Sequence[bytes]) -> list[Placed]:
        """They stand right behind what is known."""
        news: list[Placed] = []
        for line in lines:
            after = self.size + len(line)
            self._take(self.size, line[:-1], after, news)
            self.size = after
        return news

    def _refuse_known(self, content: Content, records: Sequence[Record]) -> None:
        new = {record["id"] for record in records if record["type"] == "message"}
        known = new.intersection(self.tree.messages)
        size = content.size
        if new and size > self.size:
            known |= new.intersection(message_ids(content, self.size, size))
        if known:
            raise MessageExistsError(f"{self.id} has the message {min(known)} already")

    def _refuse_overtaking(self, content: Content, after: int | None) -> None:
        size = content.size
        if after is not None and size > after and any(True for _ in message_ids(content, after, size)):
            raise OvertakenError(f"{self.id} has messages behind {after}")

    def messages(self, ids: Iterable[str]) -> list[MessageRecord]:
        """As they can be read (`read_message`), in the order asked; ids that are not there are left out."""
        return list(map(read_message, self.stored_messages(ids)))

    def stored_messages(self, ids: Iterable[str]) -> list[MessageRecord]:
        """As they stand in the file: what is copied, and what goes to a client."""
        with self._guard:
            self._shown = None
            asked = list(ids)
            found = self._read_places(asked)
            if found is None:
                self._read_on(keep=False)
                found = self._read_places(asked) or []
            return found

    def snapshot(self, keep: int = 200) -> list[bytes]:
        """All records in file order, as JSON. Messages that neither belong to the last `keep` on the shown
        path (one of them, beside one of them, or an answer to one) nor to the last `keep` of the file come
        without `parts` and `sources`, `elided`."""
        with self._guard:
            shown, self._shown = self._shown, None
            if shown is not None and (whole := self._read_places(self._find_near(keep))) is not None:
                shown.complete_messages(whole)
                return shown.lines
            if shown is not None:
                # It was replaced since it was read.
                self._read_on(keep=False)
            shown, near = ShownRecords(), self._find_near(keep)
            for _, record in self.records_from(0):
                shown.add_record(record, whole=record.get("id") in near)
            return shown.lines

    def records_from(self, offset: int) -> Iterator[tuple[int, Record]]:
        """What stands from `offset` (0, or an offset given here before) to `size`, each with the offset
        after it. Raises InvalidCursorError for any other offset."""
        with self._guard:
            end = self.size
        with self._reading(offset) as content:
            if not 0 <= offset <= end or not ends_record(content, offset):
                raise InvalidCursorError(f"{self.id}: {offset} is no record's end")
            for start, line, after in lines_between(content, offset, end):
                if not line:
                    continue
                try:
                    record = decode_record(line)
                    if self.damaged is not None:
                        check_records([record])
                except InvalidRecordError:
                    if (lost := self._message_at(start)) is None:
                        continue
                    record = lost
                yield after, record

    def lines(self) -> list[bytes]:
        """The lines of the file as they stand."""
        with self._guard:
            end = self.size
        with self._reading(0) as content:
            return [line + b"\n" for _, line, _ in lines_between(content, 0, end)]

    def _message_at(self, offset: int) -> Record | None:
        """What is still known of a message that could be read when the file was opened and cannot any more:
        the turns that hang on it stay in their places."""
        with self._guard:
            places = self.tree.places.items()
            message = next((message for message, (start, _) in places if start == offset), None)
            return None if message is None else without_words(self.tree.messages[message])

    def _find_near(self, keep: int) -> set[str]:
        """Ids of the messages that a snapshot shows whole."""
        near = set(islice(reversed(self.tree.messages), keep))
        for message in self.tree.path_end(keep):
            near.update(self.tree.siblings(message))
            if self.tree.messages[message]["role"] == "user":
                near.update(self.tree.children(message))
        return near

    def _read_places(self, ids: Iterable[str]) -> list[MessageRecord] | None:
        """Those that cannot be read any more without their words. None where the file is no longer the one
        that was read."""
        found: list[MessageRecord] = []
        known = self.tree.places
        asked = list(ids)
        first = min((known[message][0] for message in asked if message in known), default=self.size)
        with self._reading(first) as content:
            if content.identity != self._identity:
                return None
            for message in asked:
                place = self.tree.places.get(message)
                if place is None:
                    continue
                try:
                    record = cast(dict[str, Any], decode_record(content.read(*place)))
                except InvalidRecordError:
                    record = cast(dict[str, Any], without_words(self.tree.messages[message]))
                if record.get("id") != message:
                    self._start_over()
                    return None
                found.append(cast(MessageRecord, record))
        return found

    def _read_on(self, *, keep: bool) -> list[Placed]:
        with self._reading(self.size) as content:
            return self._take_in(content, keep=keep)

    def _take_in(self, content: Content, *, keep: bool, shown: ShownRecords | None = None) -> list[Placed]:
        identity, size = content.identity, content.size
        self.temporary = content.temporary
        same = identity == self._identity and 0 < self.size <= size
        if not (same and ends_record(content, self.size)):
            self._start_over()
            self._identity, self._shown = identity, shown
        news: list[Placed] = []
        for offset, line, after in lines_between(content, self.size, size):
            self._take(offset, line, after, news if keep else None)
            # Last: who asks without the lock never sees a size of which the tree knows nothing yet.
            self.size = after
        if self._lines == 0:
            self._report("the first line cannot be read")
        return news

    def _take(self, offset: int, line: bytes, after: int, news: list[Placed] | None) -> None:
        # A newline that came after its record was taken begins no line of its own.
        belated, self._in_line = self._in_line and not line, after == offset + len(line)
        self._lines += not belated
        if not line and self._lines > 1:
            return
        try:
            record = decode_record(line)
            if self._lines == 1 and (damage := damage_of(record)):
                self._report(damage)
            self.tree.apply(record, (offset, len(line)))
        except InvalidRecordError as error:
            self._report(str(error))
        else:
            if news is not None:
                news.append((after, record))
            if self._shown is not None:
                self._shown.add_record(record if news is None else record.copy())

    def _report(self, reason: str) -> None:
        if self.damaged is None:
            self.damaged = Damage(max(self._lines, 1), reason)
        else:
            self.damaged = Damage(self.damaged.line, self.damaged.reason, self.damaged.lines + 1)
