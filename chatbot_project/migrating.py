"""The database is brought up to date before anything uses it: by one process, while those that start beside
it wait."""

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pkgutil import iter_modules

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from core import disk

ADVISORY_LOCK = 0x446976616E
"""Any number that no other program of the same database takes."""
LOCK_FILE = ".migrating"
NOTED = "django_migrations"
"""The table in which Django notes what it applied."""


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
    """Whether the database says of each migration that it was applied. Django would import all of them to
    tell, and a server would keep them in memory for as long as it lives."""
    with connection.cursor() as cursor:
        if NOTED not in connection.introspection.table_names(cursor):
            return False
        cursor.execute(f"SELECT app, name FROM {NOTED}")  # noqa: S608
        return set(find_migrations()) <= set(cursor.fetchall())


def find_migrations() -> Iterator[tuple[str, str]]:
    """App and name of each migration that there is a file of."""
    for app in apps.get_app_configs():
        package = find_spec(f"{app.name}.migrations")
        folders = package.submodule_search_locations if package is not None else None
        for module in iter_modules(folders or ()):
            if not module.ispkg and module.name[0] not in "_~":
                yield app.label, module.name


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
