"""A client that reads nothing: what is meant for it waits in a bounded queue, and then nowhere."""

import asyncio
import base64
import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.error import ConnectionLost
from websockets.asyncio.client import connect
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from chatbot_project import gate as module
from chatbot_project.gate import Gate
from tests.conversations.samples import ID, answer, conversation, user
from tests.services.processes import Process, wait_until
from tests.services.server import Divan, copy_database

OPENS = 40
LONG = 4_200_000
"""Characters: more than a queue holds before its owner has to wait."""


class Counting(Divan):
    """`count` is what stood in its transports and queues at most."""

    def __init__(self, data_dir: Path) -> None:
        super().__init__(data_dir)
        self.counted = data_dir.parent / "counted.json"
        self.command = [sys.executable, "-m", "tests.services.counting", str(self.counted)]

    def _launch(self) -> Any:
        return Process._launch(self)

    def count(self, name: str) -> int:
        found: int = json.loads(self.counted.read_text())[name] if self.counted.exists() else 0
        return found


@pytest.fixture
def counting(tmp_path: Path, database_with_tables: Path) -> Iterator[Counting]:
    folder = tmp_path / "data"
    copy_database(database_with_tables, folder)
    with Counting(folder) as server:
        server.put_conversation(conversation(owner="local"), user("u1"), answer("a1", "u1", "x" * LONG))
        yield server


def frame_of(command: dict[str, Any]) -> bytes:
    """As a browser sends it, masked with zeros."""
    data = json.dumps(command).encode()
    assert len(data) < 126
    return bytes([0x81, 0x80 | len(data)]) + bytes(4) + data


def open_socket(server: Counting, path: str, *more: str, takes: int = 0) -> socket.socket:
    """`takes`: bytes that the system keeps for who does not read; 0: as it likes."""
    made = socket.create_connection(("127.0.0.1", server.port), timeout=60)
    if takes:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, takes)
    lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{server.port}", *more, "", ""]
    made.sendall("\r\n".join(lines).encode())
    return made


async def other_people_are_served(server: Counting) -> None:
    async with connect(server.socket_url, max_size=None) as page:
        await page.send(json.dumps({"type": "open", "ref": "r", "conversation": ID}))
        async with asyncio.timeout(60):
            while json.loads(await page.recv())["type"] != "snapshot":
                pass


async def test_forty_times_a_long_conversation_waits_as_little_more_than_one(counting: Counting) -> None:
    key = base64.b64encode(os.urandom(16)).decode()
    upgrade = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13")
    with closing(
        open_socket(counting, "/ws/chat/", *upgrade, f"Sec-WebSocket-Key: {key}", takes=4096)
    ) as raw:
        answer_to_upgrade = b""
        while not answer_to_upgrade.endswith(b"\r\n\r\n"):
            answer_to_upgrade += raw.recv(1)
        for n in range(OPENS):
            raw.sendall(frame_of({"type": "open", "ref": f"r{n}", "conversation": ID}))
        # How many of them are taken before the socket is read no more is a matter of how they arrive.
        wait_until(lambda: counting.count("transports") > 0, seconds=60, what="the first answer")
        for _ in range(3):
            await other_people_are_served(counting)
        assert counting.count("readers") < 3 * LONG
        assert counting.count("transports") < 3 * LONG


async def test_events_over_http_wait_where_they_are_made(counting: Counting) -> None:
    with closing(open_socket(counting, f"/api/conversations/{ID}/events", takes=4096)) as raw:
        wait_until(lambda: counting.count("transports") > 0, seconds=60, what="the first events")
        async with connect(counting.socket_url, max_size=None) as page:
            text = "/echo length=20000 speed=0"
            sent = {
                "type": "send",
                "ref": "s",
                "conversation": ID,
                "text": text,
                "lanes": [{"model": "echo/echo"}],
            }
            await page.send(json.dumps(sent))
            async with asyncio.timeout(120):
                while (said := json.loads(await page.recv())).get("ref") != "s":
                    pass
                assert said["type"] == "ack", said
                await page.send(json.dumps({"type": "open", "ref": "o", "conversation": ID}))
                while said.get("record", {}).get("role") != "assistant":
                    said = json.loads(await page.recv())
        # The other page reads the conversation, once.
        assert counting.count("transports") < LONG + LONG // 4
        assert raw.recv(15) == b"HTTP/1.1 200 OK"


class Transport:
    offset = 0
    _tempDataLen = 0  # noqa: N815 - as Twisted names it

    def __init__(self, waiting: int) -> None:
        self.dataBuffer = b"x" * waiting


class Taking(Transport):
    """Takes so many bytes at once, or answers with what Twisted says of a connection that is lost."""

    connected = True
    disconnecting = False

    def __init__(self, waiting: int, taken: object) -> None:
        super().__init__(waiting)
        self.taken = taken
        self.at_once = self.later = b""

    def writeSomeData(self, data: bytes) -> object:  # noqa: N802
        if isinstance(self.taken, int):
            self.at_once = data[: self.taken]
            return len(self.at_once)
        return self.taken

    def write(self, data: bytes) -> None:
        self.later += data


@pytest.mark.parametrize(
    ("waiting", "taken", "at_once", "later"),
    [
        (0, 100, b"message", b""),
        (0, 7, b"message", b""),
        (0, 3, b"mes", b"sage"),
        (0, 0, b"", b"message"),
        (0, ConnectionLost(), b"", b"message"),
        (5, 100, b"", b"message"),
    ],
)
def test_what_the_system_does_not_take_waits_and_nothing_overtakes_it(
    waiting: int, taken: object, at_once: bytes, later: bytes
) -> None:
    transport = Taking(waiting, taken)
    module.write_at_once(transport, b"message")
    assert (transport.at_once, transport.later) == (at_once, later)


@pytest.mark.parametrize("state", [{"connected": False}, {"disconnecting": True}])
def test_a_connection_that_ends_is_told_what_it_does_with_more(state: dict[str, bool]) -> None:
    transport = Taking(0, 100)
    vars(transport).update(state)
    module.write_at_once(transport, b"message")
    assert (transport.at_once, transport.later) == (b"", b"message")


@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 65_535, 65_536, 200_000])
def test_a_frame_of_every_length_is_read_by_another_implementation(length: int) -> None:
    payload = b"w" * length
    reader = StreamReader()
    reader.feed_data(module.text_frame(payload))
    parsing = Frame.parse(reader.read_exact, mask=False)
    with pytest.raises(StopIteration) as parsed:
        next(parsing)
    frame = parsed.value.value
    assert (frame.opcode, frame.fin, bytes(frame.data)) == (Opcode.TEXT, True, payload)


async def test_who_reads_nothing_for_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STALLED", 0.01)
    given_up: list[str] = []
    gate = Gate(Transport(100), lambda: given_up.append("given up"))
    await gate.passed()
    gate.pauseProducing()
    await gate.passed()
    assert given_up == ["given up"]


async def test_who_reads_a_little_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STALLED", 0.01)
    transport = Transport(5)
    gate = Gate(transport, lambda: pytest.fail("it was given up"))

    def waiting(_: Any) -> int:
        """Less, each time that somebody looks; in the end the transport says that nothing is left."""
        transport.dataBuffer = transport.dataBuffer[:-1]
        if not transport.dataBuffer:
            gate.resumeProducing()
        return len(transport.dataBuffer)

    monkeypatch.setattr(module, "waiting_bytes", waiting)
    gate.pauseProducing()
    await gate.passed()


async def test_nobody_waits_for_a_connection_that_is_gone() -> None:
    gate = Gate(Transport(5), lambda: pytest.fail("it was given up"))
    gate.pauseProducing()
    waiting = asyncio.create_task(gate.passed())
    await asyncio.sleep(0)
    assert not waiting.done()
    gate.stopProducing()
    await waiting
