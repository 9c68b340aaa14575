from collections.abc import Callable
from typing import Any, TypeVar

from django.db import close_old_connections

Result = TypeVar("Result")


def with_connections_closed(work: Callable[..., Result], *args: Any) -> Result:
    """A thread of a pool, which may never do such work again, keeps no connection to the database."""
    close_old_connections()
    try:
        return work(*args)
    finally:
        close_old_connections()
