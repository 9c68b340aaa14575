"""What owners told every model is kept in the process, and never older than what anybody saved."""

import asyncio
from collections.abc import Callable, Iterator

import pytest
from django.db import Error, InterfaceError, OperationalError
from django.utils import timezone

from chat.models import Memory, Remembered
from chat.prompting import memory_cache
from chat.prompting.memory_cache import MemoryTexts, texts_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    memory_cache.forget_all()
    yield
    memory_cache.forget_all()


@pytest.fixture
async def told() -> None:
    await Memory.objects.acreate(owner="ann", about="I teach.", style="Short.")
    await Remembered.objects.acreate(owner="ann", text="Tea, no coffee.")
    await Remembered.objects.acreate(owner="ann", text="Switched off.", on=False)
    await Memory.objects.acreate(owner="bob", about="Bob.")


async def queries(owner: str, monkeypatch: pytest.MonkeyPatch, times: int = 1) -> int:
    """How often the database is asked where the owner's texts are asked for, `times` at once."""
    asked: list[Callable[..., object]] = []

    def counted(read: Callable[..., object]) -> Callable[..., object]:
        def note(*given: str) -> object:
            asked.append(read)
            return read(*given)

        return note

    with monkeypatch.context() as patched:
        for name in ("_read_texts", "_read_version"):
            patched.setattr(memory_cache, name, counted(getattr(memory_cache, name)))
        await asyncio.gather(*(texts_of(owner) for _ in range(times)))
    return len(asked)


@pytest.mark.usefixtures("told")
async def test_a_hundred_that_ask_at_once_read_as_much_as_one_and_then_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    alone = await queries("ann", monkeypatch)
    memory_cache.forget_all()
    assert await queries("ann", monkeypatch, 100) == alone > 0
    assert await queries("ann", monkeypatch, 100) == 0
    assert await texts_of("ann") == MemoryTexts("I teach.", "Short.", ("Tea, no coffee.",))
    assert await texts_of("bob") == MemoryTexts("Bob.")
    assert not await texts_of("nobody")


@pytest.mark.usefixtures("told")
async def test_what_is_saved_or_deleted_here_is_told_at_once() -> None:
    assert (await texts_of("ann")).style == "Short."
    await Memory.objects.aupdate_or_create(owner="ann", defaults={"style": "Long."})
    assert (await texts_of("ann")).style == "Long."
    line = await Remembered.objects.aget(owner="ann", on=False)
    line.on = True
    await line.asave()
    assert (await texts_of("ann")).remembered == ("Tea, no coffee.", "Switched off.")
    await Remembered.objects.filter(owner="ann").adelete()
    assert (await texts_of("ann")).remembered == ()


@pytest.mark.usefixtures("told")
async def test_what_another_process_changed_is_told_after_the_next_look() -> None:
    assert (await texts_of("ann")).about == "I teach."
    # `update` tells no signal, as another process tells none here.
    await Memory.objects.filter(owner="ann").aupdate(about="I learn.", updated=timezone.now())
    assert (await texts_of("ann")).about == "I teach."
    memory_cache.lookup().outdate()
    assert (await texts_of("ann")).about == "I learn."
    await Remembered.objects.abulk_create([Remembered(owner="ann", text="New.")])
    memory_cache.lookup().outdate()
    assert (await texts_of("ann")).remembered == ("Tea, no coffee.", "New.")


@pytest.mark.usefixtures("told")
async def test_what_is_saved_while_it_is_read_is_read_again() -> None:
    await texts_of("bob")
    reading = asyncio.create_task(texts_of("ann"))
    await asyncio.sleep(0)
    assert "ann" in memory_cache._reading
    await Memory.objects.aupdate_or_create(owner="ann", defaults={"about": "Another."})
    await reading
    assert (await texts_of("ann")).about == "Another."


@pytest.mark.usefixtures("told")
async def test_one_that_is_cancelled_takes_nothing_from_the_others() -> None:
    await texts_of("bob")
    first, second = asyncio.create_task(texts_of("ann")), asyncio.create_task(texts_of("ann"))
    await asyncio.sleep(0)
    assert "ann" in memory_cache._reading
    first.cancel()
    assert (await second).about == "I teach."


async def test_owners_beyond_the_limit_are_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_cache, "OWNERS_KEPT", 2)
    for owner in ("one", "two", "three"):
        await texts_of(owner)
    assert list(memory_cache._known) == ["two", "three"]


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
async def test_what_is_known_is_told_while_the_database_is_away(
    error: type[Error], monkeypatch: pytest.MonkeyPatch
) -> None:
    known = await texts_of("ann")

    def refuse() -> tuple[object, ...]:
        raise error

    with monkeypatch.context() as patched:
        memory_cache.lookup().outdate()
        patched.setattr(memory_cache, "_read_version", refuse)
        assert await texts_of("ann") == known
