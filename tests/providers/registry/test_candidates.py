from collections.abc import Awaitable, Callable

import pytest
from asgiref.sync import sync_to_async

from providers import connectors, registry
from providers.configuration.candidates import choose_candidate
from providers.models import Model, Server
from providers.types import ModelInfo
from tests.providers.registry.fakes import FakeConnector, Script

AddServer = Callable[..., Server]
AddGroup = Callable[..., Awaitable[None]]


@pytest.fixture
def add_group(add_server: AddServer) -> AddGroup:
    """Servers by name with what each has; in all of them `flash` stands for a, b, c."""

    async def add(**models: list[str]) -> None:
        for name, listed in models.items():
            server = await sync_to_async(add_server)(name, *listed, group="any-of-them")
            await Model.objects.acreate(server=server, model_id="flash", candidates=["a", "b", "c"])
        await registry.list_models()

    return add


def infos(*ids: str) -> list[ModelInfo]:
    return [ModelInfo(model, model, "fake", "alpha") for model in ids]


async def with_flash(add_server: AddServer, *models: str) -> Server:
    server: Server = await sync_to_async(add_server)("alpha", *models)
    await Model.objects.acreate(server=server, model_id="flash", name="Flash", candidates=["a", "b", "c"])
    return server


def test_the_first_candidate_that_the_list_has_is_chosen() -> None:
    chosen = choose_candidate(["a", "b", "c"], infos("c", "b"))
    assert chosen is not None
    assert chosen.id == "b"


def test_a_candidate_may_leave_out_ollamas_latest() -> None:
    chosen = choose_candidate(["qwen3"], infos("qwen3:latest"))
    assert chosen is not None
    assert chosen.id == "qwen3:latest"


def test_a_candidate_that_cannot_chat_is_passed_over() -> None:
    embedding = ModelInfo("a", "a", "fake", "alpha", capabilities=frozenset({"embeddings"}))
    chosen = choose_candidate(["a", "b"], [embedding, *infos("b")])
    assert chosen is not None
    assert chosen.id == "b"


async def test_the_first_choice_answers_without_a_word(add_server: AddServer) -> None:
    await with_flash(add_server, "a", "b")
    await registry.list_models()
    target = await registry.resolve("alpha/flash")
    assert (target.model, target.notices) == ("a", ())


async def test_a_stand_in_says_whom_it_replaces(add_server: AddServer) -> None:
    await with_flash(add_server, "c", "other")
    listed = {info.id: info for info in (await registry.list_models())["alpha"]}
    assert listed["flash"].name == "Flash"
    assert listed["flash"].metadata["model"] == "c"
    assert listed["flash"].metadata["replaces"] == "a"
    target = await registry.resolve("alpha/flash")
    assert target.model == "c"
    assert [notice.code for notice in target.notices] == ["model_replaced"]
    expected = {"ref": "alpha/flash", "server": "alpha", "wanted": "a", "model": "c"}
    assert target.notices[0].values == expected


async def test_what_a_server_once_had_is_said_to_be_gone(add_server: AddServer) -> None:
    """Also by a process that has only read of it, and if it comes and goes again."""
    await with_flash(add_server, "a", "c")
    await registry.list_models()
    for listed, code in ((["c"], "model_retired"), (["c", "x"], "model_retired"), (["a", "c"], None)):
        FakeConnector.scripts["http://alpha.test"] = Script(models=listed)
        await registry.list_models(refresh=True)
        found = (await registry.resolve("alpha/flash")).notices
        assert [notice.code for notice in found] == ([code] if code else [])
    FakeConnector.scripts["http://alpha.test"] = Script(models=["c"])
    await registry.list_models(refresh=True)
    registry.reset_registry()
    assert [notice.code for notice in (await registry.resolve("alpha/flash")).notices] == ["model_retired"]


async def test_a_model_that_is_listed_and_refused_is_said_to_be_gone(add_server: AddServer) -> None:
    await with_flash(add_server, "a", "b")
    await registry.list_models()
    second = await registry.find_replacement(await registry.resolve("alpha/flash"))
    assert second is not None
    assert [notice.code for notice in second.notices] == ["model_retired"]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (["b"], ["a"], ("two", "a")),
        (["c"], ["b"], ("two", "b")),
        (["a"], ["a", "b"], ("one", "a")),
        (["other"], ["c"], ("two", "c")),
        (["b", "c"], ["b"], ("one", "b")),
        (["other"], ["other"], ("one", "a")),
    ],
)
async def test_of_a_group_the_first_choice_anywhere_answers(
    add_group: AddGroup, first: list[str], second: list[str], expected: tuple[str, str]
) -> None:
    await add_group(one=first, two=second)
    target = await registry.resolve("any-of-them/flash")
    assert (target.server.name, target.model) == expected


async def test_of_a_group_the_first_choice_elsewhere_stands_in_for_one_that_was_refused(
    add_group: AddGroup,
) -> None:
    await add_group(one=["a", "b"], two=["a", "c"])
    first = await registry.resolve("any-of-them/flash")
    tried = [(first.server.name, first.model)]
    target = await registry.find_replacement(first)
    while target is not None:
        tried.append((target.server.name, target.model))
        target = await registry.find_replacement(target)
    assert tried[:4] == [("one", "a"), ("two", "a"), ("one", "b"), ("two", "c")]
    assert len(set(tried)) == len(tried), "what was refused is not tried again"


async def test_a_list_that_has_no_candidate_still_lets_the_first_be_tried(add_server: AddServer) -> None:
    await with_flash(add_server, "other")
    listed = {info.id: info for info in (await registry.list_models())["alpha"]}
    assert listed["flash"].metadata["missing"] is True
    assert (await registry.resolve("alpha/flash")).model == "a"
    assert await registry.default_model() == "alpha/other"


async def test_without_a_list_the_first_candidate_is_tried(add_server: AddServer) -> None:
    await with_flash(add_server)
    FakeConnector.scripts["http://alpha.test"] = Script(hangs=True)
    assert (await registry.resolve("alpha/flash")).model == "a"


async def test_a_candidate_that_the_service_does_not_find_is_replaced_by_the_next(
    add_server: AddServer,
) -> None:
    await with_flash(add_server, "a", "b", "c")
    await registry.list_models()
    first = await registry.resolve("alpha/flash")
    second = await registry.find_replacement(first)
    assert second is not None
    assert (second.model, second.notices[0].values["model"]) == ("b", "b")
    third = await registry.find_replacement(second)
    assert third is not None
    assert third.model == "c"
    assert await registry.find_replacement(third) is None


async def test_an_id_that_a_person_chose_is_never_replaced(add_server: AddServer) -> None:
    await with_flash(add_server, "a")
    target = await registry.resolve("alpha/zzz")
    assert await registry.find_replacement(target) is None


def test_every_model_out_of_the_box_has_several_candidates_and_an_id_that_needs_no_escape() -> None:
    for declared in connectors.PROVIDERS.values():
        for preset in declared.presets:
            assert len(preset.candidates) >= 3
            assert preset.id == preset.id.lower()
            assert "/" not in preset.id
