"""What those ask who look after the process, answered before hosts, sessions and everything else are looked
at: whoever asks from inside a container knows an address, and no name of ALLOWED_HOSTS.

`GET /-/health`: it lives. `GET /-/ready`: it can be given requests, or 503 and what is missing.
"""

import json
from typing import Any

from chatbot_project.readiness import check_readiness

HEALTH, READY = "/-/health", "/-/ready"


def with_health(app: Any) -> Any:
    async def door(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["path"] not in (HEALTH, READY) or scope["method"] not in ("GET", "HEAD"):
            await app(scope, receive, send)
            return
        told = {"status": "ok"} if scope["path"] == HEALTH else await check_readiness()
        body = json.dumps(told).encode() if scope["method"] == "GET" else b""
        headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
        status = 200 if told["status"] == "ok" else 503
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return door
