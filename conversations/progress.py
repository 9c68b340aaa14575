"""How far long work of a command has come, for a person at a terminal and for nobody else."""

import time

from django.core.management.base import OutputWrapper

WIDTH = 30
EVERY_S = 0.1


class Bar:
    """Call it with what is done and what there is to do. Writes nothing where `out` is no terminal."""

    def __init__(self, out: OutputWrapper, label: str) -> None:
        self._out = out
        self._label = label
        self._shown = out.isatty()
        self._next = 0.0

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if not self._shown or (now < self._next and done < total):
            return
        self._next = now + EVERY_S
        filled = WIDTH * done // total if total else WIDTH
        bar = f"\r{self._label} [{'#' * filled}{'.' * (WIDTH - filled)}] {done:,}/{total:,}"
        # A command's stderr would else end each line, and in red.
        self._out.write(bar, style_func=str, ending="\n" if done >= total else "")
        self._out.flush()
