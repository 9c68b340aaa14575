"""The threads of this process that take in documents: some fetch what stands at addresses, one reads. They
start when there is something to do and end when there is nothing more; a document that a dead process left is
taken up by whoever looks next."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connections

log = logging.getLogger(__name__)
FETCHERS = 4
"""A server that is slow to answer holds up one of them, and nobody who reads."""


class Worker:
    """Calls `work` in a thread, once more after each `wake`."""

    def __init__(self, name: str, work: Callable[[], None]) -> None:
        self._name = name
        self._work = work
        self._lock = threading.Lock()
        self._wanted = False
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """Has it look for documents now; returns at once."""
        with self._lock:
            self._wanted = True
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()

    @property
    def is_idle(self) -> bool:
        return self._thread is None

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._wanted:
                    self._thread = None
                    return
                self._wanted = False
            try:
                self._work()
            except Exception:
                log.exception("documents are not read for the moment")
            finally:
                connections.close_all()


_lock = threading.Lock()
_told: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}


def wake_worker() -> None:
    """Has the worker look for documents now; returns at once."""
    _reader.wake()
    _wake_fetcher()


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
    """Whether the threads came to their end in time. For tests."""
    end = time.monotonic() + seconds
    while not all(one.is_idle for one in (_reader, *_fetchers)):
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def _wake_fetcher() -> None:
    """One that has nothing to do, if there is one."""
    next((one for one in _fetchers if one.is_idle), _fetchers[0]).wake()


def _fetch() -> None:
    from rag.ingest import bring_document, claim_next

    while document := claim_next(here=False):
        _wake_fetcher()
        bring_document(document)
        _reader.wake()
        announce_end()


def _read() -> None:
    from rag.ingest import claim_next, ingest_document
    from rag.reembedding import reembed

    while document := claim_next(here=True):
        ingest_document(document)
        announce_end()
    reembed()


_reader = Worker("documents", _read)
_fetchers = [Worker(f"fetching {number}", _fetch) for number in range(FETCHERS)]
