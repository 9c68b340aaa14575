"""Work that is done once for all who wait for it."""

import asyncio

import pytest

from core.shared_work import SharedWork


class Work:
    """Raises these, one each time; then gives how often it was begun, once it may."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.begun = 0
        self.go_on = asyncio.Event()

    async def __call__(self) -> int:
        self.begun += 1
        await self.go_on.wait()
        if self.errors:
            raise self.errors.pop(0)
        return self.begun


async def test_many_are_given_what_was_done_once() -> None:
    work = Work()
    shared = SharedWork(work)
    asked = [asyncio.create_task(shared.get()) for _ in range(3)]
    await asyncio.sleep(0)
    running = [shared.is_running]
    work.go_on.set()
    assert await asyncio.gather(*asked) == [1, 1, 1]
    running.append(shared.is_running)
    assert running == [True, False]
    assert await shared.get() == 1


async def test_all_who_waited_hear_of_a_failure_and_who_comes_after_it_begins_anew() -> None:
    work = Work(ConnectionError("away"))
    shared = SharedWork(work)
    asked = [asyncio.create_task(shared.get()) for _ in range(2)]
    await asyncio.sleep(0)
    work.go_on.set()
    heard = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(error) for error in heard] == [ConnectionError, ConnectionError]
    assert await shared.get() == 2


async def test_one_that_is_stopped_takes_nothing_from_others_and_the_last_one_ends_it() -> None:
    work = Work()
    shared = SharedWork(work)
    first, second = [asyncio.create_task(shared.get()) for _ in range(2)]
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait({first})
    assert shared.is_running
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    work.go_on.set()
    assert await shared.get() == 2
