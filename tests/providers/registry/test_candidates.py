from collections.abc import Callable

from asgiref.sync import sync_to_async

from providers import registry
from providers.configuration import presets
from providers.models import Model, Server
from providers.types import ModelInfo
from tests.providers.registry.fakes import FakeConnector, Script

AddServer = Callable[..., Server]


def infos(*ids: str) -> list[ModelInfo]:
    return [ModelInfo(model, model, "fake", "alpha") for model in ids]


async def with_flash(add_server: AddServer, *models: str) -> Server:
    server: Server = await sync_to_async(add_server)("alpha", *models)
    await Model.objects.acreate(server=server, model_id="flash", name="Flash", candidates=["a", "b", "c"])
    return server


def test_the_first_candidate_that_the_list_has_is_chosen() -> None:
    chosen = presets.choose(["a", "b", "c"], infos("c", "b"))
    assert chosen is not None
    assert chosen.id == "b"


def test_a_candidate_may_leave_out_ollamas_latest() -> None:
    chosen = presets.choose(["qwen3"], infos("qwen3:latest"))
    assert chosen is not None
    assert chosen.id == "qwen3:latest"


def test_a_candidate_that_cannot_chat_is_passed_over() -> None:
    embedding = ModelInfo("a", "a", "fake", "alpha", capabilities=frozenset({"embeddings"}))
    chosen = presets.choose(["a", "b"], [embedding, *infos("b")])
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
    assert target.notices[0].values == {"ref": "alpha/flash", "wanted": "a", "model": "c"}


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
    second = await registry.replacement(first)
    assert second is not None
    assert (second.model, second.notices[0].values["model"]) == ("b", "b")
    third = await registry.replacement(second)
    assert third is not None
    assert third.model == "c"
    assert await registry.replacement(third) is None


async def test_an_id_that_a_person_chose_is_never_replaced(add_server: AddServer) -> None:
    await with_flash(add_server, "a")
    target = await registry.resolve("alpha/zzz")
    assert await registry.replacement(target) is None


def test_every_model_out_of_the_box_has_several_candidates_and_an_id_that_needs_no_escape() -> None:
    for provided in presets.PRESETS.values():
        for preset in provided:
            assert len(preset.candidates) >= 3
            assert preset.id == preset.id.lower()
            assert "/" not in preset.id
