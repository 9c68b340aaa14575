import os
import socket
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from conversations.in_use import serving
from core import heap

THREAD_SWITCH = 0.0005
"""Seconds. A thread that writes a file wants the interpreter back after each system call; at Python's 5 ms
it would wait that long each time while tokens stream, and so would whoever waits for the file."""


class Command(BaseCommand):
    help = "Runs the chat: HTTP and WebSocket in one process."
    # Its own, once it is known what is served: they take a fifth of a start, and say each warning.
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=settings.HOST)
        parser.add_argument("--port", type=int, default=settings.PORT)

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        # What the checks found right for HOST must be what is served.
        settings.HOST, settings.PORT = host, port
        self.check(databases=[])
        refuse_busy_port(host, port)
        sys.setswitchinterval(THREAD_SWITCH)
        heap.share_arenas()
        heap.return_large_blocks()
        # Imported here, because the server installs Twisted's reactor.
        from chatbot_project import server, startup

        with serving(settings.DATA_DIR, alone=not settings.REDIS_URL):
            startup.prepare_server()
            server.run(host, port, lambda: startup.announce_start(host, port, self.stdout.write))


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
