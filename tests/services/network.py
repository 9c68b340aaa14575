"""No test reaches beyond this machine."""

import ipaddress
import os
import random
import socket
import sys
from collections import deque
from typing import Any

NEVER_RESOLVED = (".invalid", ".test", ".example")
# Below the range from which the system takes the ports of outgoing connections.
PORTS = range(20_000, 32_000)
MOST_WORKERS = 16
_given: deque[int] = deque(maxlen=200)


class OutsideNetworkError(RuntimeError):
    """A test tried to reach another machine."""


def is_here(host: object) -> bool:
    if host in (None, "", b"", "localhost"):
        return True
    text = host.decode() if isinstance(host, bytes) else str(host)
    try:
        address = ipaddress.ip_address(text.split("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def refuse_outside(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect":
        address = arguments[1]
        if isinstance(address, tuple) and not is_here(address[0]):
            raise OutsideNetworkError(f"a test connects to {address[0]}")
    elif event == "socket.getaddrinfo" and not is_here(arguments[0]):
        name = str(arguments[0])
        if name.endswith(NEVER_RESOLVED):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        raise OutsideNetworkError(f"a test looks up {name}")


def block_outside() -> None:
    """For the rest of this process: an audit hook cannot be taken away, nor got around from Python."""
    sys.addaudithook(refuse_outside)


def ports_of(worker: str) -> range:
    """Of a worker by its name, as `gw2`; without one all."""
    number = worker.removeprefix("gw")
    return PORTS[int(number) % MOST_WORKERS :: MOST_WORKERS] if number.isdigit() else PORTS


def free_port() -> int:
    """One that no other worker of this test run is given, nor this one again for long: it may be free until
    somebody listens there."""
    # Unseeded on purpose: runs beside each other must not pick the same ones.
    source = random.SystemRandom()
    while True:
        port = source.choice(ports_of(os.environ.get("PYTEST_XDIST_WORKER", "")))
        if port in _given:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _given.append(port)
        return port
