"""Every service's own idea of a list of models, as one `ModelInfo`."""

from typing import Any

import pytest

from providers.connectors import PROVIDERS, load_connector
from providers.connectors.huggingface.model_lists import router_models
from providers.connectors.openai.llama_server import with_props
from providers.connectors.openai.model_lists import models_in
from providers.connectors.shared.model_facts import parameters_in, parameters_text, quantization_in
from providers.errors import ProviderError
from providers.types import ModelInfo, Pricing, ServerConfig
from tests.providers.connectors.conftest import Connect
from tests.providers.connectors.hearing import KEY, asking, hear
from tests.upstreams import Upstream
from tests.upstreams.ollama import OllamaWire
from tests.upstreams.script import refusal
from tests.upstreams.wire import Wire


async def listed(connect: Connect, wire: str) -> dict[str, ModelInfo]:
    return {info.id: info for info in await connect(wire).list_models()}


async def test_every_list_is_read(wire: Wire, connect: Connect) -> None:
    models = await listed(connect, wire.name)
    assert models
    for info in models.values():
        assert (info.provider, info.server) == (wire.provider, wire.name)
        assert info.name


async def test_gemini(connect: Connect) -> None:
    models = await listed(connect, "gemini")
    flash = models["gemini-3.8-flash"]
    assert (flash.name, flash.description) == ("Gemini 3.8 Flash", "Fast.")
    assert (flash.context_length, flash.max_tokens) == (1048576, 65536)
    assert flash.capabilities == {"chat", "vision", "tools", "thinking"}
    assert models["gemma-3-27b-it"].parameters == "27B"
    assert models["gemini-embedding-2"].capabilities == {"embeddings"}


async def test_openrouter(connect: Connect) -> None:
    models = await listed(connect, "openrouter")
    claude = models["anthropic/claude-test"]
    assert claude.pricing == Pricing(3.0, 15.0)
    assert (claude.context_length, claude.max_tokens) == (200000, 64000)
    assert claude.capabilities == {"chat", "vision", "tools", "thinking"}
    assert models["openrouter/auto"].pricing is None
    free = models["qwen/qwen3-8b:free"]
    assert (free.pricing, free.parameters) == (Pricing(0.0, 0.0), "8B")


async def test_together(connect: Connect) -> None:
    models = await listed(connect, "together")
    chat = models["test-model"]
    assert (chat.name, chat.pricing, chat.context_length) == ("Test 8B", Pricing(0.18, 0.2), 131072)
    assert models["BAAI/bge-base-en-v1.5"].capabilities == {"embeddings"}


async def test_llama_cpp(connect: Connect) -> None:
    (model,) = (await listed(connect, "llamacpp")).values()
    assert model.name == "Qwen3-8B-Q4_K_M.gguf"
    assert (model.parameters, model.quantization, model.size) == ("8B", "Q4_K_M", 4920739232)
    assert model.context_length == 16384
    assert model.capabilities == {"chat", "vision", "tools", "thinking"}


LLAMA_SERVERS: list[tuple[str, Any, set[str]]] = [
    ("Qwen3-8B.gguf", None, {"chat", "tools", "thinking"}),
    ("Qwen3-VL-8B.gguf", {"modalities": {"vision": False}}, {"chat", "tools"}),
    ("unknown.gguf", None, {"chat"}),
    ("unknown.gguf", {"modalities": {"vision": True}}, {"chat", "vision"}),
    ("unknown.gguf", {"chat_template_caps": {"supports_tool_calls": True}}, {"chat", "tools"}),
    ("unknown.gguf", {"chat_template": "{{ enable_thinking }}"}, {"chat", "thinking"}),
    ("unknown.gguf", {"modalities": 5, "chat_template": None, "chat_template_caps": []}, {"chat"}),
    ("unknown.gguf", [], {"chat"}),
    ("bge-m3.gguf", {"chat_template_caps": {"supports_tools": True}}, {"embeddings"}),
]


@pytest.mark.parametrize(("name", "props", "capabilities"), LLAMA_SERVERS)
def test_what_llama_server_tells_in_its_list_and_in_its_properties_is_united(
    name: str, props: Any, capabilities: set[str]
) -> None:
    row = {"id": name, "owned_by": "llamacpp"}
    beside = {"name": name, "capabilities": ["completion"]}
    infos = models_in({"data": [row], "models": [beside]}, ServerConfig("l", "openai"))
    (info,) = with_props(infos, props)
    assert info.capabilities == capabilities


async def test_vllm(connect: Connect) -> None:
    (model,) = (await listed(connect, "vllm")).values()
    assert model.context_length == 32768
    assert model.capabilities == frozenset()


async def test_huggingface_router(connect: Connect) -> None:
    models = await connect("hf").list_models()
    qwen, gone = models
    assert (qwen.id, qwen.name, qwen.parameters) == ("Qwen/Qwen3-8B", "Qwen3-8B", "8B")
    assert qwen.pricing == Pricing(0.2, 0.4)
    assert qwen.context_length == 32768
    assert qwen.capabilities == {"chat", "vision", "tools", "thinking"}
    assert qwen.metadata["providers"] == ["novita", "groq"]
    assert (gone.id, gone.metadata["providers"]) == ("gone/model-7B", [])


CURATED = [
    "meta-llama/Llama-3.3-70B-Instruct",
    "meta-llama/Meta-Llama-3-8B-Instruct",
    "meta-llama/llama-2-7b-chat-hf",
    "mistralai/Mistral-7B-Instruct-v0.3",
    "mistralai/Mixtral-8x7B-Instruct-v0.1",
    "mistralai/Ministral-8B-Instruct-2410",
    "tiiuae/falcon-7b-instruct",
    "tiiuae/Falcon3-10B-Instruct",
    "HuggingFaceH4/zephyr-7b-beta",
    "Qwen/Qwen3-8B",
    "Qwen/QwQ-32B",
    "unsloth/Qwen2.5-7B-Instruct",
]
NOT_CURATED = [
    "deepseek-ai/DeepSeek-R1-Distill-Llama-70B",
    "openai/gpt-oss-120b",
    "meta-llama/Llama-Guard-4-12B",
    "Qwen/Qwen3Guard-Gen-8B",
    "Qwen/Qwen3-Embedding-8B",
    "Qwen/Qwen3-Reranker-8B",
    "Qwen/Qwen2.5-Math-PRM-7B",
    "Qwen/Qwen-Image",
    "intfloat/e5-mistral-7b-instruct",
    "llama/another-7B",
    "zai-org/GLM-4.6",
]


def offered(name: str, status: str = "live") -> dict[str, Any]:
    return {"id": name, "providers": [{"provider": "novita", "status": status}]}


def routed(*rows: Any) -> list[ModelInfo]:
    return router_models({"data": list(rows)}, ServerConfig("hf", "huggingface"))


@pytest.mark.parametrize(
    ("name", "curated"), [*((name, True) for name in CURATED), *((name, False) for name in NOT_CURATED)]
)
def test_of_the_router_models_of_well_known_families_are_curated(name: str, curated: bool) -> None:
    (info,) = routed(offered(name))
    assert info.metadata["curated"] is curated


def test_curated_models_come_first_and_what_nobody_offers_last_in_the_routers_order_otherwise() -> None:
    gone = "Qwen/Qwen2-7B-Instruct"
    mixed = [offered(name) for pair in zip(NOT_CURATED, CURATED, strict=False) for name in pair]
    infos = routed({"id": "gone/model-7B", "providers": []}, offered(gone, "error"), *mixed)
    last = ["gone/model-7B", gone]
    assert [info.id for info in infos] == [*CURATED[: len(NOT_CURATED)], *NOT_CURATED, *last]
    assert {info.metadata["curated"] for info in infos if info.id in last} == {False}


@pytest.mark.parametrize("providers", [None, 5, "novita", {"novita": 1}, [None, 5, []]])
def test_odd_providers_of_a_routers_model_are_none(providers: Any) -> None:
    infos = routed(offered("a/b"), {"id": "Qwen/Qwen3-8B", "providers": providers})
    assert [(info.id, info.metadata["curated"]) for info in infos] == [
        ("a/b", False),
        ("Qwen/Qwen3-8B", False),
    ]


@pytest.mark.parametrize("newer", [True, False])
async def test_ollama(newer: bool, upstream: Upstream, connect: Connect) -> None:
    wire = upstream.wires["ollama"]
    assert isinstance(wire, OllamaWire)
    wire.newer = newer
    (model,) = (await listed(connect, "ollama")).values()
    assert (model.id, model.parameters, model.quantization) == ("qwen3:8b", "8.2B", "Q4_K_M")
    assert (model.size, model.context_length) == (5225388164, 40960)
    assert model.capabilities == {"chat", "tools", "thinking"}
    assert model.loaded is True
    assert model.metadata["loaded_size_vram"] == 6500000000
    asked = [r.path for r in upstream.requests]
    assert asked.count("/ollama/api/show") == (0 if newer else 1)


async def test_anthropic(connect: Connect) -> None:
    (model,) = (await listed(connect, "anthropic")).values()
    assert (model.name, model.context_length, model.max_tokens) == ("Claude Test", 200000, 64000)
    assert model.capabilities == {"chat", "vision", "tools", "thinking"}


async def test_model_info_is_one_of_the_list_or_none(wire: Wire, connect: Connect) -> None:
    connector = connect(wire)
    first = (await connector.list_models())[0]
    assert await connector.model_info(first.id) == first
    assert await connector.model_info("no-such-model") is None


SHAPES: dict[str, tuple[Any, list[str]]] = {
    "a bare list": ([{"id": "a"}, {"id": "b"}], ["a", "b"]),
    "data": ({"data": [{"id": "a"}]}, ["a"]),
    "no data": ({"data": None}, []),
    "models": ({"models": [{"name": "a"}, {"model": "b"}]}, ["a", "b"]),
    "strings": ({"data": ["a"]}, ["a"]),
    "nonsense": ({"data": [None, 5, {"id": 7}, {"id": ""}, {"id": "a", "pricing": 3, "meta": []}]}, ["a"]),
    "nothing": (None, []),
    "text": ("models", []),
}


@pytest.mark.parametrize("case", SHAPES)
def test_openai_lists_in_any_shape(case: str) -> None:
    payload, ids = SHAPES[case]
    assert [info.id for info in models_in(payload, ServerConfig("s", "openai"))] == ids


@pytest.mark.parametrize(
    ("name", "parameters", "quantization"),
    [
        ("meta-llama/Llama-3.1-8B-Instruct", "8B", None),
        ("mistralai/Mixtral-8x7B-Instruct-v0.1", "8x7B", None),
        ("qwen2.5:0.5b-instruct-q4_K_M", "0.5B", "Q4_K_M"),
        ("gemma-3n-e4b-it", "4B", None),
        ("Qwen/Qwen3-235B-A22B-FP8", "235B", "FP8"),
        ("smollm-135M", "135M", None),
        ("gpt-4o", None, None),
        ("claude-3-5-sonnet-20241022", None, None),
        ("deepseek-r1", None, None),
    ],
)
def test_a_name_tells_size_and_quantization(
    name: str, parameters: str | None, quantization: str | None
) -> None:
    assert (parameters_in(name), quantization_in(name)) == (parameters, quantization)


def test_counts_of_parameters_are_written_as_people_do() -> None:
    assert [parameters_text(n) for n in (8030261248, 330048, 70_000_000_000, 0, None, True)] == [
        "8B",
        "330K",
        "70B",
        None,
        None,
        None,
    ]


NAMES = {
    "gpt-4o-mini": {"chat", "vision", "tools"},
    "gpt-5.2": {"chat", "vision", "tools", "thinking"},
    "o3-mini-2025-01-31": {"chat", "tools", "thinking"},
    "openai/gpt-oss-120b": {"chat", "tools", "thinking"},
    "gpt-3.5-turbo-instruct": set(),
    "text-embedding-3-small": {"embeddings"},
    "meta-llama/Llama-3.3-70B-Instruct": {"chat", "tools"},
    "deepseek-reasoner": {"chat", "thinking"},
    "Qwen/Qwen2.5-VL-7B-Instruct": {"chat", "vision", "tools"},
    "somebodys-own": set(),
}


@pytest.mark.parametrize("name", NAMES)
def test_what_a_list_of_names_leaves_out_is_told_of_families_that_are_known(name: str) -> None:
    (info,) = models_in({"data": [{"id": name}]}, ServerConfig("s", "openai"))
    assert info.capabilities == NAMES[name]


def test_what_writes_no_text_is_not_listed_unless_the_service_says_that_it_chats() -> None:
    names = ["whisper-1", "tts-1-hd", "gpt-4o-transcribe", "gpt-image-1", "dall-e-3", "gpt-4o", "ttse"]
    rows: list[dict[str, object]] = [{"id": name} for name in names]
    rows.append({"id": "gpt-4o-audio", "type": "chat"})
    assert [info.id for info in models_in(rows, ServerConfig("s", "openai"))] == [
        "gpt-4o",
        "ttse",
        "gpt-4o-audio",
    ]


async def test_a_service_without_a_list_shows_what_is_known_of_it(upstream: Upstream) -> None:
    connector = load_connector("openai")(ServerConfig("perplexity", "openai", f"{upstream.url}/openai/v1"))
    upstream.listing = refusal(404, b"{}")
    models = {info.id: info for info in await connector.list_models()}
    upstream.listing = refusal(401, b"{}")
    with pytest.raises(ProviderError) as caught:
        await connector.list_models()
    await connector.aclose()
    assert models["sonar-pro"].context_length == 200_000
    assert models["sonar-reasoning-pro"].capabilities == {"chat", "thinking"}
    assert caught.value.code == "auth"


async def test_validate_tells_a_bad_key(wire: Wire, upstream: Upstream, connect: Connect) -> None:
    connector = connect(wire)
    await connector.validate()
    upstream.listing = refusal(401, wire.error_body(401, f"bad key {KEY}"))
    with pytest.raises(ProviderError) as caught:
        await connector.validate()
    assert caught.value.code == "auth"
    assert KEY not in str(caught.value)


async def test_openrouter_keys_are_not_checked_with_its_public_list(
    upstream: Upstream, connect: Connect
) -> None:
    await connect("openrouter").validate()
    assert upstream.requests[-1].path == "/openrouter/v1/key"


ODD = [b"5", b"[5]", b'{"data": 5, "models": 5}', b'{"data": [5], "models": [[]]}']


@pytest.mark.parametrize("body", ODD)
async def test_a_list_of_another_shape_is_empty_or_a_bad_response(
    body: bytes, wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    upstream.listing = refusal(200, body).but(content_type="application/json")
    try:
        got = [info.id for info in await connect(wire).list_models()]
    except ProviderError as error:
        got = [error.code]
    assert got in ([], ["bad_response"])


@pytest.mark.parametrize("body", [b"<html>Log in</html>", b"", b"[", b'{"error": "nope"}'])
async def test_a_list_that_is_none_is_a_failure(
    body: bytes, wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    upstream.listing = refusal(200, body).but(content_type="application/json")
    with pytest.raises(ProviderError) as caught:
        await connect(wire).list_models()
    assert caught.value.code in ("bad_response", "server_error")


@pytest.mark.parametrize("provider", sorted(PROVIDERS))
def test_a_provider_is_a_name_and_a_class(provider: str) -> None:
    assert load_connector(provider).provider == provider


def test_an_unknown_provider_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="no provider named 'nope'"):
        load_connector("nope")


async def test_llama_server_gets_a_schema_for_json(upstream: Upstream, connect: Connect) -> None:
    connector = connect("llamacpp")
    (info,) = await connector.list_models()
    await hear(connector, asking(info.id, json=True))
    sent = upstream.chats()[-1].body["response_format"]
    assert sent == {"type": "json_object", "schema": {"type": "object"}}
