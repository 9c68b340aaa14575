"""A provider whose servers do what a test says, by their address."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from providers.connectors.base import Connector
from providers.connectors.declarations import Declaration
from providers.errors import ProviderError
from providers.types import ChatRequest, Done, ModelInfo, ServerConfig, StreamEvent, TextDelta


@dataclass
class Script:
    """`hangs`: a list is never answered."""

    models: Sequence[str] = ()
    error: ProviderError | None = None
    hangs: bool = False
    asked: int = 0
    infos: Sequence[ModelInfo] = ()
    more: Sequence[str] = field(default=())
    """Models that the server knows and its list lacks."""


FAKE = Declaration("fake", "Fake", "tests.providers.registry.fakes.FakeConnector")


class FakeConnector(Connector):
    provider = "fake"
    scripts: ClassVar[dict[str, Script]] = {}
    made: ClassVar[list["FakeConnector"]] = []

    def __init__(self, server: ServerConfig) -> None:
        super().__init__(server)
        self.closed = False
        self.made.append(self)

    @property
    def script(self) -> Script:
        return self.scripts.setdefault(self.server.base_url, Script())

    async def list_models(self) -> Sequence[ModelInfo]:
        self.script.asked += 1
        if self.script.hangs:
            await asyncio.Event().wait()
        if self.script.error:
            raise self.script.error
        return [*self.script.infos, *(self.info(model) for model in self.script.models)]

    async def model_info(self, model: str) -> ModelInfo | None:
        return self.info(model) if model in (*self.script.models, *self.script.more) else None

    def info(self, model: str) -> ModelInfo:
        return ModelInfo(
            model, model.title(), self.server.provider, self.server.name, capabilities=frozenset({"chat"})
        )

    async def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent]:
        yield TextDelta("hello")
        yield Done("stop")

    async def aclose(self) -> None:
        self.closed = True
