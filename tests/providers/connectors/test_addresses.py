"""What people type for the address of a model server, and the way that is taken to it."""

import asyncio

import pytest
from aiohttp import web

from providers.connectors import declaration_of, load_connector
from providers.types import Secret, ServerConfig
from providers.wire.proxies import proxy_for
from tests.providers.connectors.conftest import Connect
from tests.providers.connectors.hearing import asking, hear
from tests.upstreams import Upstream

TYPED: list[tuple[str, str, str]] = [
    *(
        ("openai", f"http://gpu.lan:8000{tail}", "http://gpu.lan:8000/v1")
        for tail in (
            "",
            "/",
            "/v1",
            "/v1/",
            "/v1//",
            "//v1",
            "/v1/chat/completions",
            "/v1/chat/completions/",
            "/chat/completions",
            "/v1/models",
            "/v1/completions",
            "/v1/embeddings",
            "/v1/responses",
        )
    ),
    ("openai", "  gpu.lan:8000 ", "http://gpu.lan:8000/v1"),
    ("openai", "'gpu.lan:8000/v1'", "http://gpu.lan:8000/v1"),
    ("openai", "localhost:1234", "http://localhost:1234/v1"),
    ("openai", "http:/localhost:1234/v1", "http://localhost:1234/v1"),
    ("openai", "http//localhost:1234/v1", "http://localhost:1234/v1"),
    ("openai", "http://localhost:11434/api", "http://localhost:11434/v1"),
    ("openai", "http://localhost:3000/api", "http://localhost:3000/api"),
    ("openai", "http://gpu.lan/llm/v1/chat/completions", "http://gpu.lan/llm/v1"),
    ("openai", "http://gpu.lan/llm", "http://gpu.lan/llm"),
    ("openai", "https://g.example/v1beta/openai/", "https://g.example/v1beta/openai"),
    ("openai", "api.openai.com", "https://api.openai.com/v1"),
    ("openai", "https://openrouter.ai", "https://openrouter.ai/api/v1"),
    ("openai", "https://openrouter.ai/api", "https://openrouter.ai/api/v1"),
    ("openai", "https://api.groq.com/openai/v1/chat/completions", "https://api.groq.com/openai/v1"),
    ("openai", "api.groq.com/openai", "https://api.groq.com/openai/v1"),
    ("openai", "https://api.perplexity.ai", "https://api.perplexity.ai"),
    ("openai", "https://api.perplexity.ai/chat/completions", "https://api.perplexity.ai"),
    ("huggingface", "https://me.endpoints.example", "https://me.endpoints.example/v1"),
    ("huggingface", "https://me.endpoints.example/v1/chat/completions", "https://me.endpoints.example/v1"),
    *(
        ("ollama", f"http://gpu.lan:11434{tail}", "http://gpu.lan:11434")
        for tail in (
            "",
            "/",
            "/v1",
            "/v1/",
            "/api",
            "/api/",
            "/api/chat",
            "/api/tags",
            "/v1/chat/completions",
        )
    ),
    ("ollama", "gpu.lan:11434", "http://gpu.lan:11434"),
    ("ollama", "https://gpu.example/ollama/api", "https://gpu.example/ollama"),
    *(
        ("anthropic", f"https://api.anthropic.com{tail}", "https://api.anthropic.com")
        for tail in ("", "/", "/v1", "/v1/messages", "/v1/models", "/messages")
    ),
    *(
        ("gemini", f"https://g.example{tail}", "https://g.example")
        for tail in (
            "",
            "/v1beta",
            "/v1beta/models",
            "/v1",
            "/v1beta/models/gemini-x:generateContent",
            "/models",
        )
    ),
    ("openai", "", ""),
    ("openai", "not an address", "not an address"),
]


@pytest.mark.parametrize(("provider", "typed", "root"), TYPED)
def test_an_address_is_mended_where_it_is_plain_what_was_meant(provider: str, typed: str, root: str) -> None:
    if root != "not an address":
        declared = declaration_of(provider)
        assert declared.api_root(typed) == root
        assert declared.api_root(root) == root


@pytest.mark.parametrize(
    ("name", "tail"),
    [
        ("openai", "/chat/completions"),
        ("openai", "/models/"),
        ("hf", "/chat/completions"),
        ("ollama", "/api"),
        ("ollama", "/v1/"),
        ("anthropic", "/v1/messages"),
        ("gemini", "/v1beta/models"),
    ],
)
async def test_a_connector_answers_at_an_address_with_more_behind(
    name: str, tail: str, upstream: Upstream, connect: Connect
) -> None:
    connector = connect(name, base_url=upstream.base_url(name) + tail)
    heard = await hear(connector, asking(upstream.wires[name].model))
    assert heard.error is None
    assert await connector.list_models()


PROXY = "http://proxy.example:3128"
DIRECT = [
    ("http://127.0.0.1:11434", ""),
    ("http://127.8.0.1", ""),
    ("http://localhost:8000/v1", ""),
    ("http://LOCALHOST.:8000/v1", ""),
    ("http://ollama.localhost", ""),
    ("http://[::1]:8000", ""),
    ("http://[::ffff:127.0.0.1]:8000", ""),
    ("http://0.0.0.0:8000", ""),
    ("http://10.1.2.3", "10.0.0.0/8"),
    ("http://10.1.2.3", "example.com, 10.0.0.0/8"),
    ("http://10.1.2.3:8000", "10.1.2.3"),
    ("http://10.1.2.3:8000", "10.1.2.3:8000"),
    ("http://gpu.corp.example", "corp.example"),
    ("http://gpu.corp.example", ".corp.example"),
    ("http://gpu.corp.example", "*.corp.example"),
    ("http://gpu.corp.example:8000", "gpu.corp.example:8000"),
    ("http://gpu.corp.example", "gpu.corp.example:80"),
    ("https://gpu.corp.example", "GPU.Corp.Example:443"),
    ("http://[fd00::5]:8000", "fd00::/8"),
    ("http://[fd00::5]:8000", "fd00::5"),
    ("http://[fd00::5]:8000", "[fd00::5]"),
    ("http://[fd00::5]:8000", "[fd00::5]:8000"),
    ("http://anything.example", "*"),
    ("http://gpu.lan", "a b gpu.lan"),
    ("http://gpu.lan", "http://gpu.lan"),
]
PROXIED = [
    ("http://gpu.lan:8000", ""),
    ("http://11.1.2.3", "10.0.0.0/8"),
    ("http://10.1.2.3:8000", "10.1.2.3:9000"),
    ("http://notcorp.example", "corp.example"),
    ("http://gpu.corp.example:8000", "gpu.corp.example:9000"),
    ("http://[fd00::5]", "[fd00::6]"),
    ("http://localhost.example", ""),
    ("http://gpu.lan", "nonsense/33, 300.1.1.1"),
]


@pytest.fixture
def proxied(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("no_proxy", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTP_PROXY", PROXY)
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    return monkeypatch


@pytest.mark.parametrize(("url", "no_proxy"), DIRECT)
def test_what_is_excepted_is_asked_directly(url: str, no_proxy: str, proxied: pytest.MonkeyPatch) -> None:
    proxied.setenv("NO_PROXY", no_proxy)
    assert proxy_for(url) is None


@pytest.mark.parametrize(("url", "no_proxy"), PROXIED)
def test_the_rest_is_asked_through_the_proxy(url: str, no_proxy: str, proxied: pytest.MonkeyPatch) -> None:
    proxied.setenv("NO_PROXY", no_proxy)
    assert proxy_for(url) == PROXY


async def test_every_connector_asks_this_machine_directly_and_others_through_the_proxy(
    upstream: Upstream, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def proxy(request: web.Request) -> web.Response:
        asked.append(request.headers["Host"])
        return web.Response(status=502)

    runner = web.AppRunner(web.Application())
    runner.app.router.add_route("*", "/{path:.*}", proxy)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
    monkeypatch.setenv("no_proxy", "")
    try:
        for name in ("openai", "hf", "ollama", "anthropic", "gemini"):
            assert (await hear(connect(name), asking(upstream.wires[name].model))).error is None
            server = ServerConfig(
                name, upstream.wires[name].provider, "http://model.example", Secret("k" * 9)
            )
            connector = load_connector(server.provider)(server)
            assert (await hear(connector, asking("m"))).error is not None
            await connector.aclose()
        assert set(asked) == {"model.example"}
    finally:
        await asyncio.wait_for(runner.cleanup(), 10)
