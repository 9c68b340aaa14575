from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from providers.configuration import learned
from providers.connectors import load_connector
from providers.connectors.base import Connector
from providers.learning import memory
from providers.types import Secret, ServerConfig, Timeouts
from tests.providers.connectors.hearing import KEY
from tests.upstreams import Upstream, running_upstream
from tests.upstreams.server import WIRES
from tests.upstreams.wire import Wire

Connect = Callable[..., Connector]


@pytest.fixture(autouse=True)
def nothing_learned() -> Iterator[None]:
    """What is learned of a model stays in this process, and goes with the test."""
    memory.forget_all()
    memory.save_facts_with(None)
    yield
    memory.save_facts_with(learned.save_facts_soon)
    memory.forget_all()


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with running_upstream() as running:
        yield running


@pytest.fixture
async def connect(upstream: Upstream) -> AsyncIterator[Connect]:
    """Makes the connector for a wire; closed with the test."""
    made: list[Connector] = []

    def make(
        wire: Wire | str, *, base_url: str | None = None, key: str = KEY, timeouts: Timeouts | None = None
    ) -> Connector:
        found = upstream.wires[wire] if isinstance(wire, str) else wire
        server = ServerConfig(
            name=found.name,
            provider=found.provider,
            base_url=upstream.base_url(found.name) if base_url is None else base_url,
            key=Secret(key),
            timeouts=timeouts or Timeouts(connect=20, first_byte=20, chunk=20),
        )
        made.append(load_connector(found.provider)(server))
        return made[-1]

    yield make
    for connector in made:
        await connector.aclose()


@pytest.fixture(params=[wire.name for wire in WIRES])
def wire(request: pytest.FixtureRequest, upstream: Upstream) -> Wire:
    """Every wire format, each held by the same tests."""
    return upstream.wires[request.param]


@pytest.fixture(params=["anthropic", "gemini", "hf", "ollama", "openai"])
def one_wire(request: pytest.FixtureRequest, upstream: Upstream) -> Wire:
    """One wire for each connector, for what is too long to be held against every dialect."""
    return upstream.wires[request.param]


@pytest.fixture(params=[wire.name for wire in WIRES if wire.sse])
def sse_wire(request: pytest.FixtureRequest, upstream: Upstream) -> Wire:
    return upstream.wires[request.param]
