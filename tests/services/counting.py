"""A real server that counts what waits for its clients: `python -m tests.services.counting FILE`.

FILE gets the most bytes that ever stood in its transports, and the most characters in its sockets' readers.
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatbot_project.settings")

from chatbot_project import server, startup
from chatbot_project.command_line import main
from chatbot_project.gate import waiting_bytes

EVERY = 0.01


async def count(running: Any, file: Path) -> None:
    from chat.consumers import _sockets

    most = {"transports": 0, "readers": 0}
    while True:
        gates = [protocol.gate for protocol in list(running.connections) if getattr(protocol, "gate", None)]
        now = {
            "transports": sum(waiting_bytes(gate.transport) for gate in gates),
            "readers": sum(one.session.reader.waiting for one in list(_sockets) if one.session),
        }
        most = {name: max(most[name], now[name]) for name in most}
        fresh = file.with_suffix(".fresh")
        fresh.write_text(json.dumps(most))
        fresh.replace(file)
        await asyncio.sleep(EVERY)


def run(file: Path) -> int:
    made: list[Any] = []
    tasks: list[asyncio.Task[None]] = []

    class Counted(server.WholeServer):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            made.append(self)

    begin = startup.announce_start

    def started(*args: Any) -> None:
        begin(*args)
        tasks.append(asyncio.ensure_future(count(made[0], file)))

    server.WholeServer = Counted  # type: ignore[misc]
    startup.announce_start = started  # type: ignore[assignment]
    return main(["manage.py", "serve"])


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1])))
