"""Whether the server in this container is well; the image's health check. Standard library only.

Docker calls a container unhealthy and leaves it as it is. So the third failure in a row ends the server, and
the container's restart policy starts it again. It must not be the container's first process for that, which
no signal from inside ends: run the container with an init (`init: true`, `docker run --init`).
"""

import os
import signal
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

FAILURES_BEFORE_END = 3
TIMEOUT_S = 4
FAILURES = Path(tempfile.gettempdir()) / "divan-health-failures"


def is_well(port: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/-/health", timeout=TIMEOUT_S) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def count_failure() -> int:
    """How many there have been in a row, with this one."""
    said = FAILURES.read_text() if FAILURES.exists() else ""
    failures = (int(said) if said.isdigit() else 0) + 1
    FAILURES.write_text(str(failures))
    return failures


def find_server() -> int | None:
    """The process id of the server of this container."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if int(folder.name) != os.getpid() and any(word.endswith(b"scripts/start.py") for word in words):
            return int(folder.name)
    return None


def main() -> int:
    if is_well(os.environ.get("PORT", "8000")):
        FAILURES.unlink(missing_ok=True)
        return 0
    if count_failure() >= FAILURES_BEFORE_END:
        FAILURES.unlink(missing_ok=True)
        server = find_server()
        if server is not None:
            os.kill(server, signal.SIGKILL)
    return 1


if __name__ == "__main__":
    sys.exit(main())
