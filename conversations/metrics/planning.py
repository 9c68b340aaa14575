"""How PostgreSQL is to go about a query that its planner takes for another kind."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections, transaction


@contextmanager
def planned(database: str, **settings: str) -> Iterator[None]:
    """Settings of PostgreSQL that hold inside the block, in one process of it: several are quicker where
    nobody else asks, and dearer. SQLite has none."""
    connection = connections[database]
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic(database, savepoint=False), connection.cursor() as cursor:
        for name, value in {**settings, "max_parallel_workers_per_gather": "0"}.items():
            cursor.execute("SELECT set_config(%s, %s, true)", [name, value])
        yield
