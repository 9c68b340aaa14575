"""A model that an administrator keeps from people is kept in every spelling that a service might take."""

from collections.abc import Callable

import pytest
from asgiref.sync import sync_to_async
from pytest_django.fixtures import Settings

from providers import registry
from providers.catalogue.listing import Viewer
from providers.catalogue.spelling import fold_model_id
from providers.errors import ProviderError
from providers.models import Model, Server
from tests.providers.registry.fakes import FakeConnector, Script

AddServer = Callable[..., Server]
ANN = Viewer()
SPELLINGS = (
    *(
        "big/one",
        "Big/One",
        "BIG/ONE",
        "big/one:latest",
        "Big/One:LATEST",
        "/big/one",
        "//big//one/",
        "big///one",
    ),
    *(
        " big/one ",
        "big/one\t",
        "big/\u200bone",
        "models/big/one",
        "ｂｉｇ/ｏｎｅ",
        "big/one:",
        "big/one/:latest",
    ),
)
OTHERS = ("big/one:8b", "big/one-2", "big", "one", "bigone", "big/one:free", "x/big/one")


@pytest.mark.parametrize("model", SPELLINGS)
def test_these_are_one_model(model: str) -> None:
    assert fold_model_id(model) == "big/one"


@pytest.mark.parametrize("model", OTHERS)
def test_these_are_others(model: str) -> None:
    assert fold_model_id(model) != "big/one"


async def refused(ref: str, viewer: Viewer | None = ANN) -> str:
    """Why it is; empty where it is not."""
    try:
        await registry.resolve(ref, viewer=viewer)
    except ProviderError as error:
        return error.detail if error.code == "model_not_found" else error.code
    return ""


@pytest.mark.parametrize("hidden", [{"enabled": False}, {"visibility": "staff"}])
async def test_what_is_hidden_is_hidden_in_every_spelling(
    add_server: AddServer, settings: Settings, hidden: dict[str, object]
) -> None:
    for mode in ("local", "accounts"):
        settings.AUTH_MODE = mode
        server = await Server.objects.filter(name=mode).afirst() or await make(add_server, mode)
        await Model.objects.acreate(server=server, model_id="big/one", **hidden)
        for model in SPELLINGS:
            assert await refused(f"{mode}/{model}") == "switched off", (mode, model)
        assert await refused(f"{mode}/small") == ""


async def make(add_server: AddServer, name: str, *models: str, **values: object) -> Server:
    made: Server = await sync_to_async(add_server)(name, *(models or ("Big/One", "small")), **values)
    return made


@pytest.mark.parametrize(
    ("mode", "listed_only", "closed"),
    [
        ("local", None, False),
        ("accounts", None, True),
        ("accounts", False, False),
        ("local", True, True),
    ],
)
async def test_what_no_list_names_is_asked_where_the_server_is_open(
    add_server: AddServer, settings: Settings, mode: str, listed_only: bool | None, closed: bool
) -> None:
    settings.AUTH_MODE = mode
    server = await make(add_server, "s", listed_only=listed_only)
    assert (await refused("s/any-name") == "not listed") is closed
    for ref in ("s/small", "s/Small", "s/big/one:latest"):
        assert await refused(ref) == "", ref
    await Model.objects.acreate(server=server, model_id="any-name")
    assert await refused("s/any-name") == ""


async def test_a_spelling_is_asked_under_the_name_that_is_known(add_server: AddServer) -> None:
    """So the price and the settings of the name hold."""
    server = await make(add_server, "s")
    await Model.objects.acreate(server=server, model_id="Big/One", system_prompt="Be brief.")
    await registry.list_models()
    for model in SPELLINGS:
        target = await registry.resolve(f"s/{model}", viewer=ANN)
        assert (target.model, target.system, target.ref) == ("Big/One", "Be brief.", f"s/{model}")


async def test_a_model_that_came_since_is_found(add_server: AddServer, settings: Settings) -> None:
    settings.AUTH_MODE = "accounts"
    await make(add_server, "s", "one")
    assert await refused("s/one") == ""
    FakeConnector.scripts["http://s.test"] = Script(("one", "two"))
    assert await refused("s/two") == ""


async def test_a_server_without_a_list_is_asked_for_any_model(
    add_server: AddServer, settings: Settings, impatient: None
) -> None:
    settings.AUTH_MODE = "accounts"
    down = Script((), error=ProviderError("unreachable"))
    await sync_to_async(add_server)("s", script=down)
    assert await refused("s/one") == ""
