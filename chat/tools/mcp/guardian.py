"""Runs a program and ends it, with all that it started, when Divan ends: `guardian.py LEASH COMMAND [ARG …]`.

LEASH is the number of a pipe's reading end. Its other end is Divan's alone, so that the pipe closes when
Divan ends, by kill -9 too. The program has this process's pipes and is in its process group. Exits as the
program does. Standard library only, and little of it: it is there once for every program.
"""

import os
import signal
import sys
import threading
import time

GRACE = 2.0
"""Seconds from SIGTERM to SIGKILL."""
NOT_RUN = 127


def start(command: list[str]) -> int:
    child = os.fork()
    if child:
        return child
    try:
        os.execvp(command[0], command)  # noqa: S606 - an entry of mcp.json, without a shell
    except OSError as error:
        os.write(2, f"{command[0]}: {error.strerror}\n".encode(errors="replace"))
    os._exit(NOT_RUN)


def end_group_with(leash: int) -> None:
    try:
        while os.read(leash, 64):
            pass
    except OSError:
        pass
    os.killpg(0, signal.SIGTERM)
    time.sleep(GRACE)
    os.killpg(0, signal.SIGKILL)


def main(leash: int, command: list[str]) -> int:
    # A handler, since a program would inherit that a signal is ignored.
    signal.signal(signal.SIGTERM, lambda *_: None)
    child = start(command)
    nothing = os.open(os.devnull, os.O_RDWR)
    for pipe in (0, 1):
        # Only the program holds them now: their ends are seen when it ends.
        os.dup2(nothing, pipe)
    threading.Thread(target=end_group_with, args=(leash,), daemon=True).start()
    _, status = os.waitpid(child, 0)
    # Whoever is left of the group is Divan's to end (program.py), which waits for this process.
    ended = os.waitstatus_to_exitcode(status)
    return ended if ended >= 0 else 128 - ended


if __name__ == "__main__":
    os.set_inheritable(int(sys.argv[1]), False)
    os._exit(main(int(sys.argv[1]), sys.argv[2:]))
