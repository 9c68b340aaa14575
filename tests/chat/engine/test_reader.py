import asyncio

from chat.engine import reader as module
from chat.engine.frames import Frame
from chat.engine.reader import Reader


async def test_frames_are_taken_in_the_order_in_which_they_were_put() -> None:
    reader = Reader()
    for body in ("a", "b", "c"):
        reader.put(Frame(body))
    assert [frame.body for frame in await reader.take_frames()] == ["a", "b", "c"]


async def test_taking_waits_for_the_first_frame() -> None:
    reader = Reader()
    taking = asyncio.create_task(reader.take_frames())
    await asyncio.sleep(0)
    assert not taking.done()
    reader.put(Frame("a"))
    assert [frame.body for frame in await taking] == ["a"]


async def test_a_slow_reader_loses_deltas_but_never_a_record() -> None:
    reader = Reader()
    reader.put(Frame("x" * (module.SOFT_LIMIT + 1)))
    reader.put(Frame("delta", message="a1", seq=0))
    reader.put(Frame("record", message="a1", offset=10))
    assert len(await reader.take_frames()) == 1
    assert [frame.body for frame in await reader.take_frames()] == ["record"]
    reader.put(Frame("delta", message="a1", seq=1))
    assert [frame.seq for frame in await reader.take_frames()] == [1]


async def test_a_reader_that_takes_nothing_at_all_is_given_up() -> None:
    reader = Reader()
    big = Frame("x" * (module.HARD_LIMIT // 2))
    for _ in range(4):
        reader.put(big)
    assert reader.overflowed
    assert len(await reader.take_frames()) < 4


async def test_what_is_taken_at_once_is_bounded() -> None:
    reader = Reader()
    for _ in range(10):
        reader.put(Frame("x" * (module.AT_ONCE // 2)))
    assert [len(await reader.take_frames()) for _ in range(5)] == [2] * 5
    assert reader.waiting == 0


async def test_who_asks_for_more_waits_until_there_is_room() -> None:
    reader = Reader()
    await reader.wait_for_room()
    for _ in range(2):
        reader.put(Frame("x" * module.SOFT_LIMIT))
    waiting = asyncio.create_task(reader.wait_for_room())
    await asyncio.sleep(0)
    assert not waiting.done()
    await reader.take_frames()
    await waiting
