"""One search: in time, and no faster than the service allows. Where a service asks for a pause, one pause
holds for everybody, and those who waited go one after the other."""

import asyncio
from weakref import WeakKeyDictionary

from chat.tools.search.http import SearchBusyError, SearchError
from chat.tools.search.results import MOST, FoundPage
from chat.tools.search.services import ChosenService

PATIENCE = 10.0
"""Seconds that a search waits for a service that asked for a pause; for a longer one it fails at once."""
LONGEST_QUERY = 1_000


class Pauses:
    def __init__(self) -> None:
        self.until: dict[str, float] = {}
        self.line = asyncio.Lock()

    def left(self, service: str) -> float:
        return self.until.get(service, 0.0) - asyncio.get_running_loop().time()

    def add(self, service: str, seconds: float) -> None:
        end = asyncio.get_running_loop().time() + seconds
        self.until[service] = max(self.until.get(service, 0.0), end)


_of_loops: WeakKeyDictionary[asyncio.AbstractEventLoop, Pauses] = WeakKeyDictionary()


def known_pauses() -> Pauses:
    loop = asyncio.get_running_loop()
    if loop not in _of_loops:
        _of_loops[loop] = Pauses()
    return _of_loops[loop]


async def search(chosen: ChosenService, query: str, most: int) -> list[FoundPage]:
    """Raises SearchError, in words of whatever language is active when it is shown."""
    service, access = chosen.service, chosen.access
    if service is None or chosen.missing:
        raise SearchError(chosen.missing)
    query = " ".join(query.split())[:LONGEST_QUERY]
    most = min(max(most, 1), MOST)
    known = known_pauses()
    end = asyncio.get_running_loop().time() + PATIENCE
    while True:
        try:
            if known.left(service.name) <= 0:
                return await service.search(access, query, most)
            async with known.line:
                await _wait(service.name, known, end)
                return await service.search(access, query, most)
        except SearchBusyError as error:
            known.add(service.name, error.seconds)
            if asyncio.get_running_loop().time() + error.seconds > end:
                raise


async def _wait(service: str, known: Pauses, end: float) -> None:
    """Raises SearchBusyError where the pause is longer than a search waits."""
    while (left := known.left(service)) > 0:
        if asyncio.get_running_loop().time() + left > end:
            raise SearchBusyError(service, left)
        await asyncio.sleep(left)
