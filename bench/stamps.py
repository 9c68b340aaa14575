"""The clock that the fake upstream writes into its tokens and the load client reads out of them.

Microseconds of the system's monotonic clock, which all processes of one machine share.
"""

import time


def now() -> int:
    return time.monotonic_ns() // 1000


def stamp() -> str:
    return f"{now():x}"


def first_token(arrived: int) -> str:
    """Also carries when the request arrived."""
    return f"{arrived:x}-{stamp()} "


def token() -> str:
    return f"{now():x} "


def read(word: str) -> tuple[int | None, int]:
    """When the request arrived (only in a first token), and when this token was sent."""
    arrived, dash, sent = word.rpartition("-")
    return (int(arrived, 16) if dash else None), int(sent, 16)
