"""What was learned of a model is kept, shown, overruled and forgotten."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.test import Client, override_settings
from django.utils import timezone, translation
from django.utils.html import escape

from providers import registry
from providers.admin.learned import REFUSED, sentence_of
from providers.configuration import learned, rows
from providers.learning import memory
from providers.learning.facts import KINDS, Fact
from providers.learning.fields import FIELDS
from providers.models import LEARNED_FOR, LearnedFact, Model, Server
from providers.types import ChatRequest, Message, ModelInfo, Params, Text
from tests.providers.connectors.hearing import hear
from tests.providers.registry.fakes import Script
from tests.upstreams import Upstream, running_upstream
from tests.upstreams.script import HELLO, PLAIN, refusal

AddServer = Callable[..., Server]
REF = "remote/m"


@pytest_asyncio.fixture
async def upstream(transactional_db: None) -> AsyncIterator[Upstream]:
    async with running_upstream() as running:
        url = running.base_url("openai")
        await Server.objects.acreate(name="remote", provider="openai", base_url=url)
        yield running
        await registry.aclose()


@pytest.fixture
def page(transactional_db: None) -> Iterator[Client]:
    with override_settings(
        ROOT_URLCONF="tests.providers.registry.urls",
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
    ):
        client = Client()
        client.force_login(User.objects.create_superuser("boss"))
        yield client


async def ask(**params: Any) -> str:
    target = await registry.resolve(REF)
    asked = [Message("user", (Text("Hi"),))]
    merged = replace(target.defaults, **params)
    heard = await hear(target.connector, ChatRequest(target.model, asked, params=merged))
    await kept()
    return heard.text


async def kept() -> None:
    """Once all that was learned is written."""
    await asyncio.gather(*learned._writing)


async def refuse_temperature(upstream: Upstream) -> None:
    upstream.play(refusal(400, {"error": {"message": "`temperature` is not supported"}}), PLAIN)
    assert await ask(temperature=0.5) == HELLO


def sent(upstream: Upstream, name: str) -> list[Any]:
    return [chat.body.get(name) for chat in upstream.chats()]


async def test_what_was_learned_is_a_row_with_its_date_and_reason(upstream: Upstream) -> None:
    await refuse_temperature(upstream)
    row = await LearnedFact.objects.select_related("server").aget()
    assert (row.server.name, row.model_id, row.kind, row.field) == ("remote", "m", "refused", "temperature")
    assert row.reason == "`temperature` is not supported"
    assert timezone.now() - row.updated < timedelta(minutes=1)


async def test_another_process_knows_it_without_being_refused(upstream: Upstream) -> None:
    await refuse_temperature(upstream)
    rows.reset_rows()
    assert await ask(temperature=0.5) == HELLO
    assert sent(upstream, "temperature") == [0.5, None, None]


async def test_what_another_process_learned_is_known_here(upstream: Upstream) -> None:
    await ask(temperature=0.5)
    server = await Server.objects.aget(name="remote")
    await LearnedFact.objects.acreate(server=server, model_id="m", kind="refused", field="temperature")
    await ask(temperature=0.5)
    assert sent(upstream, "temperature") == [0.5, None]


async def test_once_it_is_forgotten_it_is_refused_and_learned_again(upstream: Upstream) -> None:
    for _ in range(2):
        await refuse_temperature(upstream)
        await LearnedFact.objects.all().adelete()
    assert sent(upstream, "temperature") == [0.5, None] * 2


async def test_what_an_administrator_sets_holds_against_what_was_learned(upstream: Upstream) -> None:
    server = await Server.objects.aget(name="remote")
    for kind, field, value in (
        ("window", "", 512),
        ("most", "max_tokens", 100),
        ("refused", "temperature", None),
        ("refused", "seed", None),
    ):
        await LearnedFact.objects.acreate(server=server, model_id="m", kind=kind, field=field, value=value)
    await ask(temperature=0.5, seed=1)
    row = await Model.objects.acreate(
        server=server, model_id="m", context_length=32_000, max_tokens=4000, temperature=0.3
    )
    await ask(seed=1)
    target = await registry.resolve(REF)
    await row.adelete()
    await ask(temperature=0.5)
    assert sent(upstream, "temperature") == [None, 0.3, None]
    assert sent(upstream, "seed") == [None, None, None]
    first, second, third = sent(upstream, "max_tokens")
    assert (first <= 100, second, third <= 100) == (True, 4000, True)
    assert target.window(target.defaults) == 32_000


async def test_what_is_old_is_learned_anew(upstream: Upstream) -> None:
    await refuse_temperature(upstream)
    long_ago = timezone.now() - LEARNED_FOR - timedelta(hours=1)
    await LearnedFact.objects.all().aupdate(updated=long_ago)
    await ask(temperature=0.5)
    assert sent(upstream, "temperature")[-1] == 0.5
    await sync_to_async(learned.forget_old)()
    assert not await LearnedFact.objects.aexists()


async def test_a_server_that_moves_is_another_server(upstream: Upstream) -> None:
    await refuse_temperature(upstream)
    server = await Server.objects.aget(name="remote")
    server.base_url = upstream.base_url("vllm")
    await server.asave()
    assert not await LearnedFact.objects.aexists()


@pytest.mark.parametrize(
    ("before", "now", "stays"),
    [
        (None, 4096, False),
        (2048, 4096, False),
        (128_000, 128_000, True),
        (None, 1000, True),
        (None, None, True),
    ],
)
async def test_a_list_that_names_a_larger_window_than_it_did_is_believed(
    before: int | None, now: int | None, stays: bool, add_server: AddServer
) -> None:
    def info(window: int | None) -> ModelInfo:
        return ModelInfo("m", "m", "fake", "alpha", context_length=window)

    script = Script(infos=[info(before)])
    server = await sync_to_async(add_server)("alpha", script=script)
    await registry.list_models(refresh=True)
    await LearnedFact.objects.acreate(server=server, model_id="m", kind="window", value=2000)
    await LearnedFact.objects.acreate(server=server, model_id="m", kind="refused", field="seed")
    await rows.aget_rows()
    script.infos = [info(now)]
    await registry.list_models(refresh=True)
    kinds = {row.kind async for row in LearnedFact.objects.all()}
    assert kinds == ({"window", "refused"} if stays else {"refused"})


async def test_a_window_that_is_named_once_a_model_is_loaded_is_seen_after_its_first_answer(
    upstream: Upstream,
) -> None:
    row: dict[str, Any] = {"id": "m", "status": {"value": "unloaded"}}
    upstream.wires["openai"].models = lambda: {"data": [row]}  # type: ignore[method-assign]
    await registry.list_models(refresh=True)
    before = await registry.resolve(REF)
    row["status"] = {"value": "loaded", "args": ["llama-server", "--ctx-size", "2048"]}
    await hear(before.connector, ChatRequest("m", [Message("user", (Text("Hi"),))]))
    registry.look_for_window(before)
    await asyncio.gather(*registry.registry().loop().refreshes.values())
    after = await registry.resolve(REF)
    assert (before.window(Params()), after.window(Params())) == (None, 2048)
    row["status"] = {"value": "unloaded"}
    await registry.list_models(refresh=True)
    again = await registry.resolve(REF)
    assert again.window(Params()) == 2048, "it is unloaded, and will be loaded as it was"


async def test_a_model_without_a_window_is_not_looked_for_after_every_answer(add_server: AddServer) -> None:
    script = Script(["m"])
    await sync_to_async(add_server)("alpha", script=script)
    await registry.list_models(refresh=True)
    for _ in range(3):
        registry.look_for_window(await registry.resolve("alpha/m"))
        await asyncio.gather(*registry.registry().loop().refreshes.values())
    assert script.asked == 2


async def test_the_list_of_models_tells_the_limits_that_were_learned(add_server: AddServer) -> None:
    info = ModelInfo("m", "m", "fake", "alpha", context_length=128_000)
    await sync_to_async(add_server)("alpha", script=Script(infos=[info]))
    await rows.aget_rows()
    memory.remember_facts(("alpha", "m"), [Fact("window", value=4096), Fact("most", "max_tokens", 1000)])
    await kept()
    lists = await registry.list_models(refresh=True)
    assert [(info.context_length, info.max_tokens) for info in lists["alpha"]] == [(4096, 1000)]


@pytest.mark.parametrize("language", ["en", "tr", "ru"])
def test_the_admin_shows_what_was_learned_and_forgets_it_by_a_button(
    language: str, page: Client, add_server: AddServer
) -> None:
    alpha = add_server("alpha")
    facts = [
        LearnedFact.objects.create(
            server=alpha, model_id="m", kind=kind, field=field, value=value, reason="No."
        )
        for kind, field, value in (
            *(("refused", field.name, None) for field in FIELDS),
            ("most", "max_tokens", 4096),
            ("window", "", 2048),
            ("input", "", 1500),
            ("density", "", 2.24),
        )
    ]
    assert {fact.kind for fact in facts} == set(KINDS)
    with translation.override(language):
        text = page.get("/admin/providers/learnedfact/").content.decode()
        sentences = [sentence_of(fact) for fact in facts]
        assert len(set(sentences)) == len(facts)
        assert [sentence for sentence in sentences if escape(sentence) not in text] == []
        assert all(str(sentence) for sentence in REFUSED.values())
        page.get(f"/admin/providers/learnedfact/{facts[0].pk}/forget/")
        assert LearnedFact.objects.count() == len(facts), "looking changes nothing"
        answer = page.post(f"/admin/providers/learnedfact/{facts[0].pk}/forget/", follow=True)
    assert answer.status_code == 200
    assert not LearnedFact.objects.filter(pk=facts[0].pk).exists()
    page.post(
        "/admin/providers/learnedfact/",
        {"action": "forget", "_selected_action": [fact.pk for fact in facts[1:]]},
    )
    assert not LearnedFact.objects.exists()


def test_only_who_may_delete_forgets(page: Client, add_server: AddServer) -> None:
    fact = LearnedFact.objects.create(server=add_server("alpha"), model_id="m", kind="window", value=1)
    page.force_login(User.objects.create_user("clerk", is_staff=True))
    assert page.post(f"/admin/providers/learnedfact/{fact.pk}/forget/").status_code == 403
    assert LearnedFact.objects.exists()
