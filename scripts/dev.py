#!/usr/bin/env python3
"""The verbs of the Makefile: run, test, bench, lint, format, lock, audit. Standard library only.

This file alone must be readable by any Python 3: it says when the Python found is too old, or newer than
the packages that the locks name.
"""

import os
import shutil
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OLDEST = (3, 11)
NEWEST = (3, 14)


def fitting_python():
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        found = shutil.which("python3.%d" % minor)
        if found:
            return found
    return None


def main():
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        found = fitting_python()
        if found:
            os.execv(found, [found, os.path.abspath(__file__)] + sys.argv[1:])
        sys.exit(
            "Divan needs Python %d.%d to %d.%d; this one is %d.%d." % (OLDEST + NEWEST + sys.version_info[:2])
        )
    sys.path.insert(0, ROOT)
    from scripts.verbs import run_verb

    sys.exit(run_verb(sys.argv[1:]))


if __name__ == "__main__":
    main()
