"""What only Ollama has: windows, lost history, models that come and go."""

from typing import Any, cast

import pytest

from providers.types import Params
from tests.providers.connectors.conftest import Connect
from tests.providers.connectors.hearing import asking, hear, model, user
from tests.upstreams import Upstream
from tests.upstreams.ollama import OllamaWire
from tests.upstreams.script import Counts, End, Say, scenario

TURNS = [turn for n in range(30) for turn in (user(f"{n}: " + "why so? " * 20), model("Because. " * 8))]


def fake(upstream: Upstream) -> OllamaWire:
    return cast(OllamaWire, upstream.wires["ollama"])


def options(upstream: Upstream) -> dict[str, Any]:
    return dict(upstream.chats()[-1].body["options"])


@pytest.mark.parametrize(
    ("longest", "preset", "wanted", "window"),
    [
        (40960, "", None, 8192),
        (4096, "", None, 4096),
        (40960, "num_ctx 16384\nstop x", None, 16384),
        (40960, "", 32768, 32768),
        (40960, "", 100_000, 40960),
        (40960, "num_ctx 16384", 2048, 2048),
    ],
)
async def test_the_window_is_the_models_or_what_a_person_wants(
    longest: int, preset: str, wanted: int | None, window: int, upstream: Upstream, connect: Connect
) -> None:
    fake(upstream).window = longest
    fake(upstream).parameters = preset
    await hear(connect("ollama"), asking("m", context_length=wanted))
    assert options(upstream)["num_ctx"] == window
    assert 0 < options(upstream)["num_predict"] <= window


async def test_the_window_that_will_be_asked_for_is_told_before(upstream: Upstream, connect: Connect) -> None:
    connector = connect("ollama")
    (info,) = await connector.list_models()
    assert info.context_length == 40960
    for wanted, window in ((None, 8192), (20000, 20000), (99999, 40960)):
        params = Params(context_length=wanted)
        assert connector.window(info, params) == window
        await hear(connector, asking(info.id, context_length=wanted))
        assert options(upstream)["num_ctx"] == window
    assert connector.window(None, Params()) == 8192
    gemini = connect("gemini")
    assert gemini.window((await gemini.list_models())[0], Params()) == 1048576


async def test_a_model_is_asked_about_once(upstream: Upstream, connect: Connect) -> None:
    connector = connect("ollama")
    for _ in range(3):
        await hear(connector, asking("m"))
    assert [r.path for r in upstream.requests].count("/ollama/api/show") == 1


async def test_a_server_that_tells_nothing_of_a_model_still_answers(
    upstream: Upstream, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OllamaWire, "show", lambda self: {"error": "no such route"})
    heard = await hear(connect("ollama"), asking("m"))
    assert heard.text == "Merhaba, dünya! 🚀 Привет."
    assert options(upstream)["num_ctx"] == 8192


@pytest.mark.parametrize("level", ["off", "low", "high"])
async def test_a_model_that_cannot_think_is_not_asked_to(
    level: str, upstream: Upstream, connect: Connect
) -> None:
    fake(upstream).capabilities = ("completion",)
    await hear(connect("ollama"), asking("m", thinking=level))
    assert "think" not in upstream.chats()[-1].body


@pytest.mark.parametrize(("level", "sent"), [("off", "low"), ("low", "low"), ("high", "high")])
async def test_gpt_oss_thinks_in_levels(level: str, sent: str, upstream: Upstream, connect: Connect) -> None:
    fake(upstream).family = "gptoss"
    await hear(connect("ollama"), asking("gpt-oss:20b", thinking=level))
    assert upstream.chats()[-1].body["think"] == sent


@pytest.mark.parametrize("count", [800, 1000, 1024])
async def test_history_that_filled_the_window_and_was_longer_is_told_to_be_cut(
    count: int, upstream: Upstream, connect: Connect
) -> None:
    upstream.play(scenario(Say("x"), End(counts=Counts(count, 2))))
    heard = await hear(connect("ollama"), asking("m", *TURNS, "Well?", context_length=1024))
    assert [notice.code for notice in heard.notices] == ["history_cut"]
    assert heard.notices[0].values["window"] == 1024
    assert heard.notices[0].values["read"] == count
    assert cast(int, heard.notices[0].values["sent"]) > 1024


@pytest.mark.parametrize("name", ["ollama", "openai", "hf", "anthropic"])
@pytest.mark.parametrize("count", [1, 100, 254, 700, 1500, 2100, None, 0])
async def test_a_server_that_counts_otherwise_has_cut_nothing(
    name: str, count: int | None, upstream: Upstream, connect: Connect
) -> None:
    """Without a window that is known to be too small, and of one that what was read does not fill."""
    upstream.play(scenario(Say("x"), End(counts=Counts(count, 2))))
    heard = await hear(connect(name), asking("m", *TURNS, "Well?"))
    assert heard.notices == []
    assert heard.done is not None


@pytest.mark.parametrize(("count", "window"), [(100, 1024), (500, 1024), (1500, 1024), (254, 32_768)])
async def test_a_window_that_was_not_filled_or_not_kept_to_has_cut_nothing(
    count: int, window: int, upstream: Upstream, connect: Connect
) -> None:
    upstream.play(scenario(Say("x"), End(counts=Counts(count, 2))))
    heard = await hear(connect("ollama"), asking("m", *TURNS, "Well?", context_length=window))
    assert heard.notices == []


async def test_a_short_question_loses_nothing(upstream: Upstream, connect: Connect) -> None:
    upstream.play(scenario(Say("x"), End(counts=Counts(1, 2))))
    assert (await hear(connect("ollama"), asking("m", "Hello there"))).notices == []


@pytest.mark.parametrize("typed", ["{}/v1", "{}/api", "{}/", "{}"])
async def test_an_address_is_taken_as_people_type_it(
    typed: str, upstream: Upstream, connect: Connect
) -> None:
    base = upstream.base_url("ollama").removeprefix("http://")
    assert (await hear(connect("ollama", base_url=typed.format(base)), asking("m"))).error is None
