"""Answers that stream in temporary conversations."""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime
from typing import NamedTuple, cast

from conversations.errors import (
    ConversationNotFoundError,
    InvalidRecordError,
    StorageError,
    StoreError,
    TemporaryAwayError,
)
from conversations.ids import check_conversation_id, check_message_id, is_message_id
from conversations.records import AnswerHeader, AnswerMessage, Record
from conversations.store.base import Journal
from conversations.store.content import holds_message
from conversations.store.interrupted import make_interrupted_answer
from conversations.store.journal_lines import Journalled, parse_journal
from conversations.store.lines import encode_record
from conversations.temporary.content import LockedSealed, key_of
from conversations.temporary.heartbeat import NOBODY, Heartbeat
from conversations.temporary.heartbeat import key_of as key_of_process
from conversations.temporary.redis import PREFIX, TemporaryRedis, decode_texts
from conversations.temporary.seal import NONCE, Seal
from core.repeated_messages import OnceAMinute

logger = logging.getLogger(__name__)
logger.addFilter(OnceAMinute())

STREAMED = 24 * 3600.0
"""Seconds after which what is left of an answer is forgotten, whatever became of it."""

BEGIN = """
if redis.call('EXISTS', KEYS[1]) == 0 then return -1 end
local given = redis.call('HGET', KEYS[2], ARGV[1])
if given and given ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
redis.call('SET', KEYS[3], ARGV[3], 'PX', ARGV[4])
for i = 4, #KEYS do
    redis.call('SADD', KEYS[i], ARGV[5])
    redis.call('PEXPIRE', KEYS[i], ARGV[4])
end
return 1
"""
WRITE = """
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('SETRANGE', KEYS[2], ARGV[3], ARGV[4])
return 1
"""
LEAVE = """
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] or redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
"""
FORGET = """
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HDEL', KEYS[1], ARGV[1])
return redis.call('DEL', KEYS[2])
"""

Locked = Callable[[str], AbstractContextManager[LockedSealed]]


class JournalOwner(NamedTuple):
    """Who gives an answer, as all see it. `nonce`: of its journal, no two of which have the same."""

    process: str
    parent: str
    nonce: str

    def __str__(self) -> str:
        return " ".join(self)

    def without_process(self) -> "JournalOwner":
        """Says that nobody gives the answer any more."""
        return self._replace(process=NOBODY)


class SealedJournal:
    """A `Journal`. What is written
    twice, because nobody said whether it arrived, stands in it once: it goes to a place of its own."""

    def __init__(
        self, journals: "SealedJournals", conversation: str, message: str, given: JournalOwner
    ) -> None:
        self._journals = journals
        self.conversation = conversation
        self.message = message
        self.given = given
        self.nonce = bytes.fromhex(given.nonce)
        self.size = 0
        self.is_taken = False

    def write(self, data: bytes) -> None:
        if self._journals.write({self: data}):
            raise StorageError(f"could not write the journal {self.message}")

    def sync(self) -> None:
        """Does nothing: no disk holds it."""

    def close(self) -> None:
        self._journals.leave(self)

    def remove(self) -> None:
        self._journals.remove(self)


class SealedJournals:
    """The `Journals` of temporary conversations in Redis."""

    write_first = False

    def __init__(self, redis: TemporaryRedis, seal: Seal, heartbeat: Heartbeat, locked: Locked) -> None:
        self._redis = redis
        self._seal = seal
        self._heartbeat = heartbeat
        self._locked = locked

    def loop_writer(self) -> None:
        return None

    def begin(self, conversation: str, header: AnswerHeader) -> SealedJournal:
        check_conversation_id(conversation)
        message, parent = check_message_id(header["id"]), header.get("parent") or ""
        line = encode_record(cast(Record, header))
        self._heartbeat.begin()
        given = JournalOwner(self._heartbeat.name, parent, Seal.new_nonce().hex())
        journal = SealedJournal(self, conversation, message, given)
        keys = [
            key_of(conversation),
            *keys_of(conversation, message),
            journal_key(message),
            journal_key(parent),
        ]
        sealed = journal.nonce + self._seal.apply(journal.nonce, 0, line)
        lasts = round(STREAMED * 1000)
        begun = self._redis.run(BEGIN, keys, message, str(given), sealed, lasts, conversation)
        if begun < 0:
            raise ConversationNotFoundError(f"no temporary conversation {conversation}")
        if begun == 0:
            raise StorageError(f"{conversation} has a journal {message} already")
        journal.size = len(line)
        return journal

    def write(self, lines: Mapping[Journal, bytes]) -> list[Journal]:
        """Writes the lines of many answers in one round trip."""
        given = [(cast(SealedJournal, journal), data) for journal, data in lines.items()]
        try:
            with self._redis.together() as asked:
                for journal, data in given:
                    place = NONCE + journal.size
                    sealed = self._seal.apply(journal.nonce, journal.size, data)
                    keys = keys_of(journal.conversation, journal.message)
                    asked.eval(WRITE, 2, *keys, journal.message, str(journal.given), place, sealed)
                written = asked.execute()
        except TemporaryAwayError as error:
            logger.warning("Journals of temporary chats cannot be written yet: %s", error)
            return list(lines)
        refused: list[Journal] = []
        for (journal, data), is_written in zip(given, written, strict=True):
            if is_written:
                journal.size += len(data)
            else:
                journal.is_taken = True
                refused.append(journal)
        return refused

    def leave(self, journal: SealedJournal) -> None:
        """Leaves the journal to recovery."""
        self._leave(journal.conversation, journal.message, journal.given, of=NOBODY)

    def remove(self, journal: SealedJournal) -> None:
        self._forget(journal.conversation, journal.message, journal.given)

    def read(self, conversation: str, message: str) -> Journalled:
        check_conversation_id(conversation)
        return parse_journal(self._lines(conversation, check_message_id(message)))

    def answer_ids(self, conversation: str) -> list[str]:
        return list(self._answers(conversation))

    def answer_ids_by_conversation(self, conversations: Collection[str]) -> dict[str, list[str]]:
        return {one: found for one in conversations if (found := self.answer_ids(one))}

    def find_left(self, conversations: Collection[str]) -> Collection[str]:
        return conversations

    def find_streaming(self, conversation: str, message: str | None = None) -> set[str]:
        """The journals of answers that are being given: those whose process lives."""
        answers = self._answers(conversation)
        alive = self._heartbeat.find_alive(given.process for given in answers.values())
        return {
            answer
            for answer, given in answers.items()
            if given.process in alive and message in (None, answer, given.parent)
        }

    def find_streaming_anywhere(self, message: str) -> dict[str, set[str]]:
        if not is_message_id(message):
            return {}
        named = decode_texts(self._redis.ask("SMEMBERS", journal_key(message)))
        found = {conversation: self.find_streaming(conversation, message) for conversation in named}
        return {conversation: answers for conversation, answers in found.items() if answers}

    def recover(self, conversation: str) -> list[AnswerMessage]:
        answers = self._answers(conversation)
        alive = self._heartbeat.find_alive(given.process for given in answers.values())
        dead = {answer: given for answer, given in answers.items() if given.process not in alive}
        if not dead:
            return []
        with self._locked(conversation) as content:
            return [
                ended
                for message, given in sorted(dead.items())
                for ended in self._end(content, message, given)
            ]

    def recover_all(self) -> int:
        """As many as Redis has: who opens one recovers it anyhow."""
        count = 0
        for conversation in set(self._conversations()):
            with suppress(StoreError):
                count += len(self.recover(conversation))
        return count

    def _conversations(self) -> Iterator[str]:
        cursor = 0
        while True:
            cursor, keys = self._redis.ask("SCAN", cursor, "MATCH", f"{PREFIX}*.answers", "COUNT", 1000)
            for key in decode_texts(keys):
                yield key.removeprefix(PREFIX).removesuffix(".answers")
            if not int(cursor):
                return

    def _answers(self, conversation: str) -> dict[str, JournalOwner]:
        key, _ = keys_of(check_conversation_id(conversation), "")
        found = cast("dict[bytes, bytes]", self._redis.ask("HGETALL", key))
        return {
            message.decode(): JournalOwner(*given.decode().split(" ")) for message, given in found.items()
        }

    def _lines(self, conversation: str, message: str) -> bytes:
        _, key = keys_of(conversation, message)
        found = cast("bytes | None", self._redis.ask("GET", key))
        if not found:
            raise StorageError(f"no journal {message} in {conversation}")
        return self._seal.apply(found[:NONCE], 0, found[NONCE:])

    def _end(self, content: LockedSealed, message: str, given: JournalOwner) -> Iterator[AnswerMessage]:
        """First nobody writes it any more. One whose process lives after all is left to it."""
        conversation = content.conversation
        if not self._leave(conversation, message, given, of=given.process):
            return
        if not holds_message(content, message):
            try:
                journal = parse_journal(self._lines(conversation, message))
                answer = make_interrupted_answer(message, journal, datetime.now(UTC))
            except (StorageError, InvalidRecordError) as error:
                logger.error("a journal of a temporary chat has no usable first line: %s", error)
            else:
                content.append([answer], durable=True)
                yield answer
        self._forget(conversation, message, given.without_process())

    def _leave(self, conversation: str, message: str, given: JournalOwner, *, of: str) -> bool:
        """Whether it is left now, which it is where the process `of` that name gives no sign of life."""
        keys = [keys_of(conversation, message)[0], key_of_process(of)]
        return bool(self._redis.run(LEAVE, keys, message, str(given), str(given.without_process())))

    def _forget(self, conversation: str, message: str, given: JournalOwner) -> None:
        self._redis.run(FORGET, keys_of(conversation, message), message, str(given))


def keys_of(conversation: str, message: str) -> list[str]:
    """Of the conversation's answers, and of this one's journal."""
    key = key_of(conversation)
    return [f"{key}.answers", f"{key}.journal.{message}"]


def journal_key(message: str) -> str:
    return f"{PREFIX}about.{message}"
