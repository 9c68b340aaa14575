"""Parts of the engine, each by itself: no socket, no server; a database only where a test asks for it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import orjson
import pytest
import pytest_asyncio
from django.conf import settings

from chat.engine.broadcast import NoPeers
from chat.engine.engine import Engine
from chat.engine.frames import Frame
from chat.engine.reader import Reader
from chat.engine.room import Room
from conversations.files.folders import Folders
from conversations.files.store import FileStore
from conversations.store.conversation import Placed
from conversations.store.homes import Homes
from providers import registry

Event = dict[str, Any]


def folders_here() -> Folders:
    """In which this test's engine has its files."""
    return Folders(settings.DATA_DIR)


class Peers(NoPeers):
    """Other processes, as far as this one knows: what they were told."""

    alone = False

    def __init__(self) -> None:
        self.followed: list[str] = []
        self.frames: list[tuple[str, Event]] = []
        self.activities: list[tuple[str, str, Mapping[str, Any]]] = []
        self.stops: list[tuple[str, str | None]] = []
        self.closed = False

    async def follow(self, conversation: str) -> None:
        self.followed.append(conversation)

    def send_frame(self, conversation: str, frame: Frame) -> None:
        self.frames.append((conversation, orjson.loads(frame.body)))

    def send_activity(self, conversation: str, owner: str, changed: Mapping[str, Any]) -> None:
        self.activities.append((conversation, owner, changed))

    def send_stop(self, conversation: str, message: str | None) -> None:
        self.stops.append((conversation, message))

    async def aclose(self) -> None:
        self.closed = True


class Shown:
    """What rooms have shown: called as their `on_records`."""

    def __init__(self) -> None:
        self.news: list[tuple[str, list[str | None], bool]] = []

    def __call__(self, room: Room, news: Sequence[Placed], own: bool) -> None:
        self.news.append((room.id, [record.get("id") for _, record in news], own))  # type: ignore[misc]


async def taken(reader: Reader) -> list[Event]:
    """What waits for a reader. Something has to."""
    return [orjson.loads(frame.body) for frame in await reader.take_frames()]


@pytest.fixture
def store(data_dir: Any) -> FileStore:
    return FileStore(data_dir)


@pytest.fixture
def peers() -> Peers:
    return Peers()


@pytest.fixture
def shown() -> Shown:
    return Shown()


@pytest_asyncio.fixture
async def engine(store: FileStore, peers: Peers, transactional_db: None) -> AsyncIterator[Engine]:
    """A whole engine with the `echo` server alone, and others that it tells."""
    registry.reset_registry()
    made = Engine(Homes(store), peers)
    yield made
    await made.shutdown()
    registry.reset_registry()
