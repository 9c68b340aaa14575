from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Sequence
from typing import ClassVar

from providers.connectors.shared.schema_rules import SERVERS, SchemaRules
from providers.connectors.shared.tool_schemas import tool_schema
from providers.types import (
    ChatRequest,
    Embeddings,
    ModelInfo,
    Params,
    ServerConfig,
    StreamEvent,
    ToolDefinition,
)


class Connector(ABC):
    """Speaks one provider's wire format to one server. Made once for a server and event loop, shared by
    all its requests, and closed by whoever made it.

    Every method raises `ProviderError` and nothing else (but for `CancelledError`).
    """

    provider: ClassVar[str]
    """The provider's name, as in its declaration and in a `Server` row."""

    schema_rules: SchemaRules = SERVERS
    """What it takes of the schemas of tools. Its requests are written with `tool_schema`."""

    def __init__(self, server: ServerConfig) -> None:
        self.server = server

    @abstractmethod
    def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent]:
        """Deltas, then exactly one `Done`. Cancelling the task that iterates closes the connection to the
        service. Call it through `providers.streaming.stream_chat`, which adds timeouts and retries."""

    @abstractmethod
    async def list_models(self) -> Sequence[ModelInfo]: ...

    async def model_info(self, model: str) -> ModelInfo | None:
        """All that the service tells of one model, or None where it does not know it."""
        return next((info for info in await self.list_models() if info.id == model), None)

    def window(self, info: ModelInfo | None, params: Params) -> int | None:
        """Tokens of question and answer together that a request with `params` gets; None: nobody knows.
        `info` is what is known of the model."""
        return params.context_length or (info.context_length if info else None)

    def takes_tool(self, tool: ToolDefinition) -> bool:
        """Whether its service can be told of such a tool."""
        return tool_schema(tool.parameters, self.schema_rules) is not None

    async def validate(self) -> None:
        """Returns when the address answers and the key is accepted."""
        await self.list_models()

    @abstractmethod
    async def aclose(self) -> None: ...


class Embedder(ABC):
    """Kept apart from `Connector`: few services embed. A connector may be both."""

    @abstractmethod
    async def embed(self, model: str, texts: Sequence[str]) -> Embeddings:
        """One vector for each text, whatever the service's batch limit is."""
