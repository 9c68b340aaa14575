"""A real server without Python's collector, that counts what is in its memory of sockets and answers:
`python -m tests.services.left_behind FILE`, which gets the numbers by class."""

import asyncio
import gc
import json
import os
import sys
from collections import Counter
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatbot_project.settings")

from chatbot_project import server, startup
from chatbot_project.command_line import main

EVERY = 0.1


async def count(file: Path) -> None:
    from chat.consumers import ChatConsumer
    from chat.engine.answers.answer import Answer

    counted = (server.SocketProtocol, ChatConsumer, Answer)
    while True:
        found = Counter(type(one).__name__ for one in gc.get_objects() if isinstance(one, counted))
        fresh = file.with_suffix(".fresh")
        fresh.write_text(json.dumps({kind.__name__: found[kind.__name__] for kind in counted}))
        fresh.replace(file)
        await asyncio.sleep(EVERY)


def run(file: Path) -> int:
    tasks: list[asyncio.Task[None]] = []
    freeze = startup.freeze_loaded_objects

    def frozen() -> None:
        freeze()
        gc.disable()
        tasks.append(asyncio.ensure_future(count(file)))

    startup.freeze_loaded_objects = frozen
    return main(["manage.py", "serve"])


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1])))
