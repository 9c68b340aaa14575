from collections.abc import AsyncIterator, Callable

import pytest

from tests.services.clock import waiting_clock


@pytest.fixture
async def clock() -> AsyncIterator[Callable[[], float]]:
    """The time of the test's loop, which no other load on the machine moves: see `waiting_clock`."""
    with waiting_clock() as time:
        yield time
