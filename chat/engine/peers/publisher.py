"""What is published to other processes, over a connection on which Redis says nothing back."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from redis.exceptions import RedisError, ResponseError

if TYPE_CHECKING:
    from redis.asyncio import Redis
    from redis.asyncio.connection import AbstractConnection

REDIS_AWAY = (RedisError, OSError)


class Publisher:
    """Of what is said some fifty times a second, hearing that it was heard costs more than saying it. What a
    connection took that has broken since is lost; the next message is refused, and the one after it goes over
    a new one. Where Redis keeps no silence, its replies are awaited."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis
        self._silent: AbstractConnection | None = None
        self._replies = False
        self._one_by_one = asyncio.Lock()

    async def publish(self, messages: Mapping[str, str], seconds: float) -> None:
        """By channel. Raises RedisError, OSError, TimeoutError after so many `seconds`."""
        async with self._one_by_one, asyncio.timeout(seconds):
            connection = None if self._replies else self._silent or await self._connect()
            if connection is None:
                await self._publish_and_hear(messages)
                return
            commands = [("PUBLISH", channel, text) for channel, text in messages.items()]
            try:
                await connection.send_packed_command(connection.pack_commands(commands), check_health=False)
            except BaseException:
                await self._disconnect()
                raise

    async def begin_anew(self) -> None:
        """Where Redis was away the connection is broken, and does not know it yet."""
        async with self._one_by_one:
            await self._disconnect()

    async def aclose(self) -> None:
        await self._disconnect()

    async def _connect(self) -> "AbstractConnection | None":
        """None where Redis, or what stands before it, does not know how to say nothing."""
        made: AbstractConnection = self._redis.connection_pool.make_connection()  # type: ignore[no-untyped-call]
        connection = self._silent = made
        try:
            await connection.connect()  # type: ignore[no-untyped-call]
            await connection.send_command("CLIENT", "REPLY", "ON")
            await connection.read_response()
            await connection.send_command("CLIENT", "REPLY", "OFF")
        except ResponseError:
            self._replies = True
            await self._disconnect()
            return None
        except BaseException:
            await self._disconnect()
            raise
        return connection

    async def _disconnect(self) -> None:
        connection, self._silent = self._silent, None
        if connection is not None:
            with suppress(*REDIS_AWAY):
                await connection.disconnect(nowait=True)

    async def _publish_and_hear(self, messages: Mapping[str, str]) -> None:
        async with self._redis.pipeline(transaction=False) as pipe:
            for channel, text in messages.items():
                pipe.publish(channel, text)
            await pipe.execute()
