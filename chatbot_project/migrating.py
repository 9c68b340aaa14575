"""The database is brought up to date before anything uses it: by one process, while those that start beside
it wait."""

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from core import disk

ADVISORY_LOCK = 0x446976616E
"""Any number that no other program of the same database takes."""
LOCK_FILE = ".migrating"


def prepare_database() -> None:
    """A new one gets what belongs to people before anything else is written into it."""
    from chat.people.reconciliation import bring_together

    if is_up_to_date():
        return
    with preparing_alone():
        if not is_up_to_date():
            migrate()
            bring_together()


def is_up_to_date() -> bool:
    """Looking costs a tenth of `manage.py migrate`."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def migrate() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("Preparing the database …\n")
    call_command("migrate", verbosity=0, interactive=False)


@contextmanager
def preparing_alone() -> Iterator[None]:
    """Waits for whoever does it already. PostgreSQL knows of processes on other machines too."""
    with lock_in_postgresql() if connection.vendor == "postgresql" else lock_in_data_dir():
        yield


@contextmanager
def lock_in_postgresql() -> Iterator[None]:
    """Ends with the connection, so with the process."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [ADVISORY_LOCK])
    try:
        yield
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [ADVISORY_LOCK])


@contextmanager
def lock_in_data_dir() -> Iterator[None]:
    disk.make_folder(settings.DATA_DIR)
    fd = os.open(settings.DATA_DIR / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, disk.FILE_MODE)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)
