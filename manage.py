#!/usr/bin/env python3
import os
import sys


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatbot_project.settings")
    from chatbot_project.command_line import main as run

    return run(sys.argv)


if __name__ == "__main__":
    sys.exit(main())
