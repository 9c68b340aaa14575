import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from providers import registry
from providers.catalogue.health import FIRST_PAUSE, LONGEST_PAUSE, Breaker
from providers.catalogue.listing import Viewer
from providers.catalogue.viewers import viewer_for
from providers.configuration import rows
from providers.errors import ErrorCode, ProviderError
from providers.models import Model, Server
from providers.types import ModelInfo, Pricing
from tests.providers.registry.fakes import FakeConnector, Script

AddServer = Callable[..., Server]
DOWN = ProviderError("unreachable", server="alpha")


def ids(lists: object, server: str) -> list[str]:
    assert isinstance(lists, dict)
    return [info.id for info in lists[server]]


def forget() -> None:
    """As a new process."""
    registry.reset_registry()


async def test_a_list_is_asked_for_once_and_then_kept(add_server: AddServer) -> None:
    await sync_to_async(add_server)("alpha", "one", "two")
    for _ in range(3):
        assert ids(await registry.list_models(), "alpha") == ["one", "two"]
    assert FakeConnector.scripts["http://alpha.test"].asked == 1


async def test_a_refresh_asks_again(add_server: AddServer) -> None:
    await sync_to_async(add_server)("alpha", "one")
    await registry.list_models()
    FakeConnector.scripts["http://alpha.test"].models = ("one", "new")
    assert ids(await registry.list_models(refresh=True), "alpha") == ["one", "new"]


async def test_the_last_good_list_is_shown_while_its_server_is_away(add_server: AddServer) -> None:
    await sync_to_async(add_server)("alpha", "one")
    await registry.list_models()
    FakeConnector.scripts["http://alpha.test"].error = DOWN
    assert ids(await registry.list_models(refresh=True), "alpha") == ["one"]
    health = (await registry.health())["alpha"]
    assert (health.status, health.available, health.models_count) == ("unhealthy", False, 1)
    assert health.error is not None
    assert "answers" in health.error


async def test_a_new_process_shows_the_kept_list_with_its_age_before_the_server_answers(
    add_server: AddServer,
) -> None:
    info = ModelInfo(
        "rich",
        "Rich",
        "fake",
        "alpha",
        description="d",
        context_length=4096,
        max_tokens=512,
        parameters="8B",
        quantization="Q4_K_M",
        size=5_000_000_000,
        capabilities=frozenset({"chat", "vision"}),
        pricing=Pricing(0.1, 0.4),
        metadata={"family": "x"},
    )
    await sync_to_async(add_server)("alpha", script=Script(infos=[info]))
    before = (await registry.list_models())["alpha"][0]
    await registry.aclose()
    forget()
    FakeConnector.scripts["http://alpha.test"].hangs = True
    after = (await registry.list_models())["alpha"][0]
    assert after == before
    assert after.metadata["listed_at"].endswith("Z")


@pytest.mark.usefixtures("impatient")
async def test_a_kept_list_of_another_address_is_not_shown(add_server: AddServer) -> None:
    server = await sync_to_async(add_server)("alpha", "one")
    await registry.list_models()
    server.base_url = "http://moved.test"
    FakeConnector.scripts["http://moved.test"] = Script(hangs=True)
    await server.asave()
    assert ids(await registry.list_models(), "alpha") == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"format": 1}', b'{"format": 1, "models": 3}'])
@pytest.mark.usefixtures("impatient")
async def test_a_damaged_kept_list_counts_as_none(
    add_server: AddServer, data_dir: Path, content: bytes
) -> None:
    await sync_to_async(add_server)("alpha", script=Script(hangs=True))
    (data_dir / "models").mkdir()
    (data_dir / "models" / "alpha.json").write_bytes(content)
    assert ids(await registry.list_models(), "alpha") == []


async def test_a_kept_list_is_readable_by_its_owner_alone_and_holds_no_key(
    add_server: AddServer, data_dir: Path
) -> None:
    await sync_to_async(add_server)("alpha", "one", key="sk-secret")
    await registry.list_models()
    kept = data_dir / "models" / "alpha.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert "sk-secret" not in kept.read_text()
    assert json.loads(kept.read_text())["models"][0]["id"] == "one"


async def test_what_a_person_set_survives_a_refresh(add_server: AddServer) -> None:
    server = await sync_to_async(add_server)("alpha", "one", "two", "three")
    await Model.objects.acreate(
        server=server,
        model_id="two",
        name="My two",
        order=1,
        price_input=1,
        price_output=2,
        capabilities=["vision"],
        context_length=1000,
    )
    await Model.objects.acreate(server=server, model_id="three", enabled=False)
    for _ in range(2):
        infos = (await registry.list_models(refresh=True))["alpha"]
        assert [info.id for info in infos] == ["two", "one"]
        assert infos[0].name == "My two"
        assert infos[0].pricing == Pricing(1, 2)
        assert infos[0].capabilities == {"vision"}
        assert infos[0].context_length == 1000


async def test_a_model_that_is_gone_is_gone_and_one_that_a_person_typed_is_marked_missing(
    add_server: AddServer,
) -> None:
    server = await sync_to_async(add_server)("alpha", "one", "two")
    await Model.objects.acreate(server=server, model_id="typed")
    await registry.list_models()
    FakeConnector.scripts["http://alpha.test"].models = ("one",)
    infos = {info.id: info for info in (await registry.list_models(refresh=True))["alpha"]}
    assert set(infos) == {"one", "typed"}
    assert infos["typed"].metadata["missing"] is True


async def test_a_service_without_a_list_is_well_with_the_models_that_a_person_typed(
    add_server: AddServer,
) -> None:
    none = Script(error=ProviderError("model_not_found", "HTTP 404"))
    server = await sync_to_async(add_server)("alpha", script=none)
    preset = await Model.objects.acreate(server=server, model_id="own", candidates=["a"])
    await registry.list_models()
    assert (await registry.health())["alpha"].status == "unhealthy"
    await Model.objects.acreate(server=server, model_id="typed")
    (first, typed) = (await registry.list_models(refresh=True))["alpha"]
    assert (first.id, typed.id) == (preset.model_id, "typed")
    assert "missing" not in typed.metadata
    asked = none.asked
    assert (await registry.health())["alpha"].status == "healthy"
    assert none.asked == asked


@pytest.mark.parametrize("code", ["model_not_found", "invalid"])
async def test_a_service_without_a_list_is_well_once_it_has_answered(
    code: ErrorCode, add_server: AddServer
) -> None:
    none = Script(error=ProviderError(code, "no list"))
    await sync_to_async(add_server)("alpha", script=none)
    await registry.list_models()
    assert (await registry.health())["alpha"].status == "unhealthy"
    registry.report_outcome(await registry.resolve("alpha/one"))
    for _ in range(2):
        await registry.list_models(refresh=True)
        assert (await registry.health())["alpha"].status == "healthy"
    none.error = DOWN
    await registry.list_models(refresh=True)
    assert (await registry.health())["alpha"].status == "unhealthy"


async def test_a_server_that_refuses_questions_for_its_key_is_not_well_though_it_shows_its_list(
    add_server: AddServer,
) -> None:
    await sync_to_async(add_server)("alpha", "one")
    target = await registry.resolve("alpha/one")
    registry.report_outcome(target, ProviderError("auth", status=401, said="Unknown key"))
    await registry.list_models(refresh=True)
    health = (await registry.health())["alpha"]
    assert (health.status, health.available) == ("unhealthy", False)
    assert "Unknown key" in str(health.error)
    registry.report_outcome(target)
    assert (await registry.health())["alpha"].status == "healthy"


async def test_one_model_that_a_key_may_not_use_says_nothing_of_the_server(add_server: AddServer) -> None:
    await sync_to_async(add_server)("alpha", "one")
    target = await registry.resolve("alpha/one")
    registry.report_outcome(target)
    for error in (
        ProviderError("auth", status=403),
        ProviderError("hardware"),
        ProviderError("server_error"),
    ):
        registry.report_outcome(target, error)
        assert (await registry.health())["alpha"].status == "healthy"


async def test_a_model_is_shown_to_whom_it_is_for(add_server: AddServer) -> None:
    from django.contrib.auth.models import Group

    server = await sync_to_async(add_server)("alpha", "free", "staff", "some")
    await Model.objects.acreate(server=server, model_id="staff", visibility="staff")
    some = await Model.objects.acreate(server=server, model_id="some", visibility="groups")
    await some.groups.aadd(await Group.objects.acreate(name="writers"))

    async def seen(viewer: Viewer | None) -> set[str]:
        return set(ids(await registry.list_models(viewer=viewer), "alpha"))

    assert await seen(Viewer()) == {"free"}
    assert await seen(Viewer(groups=frozenset({"writers"}))) == {"free", "some"}
    assert await seen(Viewer(groups=frozenset({"others"}))) == {"free"}
    assert await seen(Viewer(staff=True)) == {"free", "staff", "some"}
    assert await seen(None) == {"free", "staff", "some"}


async def test_a_server_that_failed_is_left_alone_for_a_while(add_server: AddServer) -> None:
    await sync_to_async(add_server)("alpha", script=Script(error=DOWN))
    for _ in range(5):
        await registry.list_models()
    assert FakeConnector.scripts["http://alpha.test"].asked == 1


async def test_a_request_that_works_ends_the_pause_and_heals_the_server(add_server: AddServer) -> None:
    await sync_to_async(add_server)("alpha", "one", script=Script(error=DOWN))
    await registry.list_models()
    FakeConnector.scripts["http://alpha.test"].error = None
    target = await registry.resolve("alpha/one")
    registry.report_outcome(target)
    assert (await registry.health())["alpha"].available


async def test_a_request_that_cannot_reach_the_server_shows_in_its_health(add_server: AddServer) -> None:
    await sync_to_async(add_server)("alpha", "one")
    await registry.list_models()
    target = await registry.resolve("alpha/one")
    registry.report_outcome(target, ProviderError("content_blocked"))
    assert (await registry.health())["alpha"].available
    registry.report_outcome(target, DOWN)
    assert not (await registry.health())["alpha"].available


async def test_a_fault_in_a_connector_is_its_servers_trouble_alone(
    add_server: AddServer, caplog: pytest.LogCaptureFixture
) -> None:
    await sync_to_async(add_server)("alpha", "one")
    await sync_to_async(add_server)("beta", "one")
    FakeConnector.scripts["http://alpha.test"].error = RuntimeError("bug")  # type: ignore[assignment]
    lists = await registry.list_models()
    assert ids(lists, "alpha") == []
    assert ids(lists, "beta") == ["one"]
    assert "bug" in caplog.text


async def test_a_list_that_hangs_ends_as_a_timeout(
    add_server: AddServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("providers.catalogue.lists.LIST_TIMEOUT", 0.05)
    await sync_to_async(add_server)("alpha", script=Script(hangs=True))
    await registry.list_models()
    health = (await registry.health())["alpha"]
    assert not health.available
    assert health.error is not None
    assert "in time" in health.error


async def test_closing_ends_the_refreshes_that_run(add_server: AddServer) -> None:
    await sync_to_async(add_server)("alpha", script=Script(hangs=True))
    known = await rows.aget_rows()
    task = registry.registry().refresh(known.servers["alpha"])
    await asyncio.sleep(0)
    await registry.aclose()
    assert task.cancelled()


def test_the_pause_doubles_up_to_a_limit_and_success_ends_it() -> None:
    breaker = Breaker()
    assert breaker.allows(0)
    breaker.fail(0)
    assert not breaker.allows(FIRST_PAUSE - 0.1)
    assert breaker.allows(FIRST_PAUSE)
    for _ in range(2000):
        breaker.fail(0)
    assert not breaker.allows(LONGEST_PAUSE - 0.1)
    assert breaker.allows(LONGEST_PAUSE)
    breaker.succeed()
    assert breaker.allows(0)


async def test_a_server_that_came_back_is_seen_at_once_by_whoever_refreshes(add_server: AddServer) -> None:
    await sync_to_async(add_server)("alpha", "one", script=Script(["one"], error=DOWN))
    await registry.list_models()
    FakeConnector.scripts["http://alpha.test"].error = None
    assert ids(await registry.list_models(refresh=True), "alpha") == ["one"]
    assert (await registry.health())["alpha"].available


@pytest.mark.usefixtures("impatient")
async def test_a_server_that_is_away_keeps_a_refresh_waiting_for_a_moment_only(
    add_server: AddServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sync_to_async(add_server)("hung", script=Script(hangs=True))
    await sync_to_async(add_server)("alpha", "one")
    await registry.list_models()
    known = await rows.aget_rows()
    here = registry.registry()
    here.catalogue.note_failure(here.state(known.servers["hung"]), DOWN)
    monkeypatch.setattr(registry, "REFRESH_WAIT", 3600.0)
    await registry.list_models(refresh=True)


async def test_health_that_is_a_while_old_is_looked_at_again_without_waiting(
    add_server: AddServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sync_to_async(add_server)("alpha", "one")
    await registry.list_models()
    FakeConnector.scripts["http://alpha.test"].error = DOWN
    assert (await registry.health())["alpha"].available
    monkeypatch.setattr("providers.catalogue.lists.SURE_FOR", 0.0)
    assert (await registry.health())["alpha"].available
    await asyncio.wait(registry.registry().loop().probes.values())
    assert not (await registry.health())["alpha"].available
    assert ids(await registry.list_models(), "alpha") == ["one"]


async def test_who_looks_is_asked_of_the_database_only_where_it_matters(
    add_server: AddServer, settings: Any
) -> None:
    from django.contrib.auth.models import User

    settings.AUTH_MODE = "accounts"
    server = await sync_to_async(add_server)("alpha", "one")
    boss = str((await User.objects.acreate(username="boss", is_staff=True)).owner.pk)
    assert await viewer_for(boss) == Viewer()
    await Model.objects.acreate(server=server, model_id="one", visibility="staff")
    assert await viewer_for(boss) == Viewer(staff=True)
    assert await viewer_for("boss") == await viewer_for("nobody") == Viewer()
