#!/usr/bin/env python3
"""The verbs of the Makefile: run, test, bench, lint, format, lock. Standard library only.

This file alone must be readable by any Python 3: it says when the Python found is too old.
"""

import os
import shutil
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OLDEST = (3, 11)


def newer_python():
    for minor in range(19, OLDEST[1] - 1, -1):
        found = shutil.which("python3.%d" % minor)
        if found:
            return found
    return None


def main():
    if sys.version_info < OLDEST:
        found = newer_python()
        if found:
            os.execv(found, [found, os.path.abspath(__file__)] + sys.argv[1:])
        sys.exit("Divan needs Python 3.11 or newer; this one is %d.%d." % sys.version_info[:2])
    sys.path.insert(0, ROOT)
    from scripts.verbs import run_verb

    sys.exit(run_verb(sys.argv[1:]))


if __name__ == "__main__":
    main()
