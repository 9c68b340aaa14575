"""Memory that the C library keeps for the process. Of glibc alone; elsewhere nothing is done."""

import ctypes
import sys
from contextlib import suppress

M_MMAP_THRESHOLD = -3
M_ARENA_MAX = -8
ARENAS = 2
LARGE = 256 * 1024
"""Bytes of a block that goes back to the system as soon as it is free."""


def share_arenas() -> None:
    """Before threads begin: glibc gives each a heap of its own, up to eight for each core, and what is free
    in one helps no other. Python lets one thread at a time allocate anyway."""
    _call("mallopt", M_ARENA_MAX, ARENAS)


def return_large_blocks() -> None:
    """From now on. Left to itself glibc takes the size of what was freed for usual, up to 32 MB, and cuts
    such blocks out of its heap, which shrinks only where its end is free."""
    _call("mallopt", M_MMAP_THRESHOLD, LARGE)


def return_free_memory() -> None:
    """What is free goes back to the system: after work that took much, of which nothing stays."""
    _call("malloc_trim", 0)


def _call(name: str, *numbers: int) -> None:
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            getattr(ctypes.CDLL(None), name)(*numbers)
