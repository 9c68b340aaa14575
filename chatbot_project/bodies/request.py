"""Requests as Twisted receives them: a body is refused before it is kept, or kept where it is read from."""

import asyncio
import io
import logging
import tempfile
from typing import Any, BinaryIO

from daphne import http_protocol

from chat.protocol.errors import ChatError
from chatbot_project.bodies.limits import NOTHING_LARGE, SMALL, BodyLimits, is_known, limits_of
from chatbot_project.bodies.refusals import raw_answer, refusal_of

logger = logging.getLogger(__name__)

LINGER = 10.0
"""Seconds in which the rest of a refused body is read and dropped: most clients read an answer only when they
have sent all, and to one whose bytes nobody takes the connection's end would come before the answer."""

_asking: set["asyncio.Task[None]"] = set()


class Request(http_protocol.WebRequest):  # type: ignore[misc]
    """Whether somebody is logged in is asked before a large body is read; until it is known the connection
    stands still, and what has come of the body (one block of the system's) stays in memory."""

    content: BinaryIO
    body: BinaryIO

    def __init__(self, *args: Any, **options: Any) -> None:
        """Django reads forms. Twisted would hold an upload in memory to read it first, and answer one that
        is broken by itself."""
        super().__init__(*args, **options)
        self._parsePOSTFormSubmission = False
        self._limits: BodyLimits = NOTHING_LARGE
        self._most = SMALL
        self._size = 0
        self._expects = False
        self._is_asking = self._is_refused = self._is_whole = False

    def gotLength(self, length: int | None) -> None:  # noqa: N802
        """Called when the headers are there. `length`: None where the body comes in chunks."""
        if not self.requestHeaders.hasHeader(b"Upgrade"):
            self._limits = limits_of(self._method, self._target)
        self.content = io.BytesIO() if length is not None and length <= SMALL else kept_body()
        self._take(length or 0)

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802
        if self._is_refused or self.content.closed:
            return
        self._size += len(data)
        self._take(self._size)
        if not self.content.closed:
            self.content.write(data)

    def requestReceived(self, *arguments: Any) -> None:  # noqa: N802
        self._is_whole = True
        if not self._is_refused:
            super().requestReceived(*arguments)

    def process(self) -> Any:
        """Of the body, Daphne is shown nothing: see blocks.py."""
        if not self.requestHeaders.hasHeader(b"Upgrade"):
            self.body, self.content = self.content, io.BytesIO()
        return super().process()

    @property
    def _method(self) -> str:
        return str(self.channel._command.decode("latin-1"))

    @property
    def _target(self) -> str:
        return str(self.channel._path.decode("latin-1"))

    def _take(self, size: int) -> None:
        if size <= self._most or self._is_asking:
            return
        if self._most < self._limits.known and size <= self._limits.known:
            self._ask(size)
        else:
            self._refuse(self._limits.refusal(size))

    def _ask(self, size: int) -> None:
        self._is_asking = True
        self._expects = self.requestHeaders.hasHeader(b"Expect")
        # Twisted would tell the client at once to go on.
        self.requestHeaders.removeHeader(b"Expect")
        self.channel._networkProducer.pauseProducing()
        task = asyncio.ensure_future(self._decide(size))
        _asking.add(task)
        task.add_done_callback(_asking.discard)

    async def _decide(self, size: int) -> None:
        try:
            known = await is_known(self._plain_headers())
        except Exception:
            logger.exception("Who sends a large body could not be found out")
            known = False
        self._is_asking = False
        if self._disconnected or self._is_whole:
            return
        if not known:
            self._refuse(self._limits.refusal(size))
            return
        self._most = self._limits.known
        if self._expects:
            self.channel._send100Continue()
        self.channel._networkProducer.resumeProducing()

    def _refuse(self, error: ChatError) -> None:
        """The answer, and the end of what we write. Nothing that comes is read as a request any more."""
        self._is_refused = True
        self.content.close()
        self.requestHeaders.removeHeader(b"Expect")
        channel = self.channel
        channel.transport.write(raw_answer(refusal_of(error, self._target, self._plain_headers())))
        channel.transport.loseWriteConnection()
        channel.dataReceived = drop_bytes
        channel.setTimeout(LINGER)
        channel._networkProducer.resumeProducing()

    def _plain_headers(self) -> dict[str, str]:
        return {
            name.decode("latin-1").lower(): b",".join(values).decode("latin-1")
            for name, values in self.requestHeaders.getAllRawHeaders()
        }


def drop_bytes(data: bytes) -> None:
    """Forgets what comes, in place of a channel's `dataReceived`."""


def kept_body() -> BinaryIO:
    """A file that has no name, on disk only when more than a little was written."""
    return tempfile.SpooledTemporaryFile(max_size=SMALL)  # type: ignore[return-value]
