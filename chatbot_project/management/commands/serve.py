import asyncio
import os
import socket
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

THREAD_SWITCH = 0.0005
"""Seconds. A thread that writes a file wants the interpreter back after each system call; at Python's 5 ms
it would wait that long each time while tokens stream, and so would whoever waits for the file."""
SOCKET_BYTES = 1024 * 1024


class Command(BaseCommand):
    help = "Runs the chat: HTTP and WebSocket in one process."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=settings.HOST)
        parser.add_argument("--port", type=int, default=settings.PORT)

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        # What the checks found right for HOST must be what is served.
        settings.HOST = host
        self.check(databases=[])
        refuse_busy_port(host, port)
        sys.setswitchinterval(THREAD_SWITCH)
        install_fast_loop()
        from chatbot_project.startup import announce, prepare

        prepare()
        serve(host, port, lambda: asyncio.ensure_future(announce(host, port, self.stdout.write)))


def refuse_busy_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host.strip("[]"), port))
        except OSError as error:
            raise CommandError(
                f"Port {port} of {host} cannot be used ({os.strerror(error.errno or 0)}). "
                f"Is Divan running already? Another port: make run PORT={port + 1}"
            ) from error


def install_fast_loop() -> None:
    """Before Daphne is imported, which would install Twisted's reactor on the standard loop."""
    from twisted.internet import asyncioreactor

    try:
        import uvloop
    except ImportError:
        return
    asyncioreactor.install(uvloop.new_event_loop())  # type: ignore[no-untyped-call]


def serve(host: str, port: int, on_ready: Any) -> None:
    from daphne.endpoints import build_endpoint_description_strings
    from daphne.server import Server

    from chatbot_project.asgi import application

    Server(
        application=application,
        endpoints=build_endpoint_description_strings(host=host, port=port),
        websocket_max_message_size=SOCKET_BYTES,
        ready_callable=on_ready,
        server_name="Divan",
        verbosity=0,
    ).run()
