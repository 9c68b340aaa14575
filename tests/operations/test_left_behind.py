"""What has ended leaves memory by itself: Python's collector looks seldom where much streams."""

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.services.processes import Process, wait_until
from tests.services.server import Divan, copy_database
from tests.services.wire import wire

ECHO = [{"model": "echo/echo"}]
NOTHING = {"SocketProtocol": 0, "ChatConsumer": 0, "Answer": 0}


class Uncollected(Divan):
    """`counted` is what is in its memory."""

    def __init__(self, data_dir: Path) -> None:
        super().__init__(data_dir)
        self._file = data_dir.parent / "left.json"
        self.command = [sys.executable, "-m", "tests.services.left_behind", str(self._file)]

    def _launch(self) -> Any:
        return Process._launch(self)

    def counted(self) -> Any:
        return json.loads(self._file.read_text()) if self._file.exists() else None


@pytest.fixture
def uncollected(tmp_path: Path, database_with_tables: Path) -> Iterator[Uncollected]:
    copy_database(database_with_tables, tmp_path / "data")
    with Uncollected(tmp_path / "data") as server:
        wait_until(lambda: server.counted() == NOTHING, seconds=60, what="the first count")
        yield server


async def test_sockets_and_answers_that_have_ended_need_no_collector(uncollected: Uncollected) -> None:
    for _ in range(3):
        async with wire(uncollected.socket_url) as page:
            begun = await page.ask("send", conversation=None, text="hello", lanes=ECHO)
            await page.answer(begun["answers"][0])

            def has_begun() -> bool:
                return bool(uncollected.counted()["ChatConsumer"])

            await asyncio.to_thread(wait_until, has_begun, seconds=30, what="a socket that is counted")

    def is_gone() -> bool:
        return bool(uncollected.counted() == NOTHING)

    await asyncio.to_thread(wait_until, is_gone, seconds=30, what="nothing left of them")
