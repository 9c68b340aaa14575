"""A model server that lists its models to whoever brings the right key, at the paths that it has."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

KEY = "sk-right"


@dataclass
class ModelList:
    """`path`: where the list is. `key`: empty where it asks for none. `status`: of every answer, where it is
    not 200. `asked`: the paths and keys of the requests that came."""

    models: Sequence[str] = ()
    path: str = "/v1/models"
    key: str = KEY
    status: int = 200
    url: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)

    def answer(self, request: web.Request) -> web.Response:
        key = request.headers.get("Authorization", "").removeprefix("Bearer ")
        self.asked.append((request.path, key))
        if self.status != 200:
            return refusal(self.status, "out of order")
        if request.path != self.path:
            return refusal(404, "no such page")
        if self.key and key != self.key:
            return refusal(401, "Incorrect API key provided")
        return web.json_response(self.listing())

    def listing(self) -> Any:
        if self.path.startswith("/api/tags"):
            return {"models": [{"name": name, "model": name, "details": {}} for name in self.models]}
        return {"object": "list", "data": [{"id": name, "object": "model"} for name in self.models]}


def refusal(status: int, message: str) -> web.Response:
    return web.json_response({"error": {"message": message}}, status=status)


@asynccontextmanager
async def listing_models(*models: str, **more: Any) -> AsyncIterator[ModelList]:
    served = ModelList(models, **more)

    async def answer(request: web.Request) -> web.Response:
        return served.answer(request)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    served.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield served
    finally:
        await runner.cleanup()
