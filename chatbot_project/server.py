"""Daphne, as Divan runs it. Importing this installs Twisted's reactor: only `serve` does."""

import asyncio
from collections.abc import Callable
from typing import Any

from twisted.internet import asyncioreactor

try:
    import uvloop
except ImportError:
    pass
else:
    # Before Daphne is imported, which would install the reactor on the standard loop.
    asyncioreactor.install(uvloop.new_event_loop())  # type: ignore[no-untyped-call]

from daphne import http_protocol
from daphne.endpoints import build_endpoint_description_strings
from daphne.server import Server
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol

from chatbot_project.asgi import application
from chatbot_project.bodies.arriving import Request
from chatbot_project.bodies.blocks import BODY, reading_bodies

LARGEST_FRAME = 8 * 1024 * 1024
"""Bytes of a message from a client. A command that is too long is told so, one that is longer than this is
not read, and the socket closed with 1009."""


class SocketProtocol(WebSocketProtocol):  # type: ignore[misc]
    maxMessagePayloadSize: int  # noqa: N815

    def onConnect(self, request: Any) -> Any:  # noqa: N802
        """Who sends what no socket takes is told so by the closing code; a bare end says nothing."""
        self.failByDrop = False
        return super().onConnect(request)

    def sendMessage(self, *args: Any, **options: Any) -> None:  # noqa: N802
        """Autobahn holds what we send to the limit of what we take. The snapshot of a long conversation
        is larger than any command may be."""
        limit: int = self.maxMessagePayloadSize
        self.maxMessagePayloadSize = 0
        try:
            super().sendMessage(*args, **options)
        finally:
            self.maxMessagePayloadSize = limit


class WholeServer(Server):  # type: ignore[misc]
    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        if isinstance(protocol, Request) and hasattr(protocol, "body"):
            scope[BODY] = protocol.body
        return super().create_application(protocol, scope)


def run(host: str, port: int, on_ready: Callable[[], object]) -> None:
    """Returns when the server has been told to stop. `on_ready` is called once it listens."""
    WebSocketFactory.protocol = SocketProtocol
    http_protocol.WebRequest = Request
    WholeServer(
        application=reading_bodies(application),
        endpoints=build_endpoint_description_strings(host=host, port=port),
        websocket_max_message_size=LARGEST_FRAME,
        websocket_max_frame_size=LARGEST_FRAME,
        ready_callable=lambda: asyncio.get_event_loop().call_soon(on_ready),
        server_name="Divan",
        verbosity=0,
    ).run()
