import re
from collections.abc import Callable

import pytest
from asgiref.sync import sync_to_async

from providers.configuration import rows
from providers.connectors.shared.offline_catalogue import locate_service
from providers.costs import prices
from providers.models import Model, Server
from providers.types import ModelInfo, Pricing, ServerConfig, Usage

GEMINI = ServerConfig("gemini", "gemini")
OLLAMA = ServerConfig("ollama", "ollama", "http://127.0.0.1:11434")
VLLM = ServerConfig("vllm", "openai", "http://gpu.lan:8000/v1")
ROUTER = ServerConfig("openrouter", "openai", "https://openrouter.ai/api/v1")
SOME = Usage(input=1_000_000, output=1_000_000)


def test_the_services_own_figure_comes_first() -> None:
    usage = Usage(input=10, output=10, cost_usd=0.25)
    for server in (GEMINI, OLLAMA, ROUTER):
        assert prices.cost_of(server, "x", usage) == prices.Cost(0.25, "provider")


def test_a_model_of_gemini_is_priced_without_the_network() -> None:
    cost = prices.cost_of(GEMINI, "gemini-3.8-flash", SOME)
    assert cost.source == "priced"
    assert cost.usd is not None
    assert cost.usd > 0


def test_cached_input_costs_less() -> None:
    whole = prices.cost_of(GEMINI, "gemini-3.8-flash", Usage(input=10_000, output=1))
    cached = prices.cost_of(GEMINI, "gemini-3.8-flash", Usage(input=10_000, output=1, cached=9_000))
    assert whole.usd is not None
    assert cached.usd is not None
    assert 0 < cached.usd < whole.usd


@pytest.mark.parametrize("server", [OLLAMA, ServerConfig("o", "ollama"), ServerConfig("echo", "echo")])
def test_ones_own_machine_is_free_whatever_was_counted(server: ServerConfig) -> None:
    for usage in (SOME, Usage()):
        assert prices.cost_of(server, "qwen3:8b", usage) == prices.Cost(0.0, "free")


def test_ollama_elsewhere_and_its_cloud_are_not_called_free() -> None:
    away = ServerConfig("cloud", "ollama", "https://ollama.com")
    assert prices.cost_of(away, "qwen3:8b", SOME) == prices.Cost(None, "unknown", "no_price")
    assert prices.cost_of(OLLAMA, "gpt-oss:120b-cloud", SOME) == prices.Cost(None, "unknown", "no_price")


def test_an_unknown_price_and_unknown_usage_are_unknown_and_never_zero() -> None:
    assert prices.cost_of(VLLM, "my-model", SOME) == prices.Cost(None, "unknown", "no_price")
    assert prices.cost_of(GEMINI, "gemini-99-none", SOME) == prices.Cost(None, "unknown", "no_price")
    assert prices.cost_of(GEMINI, "gemini-3.8-flash", Usage()) == prices.Cost(None, "unknown", "no_usage")


def test_the_servers_own_list_prices_what_the_library_does_not_know() -> None:
    info = ModelInfo("my-model", "m", "openai", "vllm", pricing=Pricing(1.0, 3.0))
    assert prices.cost_of(VLLM, "my-model", SOME, info=info) == prices.Cost(4.0, "priced")


async def test_an_administrators_price_goes_before_free_and_before_the_library(
    add_server: Callable[..., Server],
) -> None:
    server = await sync_to_async(add_server)("gemini", provider="echo")
    await Model.objects.acreate(server=server, model_id="gemini-3.8-flash", price_input=2, price_output=5)
    await rows.aget_rows()
    assert prices.cost_of(GEMINI, "gemini-3.8-flash", SOME) == prices.Cost(7.0, "priced")


def test_a_fault_in_the_library_costs_no_answer_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    import genai_prices

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("broken data")

    monkeypatch.setattr(genai_prices, "calc_price", broken)
    assert prices.cost_of(GEMINI, "gemini-3.8-flash", SOME).source == "unknown"


def test_a_list_that_tells_little_is_completed_offline_with_prices_by_the_million() -> None:
    listed = [
        ModelInfo("gemini-3.8-flash", "x", "gemini", "gemini"),
        ModelInfo("none", "x", "gemini", "gemini"),
        ModelInfo("gemini-3.8-flash", "x", "gemini", "gemini", "d", 5, pricing=Pricing(9, 9)),
    ]
    first, second, third = prices.complete_list(GEMINI, listed)
    cost = prices.cost_of(GEMINI, "gemini-3.8-flash", Usage(input=1000, output=0)).usd
    assert first.pricing is not None
    assert cost is not None
    assert first.pricing.input == pytest.approx(cost * 1000)
    assert first.context_length == 1_000_000
    assert first.description
    assert second == listed[1]
    assert third == listed[2]


@pytest.mark.parametrize(
    ("url", "is_known"),
    [
        ("http://127.0.0.1:8000/v1", False),
        ("http://localhost:1234/v1", False),
        ("http://[::1]:8080/v1", False),
        ("http://192.168.1.20:8000", False),
        ("http://vllm:8000/v1", False),
        ("http://gpu.lan/v1", False),
        ("", False),
        ("https://api.groq.com/openai/v1", True),
        ("https://llm.example.org/v1", True),
    ],
)
def test_what_runs_on_ones_own_network_is_no_service_with_a_price_list(url: str, is_known: bool) -> None:
    """So the list, which takes 11 MB, is not even imported for it."""
    server = ServerConfig("one", "openai", url)
    assert locate_service(server) == ({"provider_api_url": url} if is_known else {})


def test_no_service_of_the_price_list_is_at_an_address_of_ones_own_network() -> None:
    from genai_prices.data_snapshot import get_snapshot

    own = [
        "http://127.0.0.1:11434/v1",
        "http://localhost:8000/v1",
        "http://10.0.0.7/v1",
        "http://vllm:8000/v1",
    ]
    patterns = [provider.api_pattern for provider in get_snapshot().providers]
    assert len(patterns) > 20
    assert [found for found in patterns for url in own if re.match(found, url)] == []
