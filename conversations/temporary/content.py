"""The bytes of one temporary conversation, and what is appended to them."""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import ClassVar
from uuid import uuid4

from conversations.errors import ConversationNotFoundError, StorageError, TemporaryAwayError
from conversations.records import Record
from conversations.store.lines import encode_record
from conversations.temporary.redis import PREFIX, TemporaryRedis
from conversations.temporary.seal import NONCE, Seal
from conversations.tree import check_records

KEPT = 3600.0
"""Seconds after which one is forgotten that nobody has read, or has open, any more."""
BLOCK = 1024 * 1024
LOCKED = 30.0
"""Seconds for which who died while it wrote keeps others from writing."""
LOCKED_AGAIN = 0.005
PATIENCE = 10.0

LOCK = """
if redis.call('EXISTS', KEYS[1]) == 0 then return -1 end
if redis.call('GET', KEYS[2]) == ARGV[1] then return 1 end
return redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) and 1 or 0
"""
UNLOCK = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end"
APPEND = """
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
if redis.call('STRLEN', KEYS[1]) ~= tonumber(ARGV[2]) then return 0 end
redis.call('APPEND', KEYS[1], ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
"""
REMOVE = "return redis.call('GET', KEYS[2]) == ARGV[1] and redis.call('DEL', KEYS[1]) or 0"


class SealedContent:
    """A temporary conversation as `Content`, sealed in Redis."""

    temporary: ClassVar[bool] = True
    changed_ns = 0
    """Not known: it is in no index."""

    def __init__(self, redis: TemporaryRedis, seal: Seal, conversation: str) -> None:
        self._redis = redis
        self._seal = seal
        self._key = key_of(conversation)
        self.conversation = conversation
        with redis.together() as asked:
            asked.getrange(self._key, 0, NONCE - 1)
            asked.strlen(self._key)
            asked.pexpire(self._key, round(KEPT * 1000))
            self._nonce, length, _ = asked.execute()
        if not length:
            raise ConversationNotFoundError(f"no temporary conversation {conversation}")
        self.size = length - NONCE

    @property
    def identity(self) -> object:
        return self._nonce

    def read(self, offset: int, length: int) -> bytes:
        end = min(offset + length, self.size)
        if end <= offset:
            return b""
        sealed = self._redis.ask("GETRANGE", self._key, NONCE + offset, NONCE + end - 1)
        return self._seal.apply(self._nonce, offset, sealed)

    def blocks(self, offset: int, end: int) -> Iterator[bytes]:
        while block := self.read(offset, min(BLOCK, end - offset)):
            yield block
            offset += len(block)


class LockedSealed(SealedContent):
    """A `LockedContent`, for as long as the lock bears `token`: what comes later is refused."""

    def __init__(self, redis: TemporaryRedis, seal: Seal, conversation: str, token: str) -> None:
        super().__init__(redis, seal, conversation)
        self._keys = [self._key, lock_of(conversation)]
        self._token = token

    def append(self, records: Iterable[Record], *, durable: bool) -> int:
        return self.append_lines(
            [encode_record(record) for record in check_records(records)], durable=durable
        )

    def append_lines(self, lines: Sequence[bytes], *, durable: bool) -> int:
        data = b"".join(lines)
        sealed = self._seal.apply(self._nonce, self.size, data)
        kept = round(KEPT * 1000)
        if data and not self._redis.run(APPEND, self._keys, self._token, NONCE + self.size, sealed, kept):
            raise StorageError(f"{self.conversation} was locked for too long")
        self.size += len(data)
        return int(self.size)

    def remove(self) -> None:
        if not self._redis.run(REMOVE, self._keys, self._token):
            raise StorageError(f"{self.conversation} was locked for too long")


@contextmanager
def reading(redis: TemporaryRedis, seal: Seal, conversation: str) -> Iterator[SealedContent]:
    """The conversation's bytes as they stand. Raises ConversationNotFoundError."""
    yield SealedContent(redis, seal, conversation)


@contextmanager
def locked(redis: TemporaryRedis, seal: Seal, conversation: str) -> Iterator[LockedSealed]:
    """Raises ConversationNotFoundError; StorageError where others keep it locked."""
    token = uuid4().hex
    _lock(redis, conversation, token)
    try:
        yield LockedSealed(redis, seal, conversation, token)
    finally:
        with suppress(TemporaryAwayError):
            redis.run(UNLOCK, [lock_of(conversation)], token)


def _lock(redis: TemporaryRedis, conversation: str, token: str) -> None:
    keys, deadline = [key_of(conversation), lock_of(conversation)], time.monotonic() + PATIENCE
    while (taken := redis.run(LOCK, keys, token, round(LOCKED * 1000))) == 0:
        if time.monotonic() > deadline:
            raise StorageError(f"{conversation} is locked by others")
        time.sleep(LOCKED_AGAIN)
    if taken < 0:
        raise ConversationNotFoundError(f"no temporary conversation {conversation}")


def key_of(conversation: str) -> str:
    return PREFIX + conversation


def lock_of(conversation: str) -> str:
    return f"{PREFIX}{conversation}.lock"
