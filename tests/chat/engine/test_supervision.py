"""No task of the engine ends because something went wrong in it."""

import asyncio
import logging
from collections.abc import Callable

import pytest

from chat.engine import supervision
from chat.engine.supervision import keep_running

FAILURES: list[Callable[[], Exception]] = [
    lambda: ValueError("bad"),
    lambda: KeyError("from"),
    lambda: OSError("away"),
    lambda: UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"),
    lambda: asyncio.InvalidStateError(),
    lambda: RecursionError(),
]


@pytest.mark.parametrize("make", FAILURES)
async def test_work_that_broke_off_begins_again(
    make: Callable[[], Exception], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(supervision, "PAUSE", 0.0)
    begun = 0
    third = asyncio.Event()

    async def work() -> None:
        nonlocal begun
        begun += 1
        if begun < 3:
            raise make()
        third.set()
        await asyncio.Event().wait()

    task = keep_running(f"Working {make()!r}", work, expected=(OSError,))
    with caplog.at_level(logging.WARNING):
        await third.wait()
    assert not task.done()
    said = [record for record in caplog.records if record.name == "chat.engine.supervision"]
    assert [record.exc_info is None for record in said] == [isinstance(make(), OSError)]
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()
