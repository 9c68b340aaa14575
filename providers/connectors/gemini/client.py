"""The SDK's client, made once a connector. Importing this imports google.genai: most of a second."""

import ssl
from typing import Any

import httpx2
from google import genai
from google.genai import types

from providers.connectors.gemini import answers, requests
from providers.connectors.shared import sdk_transport

SdkCall = sdk_transport.SdkCall
SdkTransport = sdk_transport.SdkTransport
GeminiAnswerParser = answers.GeminiAnswerParser
config_of = requests.config_of
definitions_text = requests.definitions_text
contents_of = requests.contents_of


# The SDK reads all root certificates (a third of a second) for websockets that are never opened.
_TRUSTS_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def open_client(transport: SdkTransport) -> genai.Client:
    """On httpx2 over Divan's own session, without the SDK's own retries, on `v1beta`: the `-latest` names
    of models exist nowhere else."""
    return genai.Client(
        vertexai=False,
        api_key=sdk_transport.PLACEHOLDER_KEY,
        http_options=types.HttpOptions(
            base_url=transport.base_url,
            api_version="v1beta",
            retry_options=types.HttpRetryOptions(attempts=1),
            httpx_client=httpx2.Client(transport=httpx2.MockTransport(_no_sync_requests)),
            async_client_args={"ssl": _TRUSTS_NOBODY},
            httpx_async_client=httpx2.AsyncClient(transport=transport, timeout=None),
        ),
    )


def texts_as_contents(texts: list[str]) -> list[types.Content]:
    """gemini-embedding-2 takes a list of strings for the parts of one text, and answers with one vector."""
    return [types.Content(role="user", parts=[types.Part(text=text)]) for text in texts]


def _no_sync_requests(request: httpx2.Request) -> Any:
    raise RuntimeError("the synchronous client is not used")
