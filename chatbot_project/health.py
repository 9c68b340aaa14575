"""`GET /-/health`: the process lives. Answered before hosts, sessions and everything else are looked at."""

from typing import Any

PATH = "/-/health"
BODY = b'{"status": "ok"}'


def with_health(app: Any) -> Any:
    """Whoever asks from inside a container knows an address, and no name of ALLOWED_HOSTS."""

    async def door(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["path"] != PATH or scope["method"] not in ("GET", "HEAD"):
            await app(scope, receive, send)
            return
        headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": BODY if scope["method"] == "GET" else b""})

    return door
