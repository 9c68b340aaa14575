"""The engine owns answers, no socket does: see docs/architecture.md.

engine.py        composes the parts; begins, stops and ends answers
rooms.py         the conversations that are open: cached, opened, created
room.py          one conversation: its file, what streams in it, who reads along
recent.py        what a conversation has shown last
answers/         one model's answer as a task, and its journal
transcript.py    what an answer has said so far, delta by delta
reader.py        what one socket or SSE client has still to be sent
frames.py        an event, encoded once for all its readers
short_deltas.py  deltas for a socket that asked for the short form
activity.py      lists of conversations: who watches them, what changes in them
away.py          what is asked while the database is away for a moment
broadcast.py     what other processes are told, and nobody where there are none
peers/           other processes, and other programs that change files
index_writer.py  the index in the database, written behind
supervision.py   tasks that live as long as the process
threads.py       work with the database in a thread
draining.py      what is answered comes to its end before the process does
purging.py       the trash, emptied once a day
mirroring.py     copies of conversations as files, where that is wanted
"""

import asyncio
import sys
from contextlib import ExitStack, suppress
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings

from chat.engine.draining import draining, wait_for_answers
from chat.engine.engine import Engine
from conversations.in_use import in_use
from conversations.store.choice import current_homes

_engines: WeakKeyDictionary[asyncio.AbstractEventLoop, Engine] = WeakKeyDictionary()


def current_engine() -> Engine:
    """The running event loop's engine, made on first use."""
    loop = asyncio.get_running_loop()
    found = _engines.get(loop)
    if found is None:
        found = _engines[loop] = make_engine()
        shut_down_with_the_reactor(found)
    return found


def make_engine() -> Engine:
    homes = current_homes()
    if not settings.REDIS_URL:
        return Engine(homes)
    from chat.engine.peers.redis_broadcast import RedisBroadcast

    broadcast = RedisBroadcast(homes, settings.REDIS_URL)
    made = Engine(homes, broadcast)
    broadcast.start(made.rooms, made.activity, made.stop_here, made.approve_here)
    return made


def shut_down_with_the_reactor(made: Engine) -> None:
    """Daphne knows no lifespan; it stands on Twisted, which waits for this before it stops."""
    if "twisted.internet.reactor" not in sys.modules:
        return
    from twisted.internet import defer, reactor

    def shut_down() -> Any:
        return defer.Deferred.fromFuture(asyncio.ensure_future(made.shutdown()))

    reactor.addSystemEventTrigger("before", "shutdown", shut_down)  # type: ignore[arg-type]


async def lifespan(scope: Any, receive: Any, send: Any) -> None:
    """For servers that speak ASGI's lifespan protocol (uvicorn)."""
    used = ExitStack()
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            used.enter_context(in_use(settings.DATA_DIR))
            current_engine().file_watch.start()
            current_engine().purging.start()
            current_engine().mirroring.start()
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            draining.has_begun = True
            with suppress(TimeoutError):
                async with asyncio.timeout(settings.DRAIN_SECONDS):
                    await wait_for_answers(current_engine())
            await current_engine().shutdown()
            used.close()
            await send({"type": "lifespan.shutdown.complete"})
            return
