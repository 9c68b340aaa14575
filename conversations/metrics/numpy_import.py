"""numpy takes a tenth of a second to import and 20 MB to keep: only a process that shows figures has it."""

import sys
from importlib import import_module
from threading import Thread


def begin_to_import_numpy() -> None:
    """In a thread, while the database is asked. Whoever imports it meanwhile waits for what is left."""
    if "numpy" not in sys.modules:
        Thread(target=import_module, args=("numpy",), name="numpy's import", daemon=True).start()
