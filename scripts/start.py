"""Brings the database up to date, then serves; one process, so that a second start is quick.

Runs in the virtual environment: `make run` and the container start it.
"""

import os
import sys
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


def main() -> int:
    import django
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import Error

    try:
        django.setup()
        migrate()
    except ImproperlyConfigured as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except Error as error:
        print(f"error: The database cannot be used: {str(error).strip()}", file=sys.stderr)
        return 1
    execute_from_command_line(["manage.py", "serve", *sys.argv[1:]])
    return 0


if __name__ == "__main__":
    sys.exit(main())
