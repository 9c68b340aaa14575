"""Makes documents in processes of their own, with an end to their memory and their time: the server goes on
whatever is in a conversation. A process makes one document after the other, for whoever asks."""

import atexit
import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from conversations import errors
from conversations.attachments import AttachmentStore
from conversations.errors import AttachmentsAwayError, StoreError
from conversations.export_child import OUT_OF_MEMORY
from conversations.purge import named_in
from conversations.store.choice import current_store, in_postgresql
from core.originals.base import OriginalsAwayError
from core.originals.choice import home_of_all

from .document import FORMATS, ExportDocument, Exported, FormatName
from .outline import Scope

AT_ONCE = 2
WAIT_S = 20.0
"""For one of the places; then whoever waits is told to come again."""
MEMORY = 3 * 2**29
"""Bytes of addresses: those of the libraries, and what the largest conversations take."""
CPU_SECONDS = 60
SECONDS = 120.0
"""Of a document, whatever the machine does besides."""
IDLE_SECONDS = 10.0
"""Without a task, after which a process ends."""
LARGEST = 512 * 1024**2
"""Bytes of a document, which the server has in memory while it is sent."""
TEXTS = ("USE_I18N", "LANGUAGES", "LANGUAGE_CODE", "LOCALE_PATHS")
ROOT = Path(__file__).resolve().parent.parent.parent

_places = threading.BoundedSemaphore(AT_ONCE)
_idle: list["_Child"] = []


class ExportRefusedError(Exception):
    """The export was not made; the message says to a person why."""


class ExportsBusyError(ExportRefusedError):
    """As many exports as may be made at once are made already; a later try may succeed."""


def export_in_child(
    data_dir: Path,
    conversation: str,
    name: FormatName,
    scope: Scope = "all",
    *,
    records: Sequence[bytes] = (),
) -> Exported:
    """As `export_stored`, in the language of whoever asks. `records`: the lines of a conversation that has no
    file. Raises ExportRefusedError, StoreError."""
    lines = b"".join(records) or _lines_in_database(conversation)
    if not FORMATS[name].links:
        _bring_attachments(data_dir, conversation, lines)
    task = {
        "data_dir": str(data_dir),
        "conversation": conversation,
        "format": name,
        "scope": scope,
        "language": translation.get_language(),
        "lines": len(lines),
        "memory": MEMORY,
        "cpu_seconds": CPU_SECONDS,
    }
    if not _places.acquire(timeout=WAIT_S):
        raise ExportsBusyError(_("Other exports are running. Try again when they are done."))
    try:
        return _run(task, lines)
    finally:
        _places.release()


def _lines_in_database(conversation: str) -> bytes:
    """Of a conversation whose home is one that a process without a database cannot read."""
    if not in_postgresql():
        return b""
    with current_store().reading(conversation) as content:
        return b"".join(content.blocks(0, content.size))


def _bring_attachments(data_dir: Path, conversation: str, lines: bytes) -> None:
    """Copies of those that stand in the document, where the process finds them: it reaches no other
    machine."""
    if home_of_all() is None:
        return
    attachments = AttachmentStore(data_dir)
    try:
        if lines:
            named = named_in([lines])
        else:
            with current_store().reading(conversation) as content:
                named = named_in(content.blocks(0, content.size))
        for sha256 in sorted(named):
            attachments.path(sha256)
    except OriginalsAwayError as error:
        raise AttachmentsAwayError(f"an attachment cannot be reached: {error.strerror}") from error


def _run(task: dict[str, Any], lines: bytes) -> Exported:
    child = _idle.pop() if _idle else _Child()
    try:
        made = child.ask(task, lines)
        if made is None and child.has_left:
            # It had waited long enough for a task.
            child.end()
            child = _Child()
            made = child.ask(task, lines)
        if made is None:
            child.end()
            raise _refusal(child.status)
    except StoreError:
        _idle.append(child)
        raise
    except BaseException:
        child.end()
        raise
    _idle.append(child)
    return made


def _refusal(status: int) -> Exception:
    if 0 <= status != OUT_OF_MEMORY:
        return RuntimeError(f"the export's process ended with {status}")
    return ExportRefusedError(
        _("To write this conversation as a document takes more memory or time than an export may have.")
    )


class _Child:
    def __init__(self) -> None:
        texts = json.dumps({name: getattr(settings, name) for name in TEXTS}, default=str)
        # No key of the server's environment goes where strangers' texts are parsed.
        environment = {"PATH": os.defpath, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
        self._process = subprocess.Popen(  # noqa: S603 -- this interpreter
            [sys.executable, "-m", "conversations.export_child", texts, str(IDLE_SECONDS)],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def ask(self, task: dict[str, Any], lines: bytes) -> Exported | None:
        """None where the process ended instead. Raises StoreError, and what it answers wrongly."""
        killer = threading.Timer(SECONDS, self._process.kill)
        killer.start()
        try:
            given, answer = cast(Any, self._process.stdin), cast(Any, self._process.stdout)
            given.write(json.dumps(task).encode() + b"\n" + lines)
            given.flush()
            if not (line := answer.readline()):
                return None
            head = json.loads(line)
            if "error" in head:
                raise cast(type[StoreError], getattr(errors, head["error"]))(head["message"])
            if head["size"] > LARGEST:
                raise ExportRefusedError(_("The document would be too large. Export it without attachments."))
            data = answer.read(head["size"])
            if len(data) < head["size"]:
                return None
        except BrokenPipeError:
            return None
        finally:
            killer.cancel()
        attachments = tuple(head["attachments"])
        document = ExportDocument(
            head["conversation"], head["title"], head["suffix"], head["mime"], data, attachments
        )
        return Exported(document, head["damaged"])

    @property
    def has_left(self) -> bool:
        """Whether it ended by itself, in peace."""
        return self._process.wait() == 0

    @property
    def status(self) -> int:
        return self._process.wait()

    def end(self) -> None:
        """For good. What it ended with before stays its status."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(BrokenPipeError):
                cast(Any, pipe).close()


@atexit.register
def end_idle() -> None:
    while _idle:
        _idle.pop().end()
