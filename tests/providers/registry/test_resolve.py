import asyncio
from collections.abc import Callable

import pytest
from asgiref.sync import sync_to_async

from providers import registry
from providers.catalogue.listing import Viewer
from providers.configuration import rows
from providers.errors import ProviderError, UnknownServerError
from providers.models import Model, Server
from providers.refs import split_ref
from tests.providers.registry.fakes import FakeConnector, Script

AddServer = Callable[..., Server]


def test_a_ref_is_split_at_its_first_slash() -> None:
    assert split_ref("hf/mistralai/Mistral-7B-Instruct-v0.3") == (
        "hf",
        "mistralai/Mistral-7B-Instruct-v0.3",
    )


@pytest.mark.parametrize("ref", ["", "echo", "/echo", "echo/"])
def test_a_ref_without_both_halves_names_no_server(ref: str) -> None:
    with pytest.raises(UnknownServerError):
        split_ref(ref)


async def test_a_ref_resolves_to_its_server_and_what_is_set_for_the_model(add_server: AddServer) -> None:
    server = await sync_to_async(add_server)("alpha", "one", key="secret", chunk_timeout=7)
    await Model.objects.acreate(server=server, model_id="one", temperature=0.5, system_prompt="Be brief.")
    await registry.list_models()
    target = await registry.resolve("alpha/one")
    assert (target.server.name, target.model, target.system) == ("alpha", "one", "Be brief.")
    assert target.defaults.temperature == 0.5
    assert target.server.key.reveal() == "secret"
    assert target.server.timeouts.chunk == 7
    assert target.info is not None
    assert target.info.name == "One"
    assert isinstance(target.connector, FakeConnector)


async def test_a_model_that_the_list_lacks_is_tried_all_the_same(add_server: AddServer) -> None:
    await sync_to_async(add_server)("alpha", "one")
    await registry.list_models()
    target = await registry.resolve("alpha/made-up:7b/x")
    assert (target.model, target.info, target.notices) == ("made-up:7b/x", None, ())


async def test_an_unknown_or_disabled_server_is_refused(add_server: AddServer) -> None:
    await sync_to_async(add_server)("off", "one", enabled=False)
    for ref in ("nowhere/one", "off/one"):
        with pytest.raises(UnknownServerError):
            await registry.resolve(ref)


async def test_a_model_that_was_switched_off_is_refused(add_server: AddServer) -> None:
    server = await sync_to_async(add_server)("alpha", "one")
    await Model.objects.acreate(server=server, model_id="one", enabled=False)
    with pytest.raises(ProviderError) as refused:
        await registry.resolve("alpha/one")
    assert refused.value.code == "model_not_found"


async def test_a_model_for_administrators_is_refused_to_others_and_given_to_them(
    add_server: AddServer,
) -> None:
    server = await sync_to_async(add_server)("alpha", "one")
    await Model.objects.acreate(server=server, model_id="one", visibility="staff")
    with pytest.raises(ProviderError):
        await registry.resolve("alpha/one", viewer=Viewer())
    assert (await registry.resolve("alpha/one", viewer=Viewer(staff=True))).model == "one"


async def test_an_edit_is_in_force_at_once_and_the_old_connector_stays_open_for_its_answers(
    add_server: AddServer,
) -> None:
    server = await sync_to_async(add_server)("alpha", "one")
    before = await registry.resolve("alpha/one")
    server.chunk_timeout = 3
    await server.asave()
    after = await registry.resolve("alpha/one")
    assert after.connector is not before.connector
    assert after.server.timeouts.chunk == 3
    assert not FakeConnector.made[0].closed
    await registry.aclose()
    assert all(connector.closed for connector in FakeConnector.made)


async def test_the_connector_of_a_server_is_made_once(add_server: AddServer) -> None:
    await sync_to_async(add_server)("alpha", "one")
    first = await registry.resolve("alpha/one")
    second = await registry.resolve("alpha/two")
    assert first.connector is second.connector


async def test_resolving_asks_the_database_nothing_while_the_rows_are_fresh(
    add_server: AddServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sync_to_async(add_server)("alpha", "one")
    monkeypatch.setattr(rows, "CHECK_EVERY", 60.0)
    await registry.resolve("alpha/one")

    def forbidden() -> rows.ConfigurationRows:
        raise AssertionError("the database was asked")

    monkeypatch.setattr(rows, "get_rows", forbidden)
    assert (await registry.resolve("alpha/one")).model == "one"


async def test_the_edit_of_another_process_is_seen(add_server: AddServer) -> None:
    await sync_to_async(add_server)("alpha", "one")
    await registry.resolve("alpha/one")
    # `bulk_create` sends no signal, as another process sends none to this one.
    await Server.objects.abulk_create([Server(name="beta", provider="fake", base_url="http://beta.test")])
    assert (await registry.resolve("beta/x")).server.name == "beta"


@pytest.mark.usefixtures("impatient")
async def test_a_server_that_hangs_delays_nobody(add_server: AddServer) -> None:
    await sync_to_async(add_server)("hung", script=Script(hangs=True))
    await sync_to_async(add_server)("alpha", "one")
    lists = await registry.list_models()
    assert [info.id for info in lists["alpha"]] == ["one"]
    assert lists["hung"] == []
    await registry.list_models()
    await registry.health()
    assert await registry.default_model() == "alpha/one"
    assert (await registry.resolve("hung/x")).server.name == "hung"


async def test_two_readers_of_a_new_server_ask_it_once(add_server: AddServer) -> None:
    await sync_to_async(add_server)("alpha", "one")
    await asyncio.gather(registry.list_models(), registry.list_models(), registry.default_model())
    assert FakeConnector.scripts["http://alpha.test"].asked == 1


async def test_the_default_model_is_echo_where_nothing_else_answers(add_server: AddServer) -> None:
    await sync_to_async(add_server)("dead", script=Script(error=ProviderError("unreachable")))
    assert await registry.default_model() == "echo/echo"


async def test_the_default_model_is_the_first_in_the_administrators_order(add_server: AddServer) -> None:
    await sync_to_async(add_server)("alpha", "one", order=20)
    server = await sync_to_async(add_server)("beta", "a", "b", order=10)
    await Model.objects.acreate(server=server, model_id="b", order=1)
    assert await registry.default_model() == "beta/b"
