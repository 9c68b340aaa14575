"""What is asked of the C library, where there is one that can be asked."""

import ctypes
import sys

import pytest

from core import heap


@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_memory_is_given_back_or_nothing_is_done(system: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", system)
    heap.return_free_memory()


def test_a_library_that_knows_no_such_call_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    class Other:
        def __getattr__(self, name: str) -> object:
            asked.append(name)
            raise AttributeError(name)

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(ctypes, "CDLL", lambda _: Other())
    heap.share_arenas()
    heap.return_large_blocks()
    heap.return_free_memory()
    assert asked == ["mallopt", "mallopt", "malloc_trim"]
