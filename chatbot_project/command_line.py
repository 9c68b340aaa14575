"""Commands from the command line: what they need is there before they begin, and what is wrong is said in one
plain line."""

import errno
import os
import re
import sys
import traceback
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

NO_NUMBER = re.compile(r"int\(\)|to float")
OURS = ("chat", "chatbot_project", "conversations", "providers", "rag")
WITHOUT_DATABASE = frozenset(
    {
        *("client_types", "restore", "verify_chats"),
        *("check", "diffsettings", "help", "sendtestemail", "version"),
        *(
            "migrate",
            "makemigrations",
            "optimizemigration",
            "showmigrations",
            "sqlmigrate",
            "squashmigrations",
        ),
        *("compilemessages", "makemessages", "collectstatic", "findstatic", "export_openapi_schema"),
        *("startapp", "startproject", "test", "testserver"),
    }
)
"""Which must work, and change nothing, where there is none. All others find it brought up to date."""


def main(argv: Sequence[str]) -> int:
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import Error

    # Whatever a command makes is its owner's alone, SQLite's files and the log too.
    os.umask(0o077)
    try:
        import chatbot_project.settings  # noqa: F401
    except ImproperlyConfigured as error:
        return refuse(str(error))
    except Exception as error:  # noqa: BLE001 - whatever a value that cannot be read makes of it
        return refuse(
            f"{setting_at_fault(error)}, in the environment or .env, cannot be used: {describe_cause(error)}"
        )
    try:
        app = app_of(argv)
        if app in OURS:
            return run(argv)
        if app and needs_database(argv):
            from chatbot_project.migrating import prepare_database

            prepare_database()
        execute_from_command_line(list(argv))
    except (ImproperlyConfigured, Error) as error:
        if "--traceback" in argv:
            raise
        return refuse(describe_error(error))
    return 0


def app_of(argv: Sequence[str]) -> str | None:
    """The app that a command belongs to, Django's own too; None where there is no such command."""
    import django
    from django.core.management import get_commands

    django.setup()
    return get_commands().get(argv[1]) if len(argv) > 1 else None


def needs_database(argv: Sequence[str]) -> bool:
    return argv[1] not in WITHOUT_DATABASE and not {"-h", "--help"} & set(argv)


def run(argv: Sequence[str]) -> int:
    """As Django's `run_from_argv`, which prints a dozen lines of usage before what is wrong."""
    from django.conf import settings
    from django.core.management import CommandError, get_commands, load_command_class
    from django.db import Error, connections

    from chatbot_project.migrating import prepare_database
    from conversations.backup import finish_interrupted_restore
    from conversations.errors import StoreError
    from conversations.in_use import in_use

    name = argv[1]
    command = load_command_class(get_commands()[name], name)
    try:
        options = vars(command.create_parser("manage.py", name).parse_args(list(argv[2:])))
        with ExitStack() as held:
            if needs_database(argv):
                finish_interrupted_restore(settings.DATA_DIR)
                held.enter_context(in_use(settings.DATA_DIR))
                prepare_database()
            command.execute(*options.pop("args", ()), **options)
    except (CommandError, Error, StoreError, OSError) as error:
        if isinstance(error, BrokenPipeError):
            return 1
        if "--traceback" in argv:
            raise
        return refuse(describe_error(error), getattr(error, "returncode", 1))
    finally:
        connections.close_all()
    return 0


def describe_error(error: Exception) -> str:
    from django.core.management.base import SystemCheckError
    from django.db import Error

    if isinstance(error, OSError):
        return describe_file_error(error)
    text = str(error).strip()
    if isinstance(error, Error):
        return f"The database cannot be used: {text.partition(chr(10))[0]}"
    if isinstance(error, SystemCheckError):
        text = text.partition("ERRORS:\n")[2].partition("\n\n")[0]
        return re.sub(r"^\S+ \([\w.]+\) |HINT: ", "", text, flags=re.MULTILINE)
    return text.removeprefix("Error: ")


FILE_ERRORS = {
    errno.ENOENT: "{path} is not there.",
    errno.EACCES: "{path} may not be opened or written by this user.",
    errno.EPERM: "{path} may not be opened or written by this user.",
    errno.EISDIR: "{path} is a folder.",
    errno.ENOTDIR: "{path} cannot be there: a part of it is no folder.",
    errno.EEXIST: "{path} is there already.",
    errno.ENOSPC: "The disk is full. {path}",
    errno.EDQUOT: "The disk is full. {path}",
    errno.EROFS: "{path} cannot be written: its disk is read-only.",
    errno.ENAMETOOLONG: "The name of {path} is too long.",
    errno.ELOOP: "{path} is a link that leads to itself.",
}


def describe_file_error(error: OSError) -> str:
    path = error.filename
    name = os.fsdecode(path) if isinstance(path, str | bytes | os.PathLike) else ""
    sentence = FILE_ERRORS.get(error.errno or 0)
    if sentence is None or (not name and "{path} " in sentence):
        return f"{name or 'A file'} cannot be used ({error.strerror or error})."
    return sentence.format(path=name).strip()


def setting_at_fault(error: Exception) -> str:
    """The name of the setting on whose line in settings.py the error arose, else what it might be."""
    if isinstance(error, OSError):
        return "DATA_DIR"
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.line or "" for frame in frames if Path(frame.filename).name == "settings.py"]
    found = re.search(r'env(?:\.\w+)?\("(\w+)"', lines[-1]) if lines else None
    return found.group(1) if found else "A setting"


def describe_cause(error: Exception) -> str:
    text = str(error) or type(error).__name__
    return "it must be a number" if isinstance(error, ValueError) and NO_NUMBER.search(text) else text


def refuse(reason: str, status: int = 1) -> int:
    sys.stderr.write(f"error: {' '.join(reason.split())}\n")
    return status
