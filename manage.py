#!/usr/bin/env python3
import os
import sys


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatbot_project.settings")
    from django.core.management import execute_from_command_line
    from django.db import OperationalError, ProgrammingError

    try:
        execute_from_command_line(sys.argv)
    except (OperationalError, ProgrammingError) as error:
        if "--traceback" in sys.argv:
            raise
        reason = str(error).strip().partition("\n")[0]
        missing = "no such" in reason or "does not exist" in reason
        hint = " Bring it up to date with: manage.py migrate" if missing else ""
        sys.stderr.write(f"The database cannot be used: {reason}.{hint}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
