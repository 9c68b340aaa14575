"""Fake search services over real HTTP: SearXNG, Brave and Tavily, each in its own shape."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from aiohttp import web

KEY = "key-0123456789abcdef"
RESULTS = [
    {"title": "Ayasofya", "url": "https://example.org/ayasofya", "text": "Built in 537 in Istanbul."},
    {"title": "Hagia Sophia", "url": "https://example.org/hagia", "text": "A mosque since 2020."},
]


class Asked(NamedTuple):
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any


class SearchServices:
    """`results` is what is found. `answers`: status, headers and body that come first instead of results, one
    for each search."""

    def __init__(self) -> None:
        self.url = ""
        self.results: list[dict[str, Any]] = list(RESULTS)
        self.answers: list[web.Response] = []
        self.asked: list[Asked] = []
        self.formats = ["html", "json"]
        self.unresponsive: list[list[str]] = []

    def env(self, provider: str) -> dict[str, str]:
        """The environment of a Divan that searches here."""
        return {
            "SEARCH_PROVIDER": provider,
            "SEARXNG_URL": f"{self.url}/searxng",
            "BRAVE_BASE_URL": f"{self.url}/brave",
            "TAVILY_BASE_URL": f"{self.url}/tavily",
            "BRAVE_API_KEY": KEY,
            "TAVILY_API_KEY": KEY,
        }

    async def note(self, request: web.Request) -> web.Response | None:
        body = await request.json() if request.can_read_body else None
        self.asked.append(Asked(request.path, dict(request.query), dict(request.headers), body))
        return self.answers.pop(0) if self.answers else None

    async def searxng(self, request: web.Request) -> web.Response:
        if (first := await self.note(request)) is not None:
            return first
        if request.query.get("format", "html") not in self.formats:
            return web.Response(status=403, text="<!doctype html><title>403 Forbidden</title>")
        if request.query.get("format") != "json":
            return web.Response(text="<html>results</html>", content_type="text/html")
        rows = [self.row(one, "content") for one in self.results]
        return web.json_response({"results": rows, "unresponsive_engines": self.unresponsive})

    async def brave(self, request: web.Request) -> web.Response:
        if (first := await self.note(request)) is not None:
            return first
        if request.headers.get("X-Subscription-Token") != KEY:
            return web.json_response({"type": "ErrorResponse"}, status=422)
        rows = [self.row(one, "description") for one in self.results[: int(request.query["count"])]]
        return web.json_response({"type": "search", **({"web": {"results": rows}} if rows else {})})

    async def tavily(self, request: web.Request) -> web.Response:
        if (first := await self.note(request)) is not None:
            return first
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return web.json_response({"detail": {"error": "Unauthorized"}}, status=401)
        body = self.asked[-1].body
        rows = [self.row(one, "content") for one in self.results[: body["max_results"]]]
        return web.json_response({"query": body["query"], "results": rows})

    @staticmethod
    def row(one: dict[str, Any], text: str) -> dict[str, Any]:
        return {"title": one.get("title"), "url": one.get("url"), text: one.get("text")}


@asynccontextmanager
async def running_search_services() -> AsyncIterator[SearchServices]:
    services = SearchServices()
    app = web.Application()
    app.router.add_get("/searxng/search", services.searxng)
    app.router.add_get("/brave/res/v1/web/search", services.brave)
    app.router.add_post("/tavily/search", services.tavily)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    services.url = f"http://{host}:{port}"
    try:
        yield services
    finally:
        await runner.cleanup()
