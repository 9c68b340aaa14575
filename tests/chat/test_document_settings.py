"""How documents are read and asked, as an administrator sets it while the server runs."""

import asyncio
import re
from collections.abc import Callable
from functools import partial
from typing import Any

import aiohttp
import pytest
from django.core.exceptions import ValidationError

from rag import configuration, context
from rag.load.blocks import Splitter
from rag.models import Configuration
from rag.stages import choose_splitter, load_stage
from tests.chat.test_documents import give, upstream
from tests.chat.test_embedding_models import QUESTION, until_found, was_embedded
from tests.services.processes import wait_until
from tests.services.server import Divan
from tests.upstreams.server import Upstream

__all__ = ["upstream"]
PAGE = "/admin/rag/configuration/"
LONG = ("The seal of the pump is changed in March. " * 60).encode()


def administrator(server: Divan) -> aiohttp.ClientSession:
    """With the cookies of an address that has no name."""
    return aiohttp.ClientSession(
        server.url, cookie_jar=aiohttp.CookieJar(unsafe=True), timeout=aiohttp.ClientTimeout(30)
    )


async def settings_page(http: aiohttp.ClientSession) -> tuple[str, dict[str, str]]:
    """Its address, and what its fields hold."""
    async with http.get(PAGE) as answer:
        assert answer.status == 200
        text = await answer.text()
        return str(answer.url), dict(re.findall(r'<input[^>]*? name="(\w+)"[^>]*? value="([^"]*)"', text))


async def set_in_admin(http: aiohttp.ClientSession, **values: object) -> str:
    address, fields = await settings_page(http)
    token = fields["csrfmiddlewaretoken"]
    data = dict.fromkeys(("embedding_model",), "") | fields | {n: str(v) for n, v in values.items()}
    headers = {"Referer": address, "X-CSRFToken": token}
    async with http.post(address, data=data, headers=headers) as answer:
        text = await answer.text()
        assert answer.status == 200, text[:2000]
        return text


async def documents(http: aiohttp.ClientSession) -> list[dict[str, Any]]:
    async with http.get("/api/documents") as answer:
        rows: list[dict[str, Any]] = (await answer.json())["documents"]
        return rows


async def test_the_embedding_model_is_changed_while_the_server_runs_and_all_is_embedded_anew(
    start_server: Callable[..., Divan], upstream: Upstream
) -> None:
    server = start_server(env={"OPENAI_SERVERS": f"local={upstream.base_url('openai')}"})
    async with administrator(server) as http:
        await give(http, LONG.decode())
        assert not was_embedded(upstream, "seal")
        refused = await set_in_admin(http, embedding_model="nowhere/model")
        assert "There is no server named nowhere." in refused
        said = await set_in_admin(http, embedding_model="local/nomic-embed-text")
        assert "embedded anew" in said
        await until_found(http, QUESTION)
        # It is found by its words before it has its vector.
        embedded = partial(was_embedded, upstream, "seal")
        await asyncio.to_thread(wait_until, embedded, seconds=60, what="the vector of what was there")


async def test_the_size_of_passages_counts_for_what_is_read_from_then_on(
    start_server: Callable[..., Divan],
) -> None:
    server = start_server(env={"RAG_PASSAGE_SIZE": "900"})
    async with administrator(server) as http:
        await give(http, LONG.decode())
        _, fields = await settings_page(http)
        assert (fields["passage_size"], fields["passages"], fields["budget_tokens"]) == ("900", "12", "3000")
        said = await set_in_admin(http, passage_size=300)
        assert "from now on" in said
        await give(http, f"{LONG.decode()} And in May.")
        newer, older = await documents(http)
        assert newer["passages"] > 2 * older["passages"]


# In this process.
database = pytest.mark.django_db(transaction=True)


@database
def test_the_environment_counts_until_somebody_edits(settings: Any) -> None:
    settings.RAG_PASSAGES = 7
    assert configuration.current_configuration().passages == 7
    row = configuration.from_environment()
    row.follows_environment = True
    row.save()
    settings.RAG_PASSAGES = 8
    assert configuration.current_configuration().passages == 8
    Configuration.objects.update(follows_environment=False, passages=9)
    assert configuration.current_configuration().passages == 9
    Configuration.objects.all().delete()
    assert configuration.current_configuration().passages == 8


@database
@pytest.mark.parametrize(
    ("field", "value"),
    [
        *[("passages", 0), ("passages", 101), ("budget_tokens", 1), ("budget_tokens", 10**9)],
        *[("passage_size", 1), ("passage_size", 10**6), ("embedding_model", "x"), ("embedding_model", "a/")],
    ],
)
def test_what_makes_no_sense_is_refused(field: str, value: object) -> None:
    row = configuration.from_environment()
    setattr(row, field, value)
    with pytest.raises(ValidationError):
        row.full_clean()


@database
def test_only_our_own_stages_are_given_what_is_configured(settings: Any) -> None:
    settings.RAG_PASSAGES, settings.RAG_PASSAGE_SIZE = 3, 250
    assert choose_splitter() == Splitter("rag.split.split", {"size": 250})
    assert load_stage("RAG_CONTEXT").keywords == {"most": 3}
    assert load_stage("RAG_CONTEXT").func is context.build
    settings.RAG_SPLITTER = "builtins.list"
    assert choose_splitter() == Splitter("builtins.list")
