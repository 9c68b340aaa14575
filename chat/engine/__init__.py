"""The engine owns answers, no socket does: see docs/architecture.md.

engine.py          rooms and answers of this process; begin, stop, shut down
room.py            one conversation: its file, what streams in it, who reads along
answer.py          one model's answer as a task
transcript.py      its text, delta by delta
journal_writer.py  journals of all answers, written together
reader.py          what one socket or SSE client has still to be sent
threads.py         work with the database in a thread
lookout.py         files that other programs change
purging.py         the trash, emptied once a day
link.py            other processes that serve the same conversations
"""

import asyncio
import sys
from contextlib import ExitStack
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings

from chat.engine.engine import Engine
from conversations.files.in_use import in_use
from conversations.files.store import FileStore

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
    made = Engine(FileStore(settings.DATA_DIR))
    if settings.REDIS_URL:
        from chat.engine.peers.link import Link

        made.link = Link(made, settings.REDIS_URL)
        made.link.start()
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
            current_engine().lookout.start()
            current_engine().purging.start()
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await current_engine().shutdown()
            used.close()
            await send({"type": "lifespan.shutdown.complete"})
            return
