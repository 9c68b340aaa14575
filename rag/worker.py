"""The thread of this process that ingests. It starts when there is something to do and ends when there is
nothing more; a document that a dead process left is taken up by whoever looks next."""

import asyncio
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections

log = logging.getLogger(__name__)
_lock = threading.Lock()
_thread: threading.Thread | None = None
_wanted = False
_told: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}


def wake_worker() -> None:
    """Returns at once."""
    global _thread, _wanted
    with _lock:
        _wanted = True
        if _thread is None:
            _thread = threading.Thread(target=_run, name="documents", daemon=True)
            _thread.start()


@contextmanager
def reading_ended() -> Iterator[asyncio.Event]:
    """Set, for whoever runs in this event loop, when a document of this process is read, or will not be."""
    event = asyncio.Event()
    with _lock:
        _told[event] = asyncio.get_running_loop()
    try:
        yield event
    finally:
        with _lock:
            del _told[event]


def announce_end() -> None:
    """Tells every event loop that waits that some document is not being read any more. Thread-safe."""
    with _lock:
        for event, loop in _told.items():
            loop.call_soon_threadsafe(event.set)


def wait_until_idle(seconds: float) -> bool:
    """Whether the thread came to its end in time. For tests."""
    thread = _thread
    if thread is not None:
        thread.join(seconds)
    return _thread is None


def _run() -> None:
    global _thread, _wanted
    while True:
        with _lock:
            if not _wanted:
                _thread = None
                return
            _wanted = False
        try:
            _work()
        except Exception:
            log.exception("documents are not read for the moment")
        finally:
            connections.close_all()


def _work() -> None:
    from rag.ingest import claim_next, ingest_document
    from rag.reembedding import reembed

    while document := claim_next():
        ingest_document(document)
        announce_end()
    reembed()
