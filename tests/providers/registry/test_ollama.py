import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import replace

import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async

from providers import limits, registry
from providers.errors import ProviderError
from providers.models import Server
from providers.ollama import administration, pulls
from providers.ollama.administration import PullProgress
from providers.types import Secret, ServerConfig
from tests.providers.registry.fakes import FAKE, Script
from tests.providers.registry.ollama_server import Ollama, running

STEPS = [
    b'{"status":"pulling manifest"}\n',
    b'{"status":"pulling abc","digest":"sha256:abc","total":100}\n',
    b'{"status":"pulling abc","digest":"sha256:abc","total":100,"comp',
    b'leted":40}\n{"status":"verifying sha256 digest"}\n',
    b'{"status":"success"}\n',
]


@pytest_asyncio.fixture
async def ollama() -> AsyncIterator[Ollama]:
    async with running(Ollama()) as server:
        yield server


@pytest.fixture
def config(ollama: Ollama) -> ServerConfig:
    return ServerConfig("ollama", "ollama", ollama.url, Secret("sk-key"))


async def test_what_is_loaded_is_told_with_its_memory(ollama: Ollama, config: ServerConfig) -> None:
    ollama.loaded = ["qwen3:8b"]
    [entry] = await administration.list_loaded_models(config)
    assert entry == administration.LoadedModel(
        "ollama", "qwen3:8b", 4_000, 3_000, 8192, "2026-11-20T12:00:00Z"
    )
    assert ollama.authorization == "Bearer sk-key"
    await administration.list_loaded_models(config)
    assert ollama.asked == ["ps"]


async def test_a_server_that_is_off_is_an_error_and_not_an_empty_memory(ollama: Ollama) -> None:
    with pytest.raises(ProviderError) as refused:
        await administration.list_loaded_models(ServerConfig("gone", "ollama", "http://127.0.0.1:9"))
    assert refused.value.code == "unreachable"


async def test_a_server_that_failed_is_not_asked_again_at_once(ollama: Ollama, config: ServerConfig) -> None:
    ollama.broken = True
    for _ in range(3):
        with pytest.raises(ProviderError):
            await administration.list_loaded_models(config)
    assert ollama.asked == ["ps"]


async def test_unloading_frees_the_memory_and_is_seen_at_once(ollama: Ollama, config: ServerConfig) -> None:
    ollama.loaded = ["qwen3:8b"]
    await administration.list_loaded_models(config)
    await administration.unload_model(config, "qwen3:8b")
    assert ollama.asked[-1] == "chat qwen3:8b 0 []"
    assert await administration.list_loaded_models(config) == ()


async def test_unloading_what_is_not_there_says_so(ollama: Ollama, config: ServerConfig) -> None:
    with pytest.raises(ProviderError) as refused:
        await administration.unload_model(config, "nope")
    assert refused.value.code == "model_not_found"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("qwen3", "qwen3:latest", True),
        ("qwen3:8b", "qwen3", False),
        ("host:5000/ns/m", "host:5000/ns/m:latest", True),
    ],
)
def test_a_model_without_a_tag_is_its_latest(one: str, other: str, same: bool) -> None:
    assert administration.same_model(one, other) is same


async def all_steps(config: ServerConfig) -> list[PullProgress]:
    async with aclosing(administration.pull_model(config, "m")) as steps:
        return [step async for step in steps]


async def test_a_download_tells_how_far_it_is_and_ends_with_success(
    ollama: Ollama, config: ServerConfig
) -> None:
    ollama.steps = STEPS
    ollama.go.set()
    seen = await all_steps(config)
    assert [step.status for step in seen] == [
        "pulling manifest",
        "pulling abc",
        "pulling abc",
        "verifying sha256 digest",
        "success",
    ]
    assert seen[2] == PullProgress("pulling abc", 100, 40)
    assert [step.done for step in seen] == [False, False, False, False, True]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b'{"error":"pull model manifest: file does not exist"}\n', "model_not_found"),
        (b'{"error":"write /models: no space left on device"}\n', "hardware"),
        (b"<html>\n", "bad_response"),
        (b"", "bad_response"),
    ],
)
async def test_a_download_that_fails_inside_a_success_is_an_error(
    ollama: Ollama, config: ServerConfig, line: bytes, code: str
) -> None:
    ollama.steps = [STEPS[0], *([line] if line else [])]
    ollama.go.set()
    with pytest.raises(ProviderError) as failed:
        await all_steps(config)
    assert failed.value.code == code


async def test_leaving_does_not_stop_a_download_and_a_second_reader_follows_the_same(
    ollama: Ollama, config: ServerConfig
) -> None:
    ollama.steps = STEPS
    done: list[str] = []
    first = pulls.start_pull(config, "m", lambda: done.append("list"))
    async with aclosing(pulls.follow_pull(first)) as steps:
        assert (await anext(steps)).status == "starting"
    second = pulls.start_pull(config, "m:latest", lambda: done.append("never"))
    assert second is first
    ollama.go.set()
    async with aclosing(pulls.follow_pull(second)) as steps:
        last = [step async for step in steps][-1]
    assert last.done
    assert done == ["list"]
    assert ollama.asked == ["pull m:latest"]
    assert pulls.list_running_pulls() == {}


async def test_a_download_can_be_stopped_and_its_connection_closes(
    ollama: Ollama, config: ServerConfig
) -> None:
    download = pulls.start_pull(config, "m", lambda: None)
    async with asyncio.timeout(20):
        await ollama.pulling.wait()
        assert pulls.stop_pull("ollama", "m")
        await ollama.left.wait()
    async with aclosing(pulls.follow_pull(download)) as steps:
        assert (await anext(steps)).status == "stopped"
    assert not pulls.stop_pull("ollama", "m")


class Pair:
    """Two servers of one group that have the same model."""

    def __init__(self, first: Ollama, second: Ollama) -> None:
        self.servers = (first, second)


@pytest_asyncio.fixture
async def pair(
    ollama: Ollama, add_server: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Pair]:
    from providers import connectors

    fake = replace(connectors.PROVIDERS["ollama"], connector=FAKE.connector)
    monkeypatch.setitem(connectors.PROVIDERS, "ollama", fake)
    monkeypatch.setattr(administration, "LOADED_FOR", 0.0)
    async with running(Ollama()) as second:
        for name, url in (("one", ollama.url), ("two", second.url)):
            script = Script(["qwen3:8b", f"only-{name}"])
            await sync_to_async(add_server)(
                name, provider="ollama", base_url=url, group="any-ollama", script=script
            )
            from tests.providers.registry.fakes import FakeConnector

            FakeConnector.scripts[url] = script
        await registry.list_models()
        yield Pair(ollama, second)


async def chosen(ref: str) -> str:
    return (await registry.resolve(ref)).server.name


async def test_a_group_sends_a_model_to_the_server_that_has_it_loaded(pair: Pair) -> None:
    assert await chosen("any-ollama/qwen3:8b") == "one"
    pair.servers[1].loaded = ["qwen3:8b"]
    assert await chosen("any-ollama/qwen3:8b") == "two"


async def test_a_group_sends_a_model_to_the_least_busy_where_none_has_it_loaded(pair: Pair) -> None:
    target = await registry.resolve("one/qwen3:8b")
    with limits.announce_request(target, lambda position: None):
        assert await chosen("any-ollama/qwen3:8b") == "two"
    assert await chosen("any-ollama/qwen3:8b") == "one"


async def test_a_group_sends_a_model_only_where_it_is(pair: Pair) -> None:
    assert await chosen("any-ollama/only-two") == "two"


async def test_a_ref_that_names_a_server_goes_there(pair: Pair) -> None:
    pair.servers[1].loaded = ["qwen3:8b"]
    assert await chosen("one/qwen3:8b") == "one"


async def test_a_group_lists_what_several_have_and_each_server_its_own(pair: Pair) -> None:
    lists = await registry.list_models()
    assert [info.id for info in lists["any-ollama"]] == ["qwen3:8b"]
    assert lists["any-ollama"][0].metadata["servers"] == ["one", "two"]
    assert [info.id for info in lists["two"]] == ["qwen3:8b", "only-two"]
