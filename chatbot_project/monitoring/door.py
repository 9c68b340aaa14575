"""`GET /-/metrics`, in Prometheus's text form, for whoever has METRICS_TOKEN. Answered before hosts and
sessions are looked at, as `/-/health` is; without the setting there is no such address."""

import asyncio
from collections.abc import Iterable
from secrets import compare_digest
from typing import Any

METRICS = "/-/metrics"
PLAIN = b"text/plain; charset=utf-8"


def with_metrics(app: Any, token: str) -> Any:
    figures = begin_to_count() if token else None

    async def door(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["path"] != METRICS or scope["method"] not in ("GET", "HEAD"):
            await app(scope, receive, send)
            return
        more: list[tuple[bytes, bytes]] = []
        kind, body = PLAIN, b""
        if figures is None:
            status, body = 404, b"METRICS_TOKEN is not set.\n"
        elif not is_allowed(scope["headers"], token):
            status, body = 401, b"Authorization: Bearer and METRICS_TOKEN are wanted.\n"
            more = [(b"www-authenticate", b"Bearer")]
        else:
            status, kind, body = 200, *await write(figures)
        headers = [(b"content-type", kind), (b"cache-control", b"no-store"), *more]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body if scope["method"] == "GET" else b""})

    return door


def begin_to_count() -> Any:
    """From now on all that ends is counted."""
    from chat.engine.engine import when_ended
    from chatbot_project.monitoring.figures import Figures
    from providers.costs.budgets import when_recorded

    figures = Figures()
    when_ended.append(figures.count_answer)
    when_recorded.append(figures.count_request)
    return figures


def is_allowed(headers: Iterable[tuple[bytes, bytes]], token: str) -> bool:
    """How long it takes says nothing of how much of the token was right."""
    given = [value for name, value in headers if name == b"authorization"]
    scheme, _, credentials = (given[0] if len(given) == 1 else b"").partition(b" ")
    return compare_digest(credentials.strip(), token.encode()) and scheme.lower() == b"bearer"


async def write(figures: Any) -> tuple[bytes, bytes]:
    """The content's type, and the content, which is written in a thread: a dozen lines for each model."""
    from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

    figures.now.look()
    return CONTENT_TYPE_PLAIN_0_0_4.encode(), await asyncio.to_thread(generate_latest, figures.registry)
