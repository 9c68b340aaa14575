"""Daphne, as Divan runs it. Importing this installs Twisted's reactor: only `serve` does."""

import asyncio
import logging
import signal
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from django.conf import settings

from chatbot_project.unused_modules import importing_websockets_alone

with importing_websockets_alone():
    from twisted.internet import asyncioreactor

    try:
        import uvloop
    except ImportError:
        pass
    else:
        # Before Daphne is imported, which would install the reactor on the standard loop.
        asyncioreactor.install(uvloop.new_event_loop())  # type: ignore[no-untyped-call]

    import daphne.server
    from daphne import http_protocol
    from daphne.endpoints import build_endpoint_description_strings
    from daphne.server import Server
    from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol

from chat.protocol.events import SENDS_TOGETHER
from chatbot_project.asgi import application
from chatbot_project.bodies.blocks import BODY, reading_bodies
from chatbot_project.bodies.request import Request
from chatbot_project.draining import drain_answers, wait_for_last_requests
from chatbot_project.gate import Gate, text_frame, write_at_once

logger = logging.getLogger(__name__)

TRY_LATER = 1013
LARGEST_FRAME = 8 * 1024 * 1024
"""Bytes of a message from a client. A command that is too long is told so, one that is longer than this is
not read, and the socket closed with 1009."""


SERVERS_OWN_CODES = (1011, 1012, 1013)
"""Closing codes of RFC 6455's register that a server may send: an error of its own, a restart, try later."""


class SocketProtocol(WebSocketProtocol):  # type: ignore[misc]
    maxMessagePayloadSize: int  # noqa: N815
    gate: "SocketGate"

    CONFIG_ATTRS = ()
    """Of what Autobahn copies from the factory to each socket: it is in this class (`SocketFactory`)."""

    def connectionMade(self) -> None:  # noqa: N802
        super().connectionMade()
        # Until now the transport told the HTTP connection that this socket came from.
        self.transport.unregisterProducer()
        self.gate = SocketGate(self.transport, lambda: self.serverClose(TRY_LATER))
        self.transport.registerProducer(self.gate, True)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        """Autobahn's own writes a line of its log in colours first, whether or not anybody reads that."""
        self._dataReceived(data)

    def connectionLost(self, *reason: Any) -> None:  # noqa: N802
        """What it knows knows it no more: else Python's collector alone would find that it has ended."""
        super().connectionLost(*reason)
        self.gate.stopProducing()
        self.is_closed.addCallback(lambda _itself: None)

    def onConnect(self, request: Any) -> Any:  # noqa: N802
        """Who sends what no socket takes is told so by the closing code; a bare end says nothing."""
        self.failByDrop = False
        return super().onConnect(request)

    def sendClose(self, code: int | None = None, reason: str | None = None) -> None:  # noqa: N802
        """Autobahn lets an application send 1000 and from 3000 on alone."""
        if code in SERVERS_OWN_CODES:
            self.sendCloseFrame(code=code, reasonUtf8=None if reason is None else reason.encode())
        else:
            super().sendClose(code, reason)

    def sendMessage(self, *args: Any, **options: Any) -> None:  # noqa: N802
        """Autobahn holds what we send to the limit of what we take. The snapshot of a long conversation
        is larger than any command may be."""
        limit: int = self.maxMessagePayloadSize
        self.maxMessagePayloadSize = 0
        try:
            super().sendMessage(*args, **options)
        finally:
            self.maxMessagePayloadSize = limit

    def send_texts(self, texts: Iterable[str]) -> None:
        """Messages of one frame each. Autobahn and Twisted would put them in a buffer and ask the reactor for
        a turn: two system calls more, for every word of every answer."""
        if self.state == self.STATE_OPEN:
            write_at_once(self.transport, b"".join(text_frame(text.encode()) for text in texts))


class SocketFactory(WebSocketFactory):  # type: ignore[misc]
    """Gives its options to the sockets' class, once. Autobahn copies all thirty to each socket that connects,
    and puts them into words for a log that nobody reads: a sixth of a millisecond."""

    protocol = SocketProtocol

    def setProtocolOptions(self, **options: Any) -> None:  # noqa: N802
        super().setProtocolOptions(**options)
        for name in WebSocketProtocol.CONFIG_ATTRS:
            value = getattr(self, name)
            setattr(SocketProtocol, name, staticmethod(value) if callable(value) else value)


class SocketGate(Gate):
    """What the client asks for is not read either while it does not take what is sent."""

    def pauseProducing(self) -> None:  # noqa: N802
        super().pauseProducing()
        self.transport.pauseProducing()

    def resumeProducing(self) -> None:  # noqa: N802
        super().resumeProducing()
        self.transport.resumeProducing()


class GatedRequest(Request):
    """`gate` is there once an answer has begun that comes in parts."""

    gate: Gate | None = None

    def make_gate(self) -> None:
        transport = self.channel.transport
        self.gate = Gate(transport, transport.abortConnection)
        self.registerProducer(self.gate, True)

    def finish(self) -> None:
        if self.producer is not None:
            self.unregisterProducer()
        super().finish()


class WholeServer(Server):  # type: ignore[misc]
    ports: list[Any]
    """On which it listens."""

    def listen_success(self, port: Any) -> None:
        self.ports = [*getattr(self, "ports", ()), port]
        super().listen_success(port)

    def let_nobody_in(self) -> None:
        """Whoever waits at a door comes in; a proxy that then finds it shut goes elsewhere, whatever it was
        asked, as it does not where its connection breaks off."""
        for port in self.ports:
            port.doRead()
            port.stopListening()

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        """Waits where the client does not read: Daphne's own never does."""
        if message["type"] == "websocket.send" and message.get("text") and protocol.gate is not None:
            await protocol.gate.passed()
            protocol.send_texts([message["text"], *message.get("following", ())])
            return
        if message["type"] == "http.response.body" and protocol.gate is None and message.get("more_body"):
            if protocol.channel is not None:
                protocol.make_gate()
        elif message["type"] in ("websocket.send", "http.response.body") and protocol.gate is not None:
            await protocol.gate.passed()
        await super().handle_reply(protocol, message)

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        if isinstance(protocol, Request) and hasattr(protocol, "body"):
            scope[BODY] = protocol.body
        if isinstance(protocol, SocketProtocol):
            scope["extensions"] = {**scope.get("extensions", {}), SENDS_TOGETHER: {}}
        return super().create_application(protocol, scope)


class Stopping:
    """SIGTERM drains first. Ctrl-C, or a second signal while it drains, ends the server at once."""

    def __init__(self, loop: asyncio.AbstractEventLoop, let_nobody_in: Callable[[], object]) -> None:
        self._loop = loop
        self._let_nobody_in = let_nobody_in
        self._draining: asyncio.Task[None] | None = None

    def listen(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._received)

    def _received(self, number: int, _frame: object) -> None:
        self._loop.call_soon_threadsafe(self._stop, number)

    def _stop(self, number: int) -> None:
        if number == signal.SIGTERM and self._draining is None:
            self._draining = asyncio.create_task(self._drain())
        elif self._draining is None or not self._draining.done():
            if self._draining is not None:
                self._draining.cancel()
            end_reactor()

    async def _drain(self) -> None:
        try:
            await drain_answers(settings.DRAIN_SECONDS)
            self._let_nobody_in()
            await wait_for_last_requests()
        except Exception:
            logger.exception("What was answered could not be waited for")
        finally:
            end_reactor()


def end_reactor() -> None:
    from twisted.internet import reactor
    from twisted.internet.error import ReactorNotRunning

    with suppress(ReactorNotRunning):
        reactor.stop()  # type: ignore[misc]


def run(host: str, port: int, on_ready: Callable[[], object]) -> None:
    """Returns when the server has been told to stop. `on_ready` is called once it listens."""

    def listening() -> None:
        Stopping(asyncio.get_running_loop(), server.let_nobody_in).listen()
        on_ready()

    daphne.server.WebSocketFactory = SocketFactory
    http_protocol.WebRequest = GatedRequest
    server = WholeServer(
        application=reading_bodies(application),
        endpoints=build_endpoint_description_strings(host=host, port=port),
        websocket_max_message_size=LARGEST_FRAME,
        websocket_max_frame_size=LARGEST_FRAME,
        ready_callable=lambda: asyncio.get_event_loop().call_soon(listening),
        server_name="Divan",
        verbosity=0,
    )
    server.run()
