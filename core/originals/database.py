"""The database that has the rows of originals, for whichever thread asks."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from core.models import KeptOriginal


@contextmanager
def in_transaction() -> Iterator[BaseDatabaseWrapper]:
    """Over a connection that is closed again where none was open: a thread of a pool may never ask again."""
    alias = router.db_for_write(KeptOriginal)
    connection = connections[alias]
    was_open = connection.connection is not None
    try:
        with transaction.atomic(using=alias):
            yield connection
    finally:
        if not (was_open or connection.in_atomic_block):
            connection.close()


def database_time() -> float:
    """Seconds since 1970, by the clock that gives rows their times."""
    with in_transaction() as connection:
        if connection.vendor != "postgresql":
            return time.time()
        with connection.cursor() as cursor:
            cursor.execute("SELECT extract(epoch FROM statement_timestamp())::float8")
            return float(cursor.fetchone()[0])
