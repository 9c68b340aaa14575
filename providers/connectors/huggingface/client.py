"""The SDK's client for one request. Importing this imports huggingface_hub."""

from collections.abc import AsyncIterable
from typing import Any, cast

import httpx2
from huggingface_hub import AsyncInferenceClient

from providers.connectors.shared import sdk_transport

SdkCall = sdk_transport.SdkCall
SdkTransport = sdk_transport.SdkTransport


def open_http(transport: SdkTransport) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=transport, timeout=None)


async def chat_stream(
    client: httpx2.AsyncClient, base_url: str, body: dict[str, Any], headers: dict[str, str]
) -> AsyncIterable[Any]:
    """The SDK's chunks. `body` is a whole request; what the SDK has no name for goes as `extra_body`.

    A client a request: the SDK keeps every response on the client's exit stack for good. It costs 2 µs.
    """
    sdk = _Client(client, base_url, headers)
    named = {name: body[name] for name in _NAMED if name in body}
    extra = {name: value for name, value in body.items() if name not in _NAMED}
    chunks = await sdk.chat_completion(**named, extra_body=extra)
    return cast("AsyncIterable[Any]", chunks)


def wrap_chunk(payload: Any) -> Any:
    """A chunk as the SDK can read it, whatever it holds. (It dies on a list of odd things, and its classes
    lose what they do not name: reasoning under other names, the details of the counts.)"""
    return {_WRAPPED: payload}


def unwrap_chunk(chunk: Any) -> Any:
    return getattr(chunk, _WRAPPED, None)


_WRAPPED = "payload"
_NAMED = frozenset(
    {
        "max_tokens",
        "messages",
        "model",
        "response_format",
        "seed",
        "stream",
        "stream_options",
        "temperature",
        "tools",
        "top_p",
    }
)


class _Client(AsyncInferenceClient):
    """The SDK makes its own HTTP client, from a factory that is global; this one is given ours."""

    def __init__(self, http: httpx2.AsyncClient, base_url: str, headers: dict[str, str]) -> None:
        super().__init__(base_url=base_url, api_key=sdk_transport.PLACEHOLDER_KEY, headers=headers)
        self._http = http

    async def _get_async_client(self) -> httpx2.AsyncClient:
        return self._http
