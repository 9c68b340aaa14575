"""Brings the database up to date, then serves; one process, so that a second start is quick.

Runs in the virtual environment: `make run` and the container start it.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatbot_project.settings")


def main() -> int:
    from chatbot_project.command_line import main as run

    return run(["manage.py", "serve", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
