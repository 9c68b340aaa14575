"""A server that is not for everyone is no server to the others, whichever way they ask."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Group, User
from django.test import AsyncClient

from core.accounts import owner_id
from providers import registry
from providers.asking import embed
from providers.catalogue.listing import Viewer
from providers.catalogue.viewers import viewer_for
from providers.errors import NoEmbeddingsError, ProviderError, UnknownServerError
from providers.models import Model, Server
from tests.providers.registry.fakes import FakeConnector
from tests.providers.registry.test_spellings import SPELLINGS

AddServer = Callable[..., Server]
ADDRESS = "http://alpha.test"
WRITER = Viewer(groups=frozenset({"writers"}))

AUDIENCES = [
    ("everyone", (), True),
    ("everyone", ("editors",), True),
    ("groups", ("writers",), True),
    ("groups", ("editors", "writers"), True),
    ("groups", ("editors",), False),
    ("groups", (), False),
    ("staff", (), False),
    ("staff", ("writers",), False),
]


async def limited(add_server: AddServer, visibility: str, *groups: str, **more: Any) -> Server:
    server: Server = await sync_to_async(add_server)("alpha", "one", visibility=visibility, **more)
    for group in groups:
        await server.groups.aadd((await Group.objects.aget_or_create(name=group))[0])
    return server


async def told(client: AsyncClient, path: str) -> Any:
    response = await client.get(f"/api/models{path}")
    return json.loads(response.content) if response.status_code == 200 else None


async def priced(client: AsyncClient, model: str) -> Any:
    body = {"lanes": [{"model": model, "input_tokens": 1000}], "text": "hello"}
    response = await client.post("/api/models/estimate", json.dumps(body), content_type="application/json")
    assert response.status_code == 200, response.content
    return json.loads(response.content)["lanes"][0]["usd"]


async def all_lists(client: AsyncClient) -> bool:
    return "alpha" in (await told(client, ""))["models"]


async def fresh_lists(client: AsyncClient) -> bool:
    return "alpha" in (await told(client, "?refresh=true"))["models"]


async def found(client: AsyncClient) -> bool:
    return any(info["server"] == "alpha" for info in (await told(client, "/search?q=one"))["models"])


async def list_of_the_server(client: AsyncClient) -> bool:
    return await told(client, "/alpha") is not None


async def list_of_the_provider(client: AsyncClient) -> bool:
    return "alpha" in (await told(client, "/fake"))["models"]


async def one_model(client: AsyncClient) -> bool:
    return await told(client, "/alpha/one") is not None


async def servers(client: AsyncClient) -> bool:
    return "alpha" in json.dumps(await told(client, "/servers"))


async def list_at_the_address(client: AsyncClient) -> bool:
    return await told(client, f"/server/models?server_url={ADDRESS}") is not None


async def kinds_of_service(client: AsyncClient) -> bool:
    return "alpha" in json.dumps(await told(client, "/providers"))


async def health(client: AsyncClient) -> bool:
    return "alpha" in await told(client, "/providers/health")


async def estimate(client: AsyncClient) -> bool:
    return await priced(client, "alpha/one") is not None


async def estimate_of_another_spelling(client: AsyncClient) -> bool:
    return await priced(client, "alpha/ONE:latest") is not None


WAYS = [
    all_lists,
    fresh_lists,
    found,
    list_of_the_server,
    list_of_the_provider,
    one_model,
    servers,
    list_at_the_address,
    kinds_of_service,
    health,
    estimate,
    estimate_of_another_spelling,
]


@pytest.mark.parametrize(("visibility", "groups", "seen"), AUDIENCES)
async def test_a_server_is_told_of_to_those_who_may_see_it_alone(
    client: AsyncClient,
    member: AsyncClient,
    add_server: AddServer,
    visibility: str,
    groups: tuple[str, ...],
    seen: bool,
) -> None:
    server = await limited(add_server, visibility, *groups)
    await Model.objects.acreate(server=server, model_id="one", price_input=1, price_output=2)
    for way in WAYS:
        assert await way(client), way.__name__
        assert await way(member) is seen, way.__name__


@pytest.mark.parametrize(("visibility", "groups", "seen"), AUDIENCES)
async def test_no_spelling_of_its_models_is_asked_for_others(
    add_server: AddServer, visibility: str, groups: tuple[str, ...], seen: bool
) -> None:
    await limited(add_server, visibility, *groups, listed_only=False)
    FakeConnector.scripts[ADDRESS].models = ("big/one",)
    for model in (*SPELLINGS, "another"):
        assert await is_resolved(f"alpha/{model}", WRITER) is seen, model
        assert await is_resolved(f"alpha/{model}", Viewer(staff=True)), model
        assert await is_resolved(f"alpha/{model}", None), model
    assert await registry.has_server("alpha/any", viewer=WRITER) is seen


async def is_resolved(ref: str, viewer: Viewer | None) -> bool:
    try:
        await registry.resolve(ref, viewer=viewer)
    except UnknownServerError:
        return False
    return True


async def test_vectors_are_made_on_visible_servers_alone(add_server: AddServer) -> None:
    await limited(add_server, "staff")
    with pytest.raises(UnknownServerError):
        await embed("alpha/one", ["text"], viewer=WRITER)
    with pytest.raises(NoEmbeddingsError):
        await embed("alpha/one", ["text"], viewer=Viewer(staff=True))


async def test_a_group_of_servers_shares_the_work_among_those_that_are_seen(add_server: AddServer) -> None:
    await limited(add_server, "staff", group="pool")
    beta = await sync_to_async(add_server)("beta", "one", group="pool", order=90)
    await registry.list_models()
    for _ in range(3):
        assert (await registry.resolve("pool/one", viewer=WRITER)).server.name == "beta"
    assert "pool" not in await registry.list_models(viewer=WRITER)
    assert "pool" in await registry.list_models(viewer=Viewer(staff=True))
    target = await registry.resolve("pool/one", viewer=WRITER)
    assert await registry.find_replacement(target, viewer=WRITER) is None
    beta.visibility = "staff"
    await beta.asave()
    with pytest.raises(UnknownServerError):
        await registry.resolve("pool/one", viewer=WRITER)
    assert not await registry.has_server("pool/one", viewer=WRITER)


async def test_a_chat_begins_with_a_model_that_is_seen(add_server: AddServer) -> None:
    await limited(add_server, "staff", order=1)
    await sync_to_async(add_server)("beta", "one", order=2)
    assert await registry.default_model(viewer=Viewer(staff=True)) == "alpha/one"
    assert await registry.default_model(viewer=WRITER) == "beta/one"


async def test_a_models_own_limit_holds_on_a_server_that_is_seen(add_server: AddServer) -> None:
    server = await limited(add_server, "groups", "writers")
    await Model.objects.acreate(server=server, model_id="one", visibility="staff")
    with pytest.raises(ProviderError):
        await registry.resolve("alpha/one", viewer=WRITER)
    assert await registry.has_server("alpha/one", viewer=WRITER)


async def test_who_is_in_a_group_is_asked_of_the_database_for_servers_too(
    member: AsyncClient, add_server: AddServer
) -> None:
    owner = await sync_to_async(lambda: owner_id(User.objects.get(username="member")))()
    await limited(add_server, "groups", "writers")
    assert (await viewer_for(owner)).groups == {"writers"}


async def test_a_change_of_the_groups_is_in_force_at_once(add_server: AddServer) -> None:
    server = await limited(add_server, "groups", "editors")
    assert not await is_resolved("alpha/one", WRITER)
    await server.groups.aadd(await Group.objects.acreate(name="writers"))
    assert await is_resolved("alpha/one", WRITER)
    await server.groups.aclear()
    assert not await is_resolved("alpha/one", WRITER)
