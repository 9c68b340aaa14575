"""A `TemporaryHome` that all processes have in common."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager

from conversations.errors import ConversationExistsError, InvalidRecordError
from conversations.ids import check_conversation_id
from conversations.records import ConversationRecord, Record
from conversations.store.base import Store
from conversations.store.conversation import ConversationFile
from conversations.store.lines import encode_records
from conversations.temporary.content import KEPT, LockedSealed, SealedContent, key_of, locked, reading
from conversations.temporary.heartbeat import Heartbeat
from conversations.temporary.journals import SealedJournals, keys_of
from conversations.temporary.redis import PREFIX, TemporaryRedis, decode_texts
from conversations.temporary.seal import Seal
from conversations.tree import check_records

COUNTED = 30 * 24 * 3600
"""Seconds for which it is remembered whose conversations there are, after the last was made."""
MAKE = """
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('SADD', KEYS[2], ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[4])
return 1
"""


class RedisHome:
    """A `TemporaryHome`. `secret`: the same for all processes. Nothing is asked before it is used."""

    def __init__(self, url: str, secret: str) -> None:
        self._redis = TemporaryRedis(url)
        self._seal = Seal(secret)
        self._heartbeat = Heartbeat(self._redis)
        self.journals = SealedJournals(self._redis, self._seal, self._heartbeat, self.locked)

    def close(self) -> None:
        """For others this process is dead from now on."""
        self._heartbeat.close()
        self._redis.close()

    def create(self, record: ConversationRecord, *more: Record) -> ConversationFile:
        conversation = check_conversation_id(record["id"])
        if record["type"] != "conversation":
            raise InvalidRecordError("a conversation begins with its own record")
        data, nonce = encode_records(check_records([record, *more])), Seal.new_nonce()
        sealed = nonce + self._seal.apply(nonce, 0, data)
        keys = [key_of(conversation), of_owner(record.get("owner", ""))]
        if not self._redis.run(MAKE, keys, sealed, round(KEPT * 1000), conversation, COUNTED):
            raise ConversationExistsError(f"temporary conversation {conversation} is there already")
        return self.open(conversation)

    def append(self, conversation: str, records: Iterable[Record], *, durable: bool = True) -> int:
        with self.locked(conversation) as content:
            return content.append(records, durable=durable)

    def extend(self, conversation: str, identity: object, size: int, lines: Sequence[bytes]) -> bool:
        """Never: whoever appends also looks whether it still has the lock."""
        return False

    def locked(self, conversation: str) -> AbstractContextManager[LockedSealed]:
        return locked(self._redis, self._seal, check_conversation_id(conversation))

    def open(self, conversation: str) -> ConversationFile:
        check_conversation_id(conversation)
        return ConversationFile(
            conversation, lambda _since: self.reading(conversation), lambda: self.locked(conversation)
        )

    def reading(self, conversation: str, since: int = 0) -> AbstractContextManager[SealedContent]:
        return reading(self._redis, self._seal, check_conversation_id(conversation))

    def exists(self, conversation: str) -> bool:
        return self._redis.count([key_of(check_conversation_id(conversation))]) > 0

    def find_first(self, conversations: Sequence[str]) -> str | None:
        """In one round trip where there is none."""
        if not self._redis.count([key_of(one) for one in conversations]):
            return None
        return next(filter(self.exists, conversations), None)

    def renew(self, conversation: str) -> None:
        self._redis.ask("PEXPIRE", key_of(check_conversation_id(conversation)), round(KEPT * 1000))

    def count(self, owner: str) -> int:
        named = decode_texts(self._redis.ask("SMEMBERS", of_owner(owner)))
        gone = [conversation for conversation in named if not self.exists(conversation)]
        if gone:
            self._redis.ask("SREM", of_owner(owner), *gone)
        return len(named) - len(gone)

    def remove(self, conversation: str) -> None:
        left = self.journals.answer_ids(conversation)
        keys = [key_of(conversation), *(keys_of(conversation, message)[1] for message in left)]
        self._redis.ask("DEL", *keys, keys_of(conversation, "")[0])

    def move(self, conversation: str, to: Store) -> None:
        """Who asks for it meanwhile looks there first."""
        with self.locked(conversation) as content:
            to.take_in(conversation, content, trashed_at=None)
            content.remove()


def of_owner(owner: str) -> str:
    return f"{PREFIX}of.{owner}"
