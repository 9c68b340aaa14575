"""Brings the database up to date, then serves; one process, so that a second start is quick.

Runs in the virtual environment: `make run` and the container start it.
"""

import os
import re
import sys
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatbot_project.settings")


def migrate() -> None:
    """Only where something is to be done: looking costs a tenth of `manage.py migrate`."""
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        print("Preparing the database …", flush=True)
        call_command("migrate", verbosity=0, interactive=False)


def setting_at_fault(error: Exception) -> str:
    """The name of the setting on whose line in settings.py the error arose, else what it might be."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.line or "" for frame in frames if Path(frame.filename).name == "settings.py"]
    found = re.search(r'env(?:\.\w+)?\("(\w+)"', lines[-1]) if lines else None
    return found.group(1) if found else "A setting"


def main() -> int:
    import django
    from django.core.management import execute_from_command_line
    from django.db import Error

    try:
        import chatbot_project.settings  # noqa: F401
    except Exception as error:  # noqa: BLE001 - whatever a value that cannot be read makes of it
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        print(
            f"error: {setting_at_fault(error)}, in the environment or .env, cannot be used: {reason}",
            file=sys.stderr,
        )
        return 1
    try:
        django.setup()
        migrate()
    except Error as error:
        print(f"error: The database cannot be used: {str(error).strip().splitlines()[0]}", file=sys.stderr)
        return 1
    execute_from_command_line(["manage.py", "serve", *sys.argv[1:]])
    return 0


if __name__ == "__main__":
    sys.exit(main())
