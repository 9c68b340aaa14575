"""The thread of this process that ingests. It starts when there is something to do and ends when there is
nothing more; a document that a dead process left is taken up by whoever looks next."""

import logging
import threading

from django.db import connections

log = logging.getLogger(__name__)
_lock = threading.Lock()
_thread: threading.Thread | None = None
_wanted = False


def wake() -> None:
    """Returns at once."""
    global _thread, _wanted
    with _lock:
        _wanted = True
        if _thread is None:
            _thread = threading.Thread(target=_run, name="documents", daemon=True)
            _thread.start()


def settle(seconds: float) -> bool:
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
    from rag.ingest import claim, ingest
    from rag.reembedding import reembed

    while document := claim():
        ingest(document)
    reembed()
