"""Puts a backup back, again and again, in processes that fail or are killed at each step; says in a line for
each what is then neither as it had been nor as it is in the backup. The environment says which database; the
argument is a folder to work in."""

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import django

MOST_STEPS = 90


def main(folder: Path) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatbot_project.settings")
    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from conversations.backup import finish_interrupted_restore, write_backup
    from conversations.files.store import FileStore
    from tests.conversations.samples import conversation, user

    data_dir, archive = Path(settings.DATA_DIR), folder / "divan.zip"
    call_command("migrate", verbosity=0)
    make_tables_at_once(folder / "tables.sqlite3")
    FileStore(data_dir).create(conversation(), user("old"))
    person("grace")
    write_backup(data_dir, archive, lambda done, total: None)
    kept = state(data_dir)
    for how, act in (("fails", fail), ("killed", kill)):
        FileStore(data_dir).create(conversation("20240101-000000-aaaaaaaa"), user("new"))
        person("mallory")
        before = state(data_dir)
        for step in range(1, MOST_STEPS):
            ended = in_another_process(partial(put_back, data_dir, archive, step, act))
            if ended == 0:
                break
            finish_interrupted_restore(data_dir)
            after = state(data_dir)
            say(how, step, [] if after == kept else difference(before, after))
            if after == kept:
                break
        if state(data_dir) != kept:
            put_back(data_dir, archive, MOST_STEPS, act)
        say("done", step, difference(kept, state(data_dir)))


def make_tables_at_once(made: Path) -> None:
    """A restore on SQLite makes all tables beside those in use: half a second, a hundred times. Here it gets
    a copy of those that the same migrations have just made."""
    from django.core.management import call_command
    from django.db import connection, connections

    from conversations.backup import restoring

    if connection.vendor != "sqlite":
        return
    connections.close_all()
    shutil.copyfile(str(connection.settings_dict["NAME"]), made)

    def copy_tables(command: str, *, database: str = "default", **options: Any) -> Any:
        place = Path(str(connections.databases[database]["NAME"]))
        if command == "migrate" and not place.exists():
            return shutil.copyfile(made, place)
        return call_command(command, database=database, **options)

    patch.object(restoring, "call_command", copy_tables).start()


def say(how: str, step: int, left: list[str]) -> None:
    sys.stdout.write(json.dumps({"how": how, "step": step, "left": left}) + "\n")
    sys.stdout.flush()


def person(name: str) -> None:
    from django.contrib.auth import get_user_model
    from django.db import connections

    from chat.models import Prompt

    get_user_model().objects.create_user(name)
    Prompt.objects.create(owner=name, name=name, text="x")
    connections.close_all()


def state(data_dir: Path) -> dict[str, str]:
    """Every file, but what was put aside or belongs to the system, and the rows."""
    from django.contrib.auth import get_user_model
    from django.db import connections

    from chat.models import Prompt

    folders = ("conversations", "trash", "attachments", "documents", "people", "secret_key")
    found = {}
    for name in folders:
        for path in [data_dir / name, *(data_dir / name).rglob("*")]:
            if path.is_file() and path.name != ".lock":
                found[str(path.relative_to(data_dir))] = path.read_text()
    found["users"] = str(sorted(get_user_model().objects.values_list("username", flat=True)))
    found["prompts"] = str(sorted(Prompt.objects.values_list("owner", "name")))
    found["leftovers"] = str([path.name for path in data_dir.glob(".restor*")])
    connections.close_all()
    return found


def difference(before: dict[str, str], after: dict[str, str]) -> list[str]:
    names = sorted(before.keys() | after.keys())
    return [
        f"{name}: {before.get(name)} {after.get(name)}"
        for name in names
        if before.get(name) != after.get(name)
    ]


def put_back(data_dir: Path, archive: Path, step: int, act: Callable[[], None]) -> None:
    """`act` happens at the given one of all steps that change a file or a row."""
    from conversations.backup import restore_backup, rows
    from conversations.backup.swap import Swap

    count = 0

    def counted(original: Any) -> Any:
        def stepping(*args: Any, **options: Any) -> Any:
            nonlocal count
            count += 1
            if count == step:
                act()
            return original(*args, **options)

        return stepping

    Path.rename = counted(Path.rename)  # type: ignore[method-assign]
    Path.replace = counted(Path.replace)  # type: ignore[method-assign]
    rows.delete_rows = counted(rows.delete_rows)
    rows._whole = counted(rows._whole)
    Swap.finish = counted(Swap.finish)  # type: ignore[method-assign]
    restore_backup(data_dir, archive, lambda done, total: counted(lambda: None)())


def fail() -> None:
    raise OSError(28, "No space left on device")


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def in_another_process(work: Callable[[], None]) -> int:
    from django.db import connections

    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:  # noqa: BLE001 -- whatever it was, the parent looks at what is left
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return status


if __name__ == "__main__":
    main(Path(sys.argv[1]))
