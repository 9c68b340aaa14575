"""The programs that are compared, and how each is asked for a stream."""

import os
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import orjson

from tests.services.environment import NOTHING_THERE
from tests.services.network import free_port
from tests.services.processes import Process, Started, wait_until
from tests.services.server import Divan

SECONDS_TO_START = 30


class Target(ABC):
    name: str
    url: str
    process: Process

    greeting: bytes | None = None
    """What a page sends once, when it has connected."""

    @abstractmethod
    def request(self, model: str) -> bytes:
        """The frame that asks for a stream of `model`."""

    def words(self, event: Any) -> list[str] | None:
        """What a message of an answer's text brings; None of one that is no such message."""
        return [event["text"]] if event["type"] == "delta" else None

    @abstractmethod
    def is_end(self, event: dict[str, Any]) -> bool:
        """True for the event that ends a stream as it should."""


class DivanTarget(Target):
    """Asked as the page asks: with short deltas."""

    name = "divan"
    greeting = orjson.dumps({"type": "hello", "deltas": "short"})

    def __init__(self, divan: Divan) -> None:
        self.process = divan
        self.url = divan.socket_url

    def request(self, model: str) -> bytes:
        lane = {"model": f"openai/{model}"}
        return orjson.dumps({"type": "send", "ref": "1", "conversation": None, "text": "go", "lanes": [lane]})

    def words(self, event: Any) -> list[str] | None:
        return [text for _, _, text in event] if isinstance(event, list) else super().words(event)

    def is_end(self, event: dict[str, Any]) -> bool:
        return bool(event["type"] == "record" and event["record"].get("status") == "complete")


class PassingTarget(Target):
    """A program that only passes tokens on."""

    def __init__(self, name: str, process: Process, port: int) -> None:
        self.name = name
        self.process = process
        self.url = f"ws://127.0.0.1:{port}/ws"

    def request(self, model: str) -> bytes:
        return orjson.dumps({"model": model})

    def is_end(self, event: dict[str, Any]) -> bool:
        return bool(event["type"] == "end")


def upstream_process(folder: Path, port: int) -> Process:
    return Process(
        [sys.executable, "-m", "bench.upstream", str(port)], log=folder / "upstream.log", env=dict(os.environ)
    )


def relay_process(folder: Path, port: int, upstream_url: str) -> Process:
    return _passing(folder / "relay.log", upstream_url, "-m", "bench.relay", str(port))


def consumer_process(folder: Path, port: int, upstream_url: str) -> Process:
    daphne = ("-m", "daphne", "-v", "0", "-p", str(port))
    return _passing(folder / "consumer.log", upstream_url, *daphne, "bench.consumer:application")


def _passing(log: Path, upstream_url: str, *words: str) -> Process:
    return Process([sys.executable, *words], log=log, env={**os.environ, "UPSTREAM_URL": upstream_url})


def environment(upstream_url: str) -> dict[str, str]:
    """Of a Divan that asks the fake upstream, as often as it likes."""
    return {"OPENAI_BASE_URL": upstream_url, "OPENAI_API_KEY": "bench", "REQUESTS_PER_MINUTE": "1000000"}


class StartedDivan(Divan):
    """Started as anybody starts it. Tests fork theirs from a process that has imported more than one needs,
    and their memory says nothing."""

    def __init__(self, data_dir: Path, *, env: Mapping[str, str]) -> None:
        super().__init__(data_dir, env=env)
        self.command = [sys.executable, "manage.py", "serve"]

    def _launch(self) -> Started:
        return Process._launch(self)


def divan_on(
    data_dir: Path, upstream_url: str = NOTHING_THERE, *, env: Mapping[str, str] = MappingProxyType({})
) -> Divan:
    """With its tables made, and not started yet."""
    divan = StartedDivan(data_dir, env={**environment(upstream_url), **env})
    divan.manage("migrate", "--verbosity", "0")
    return divan


def wait_for_port(process: Process, port: int) -> None:
    import socket

    def answers() -> bool:
        if not process.is_running:
            raise RuntimeError(f"a process of the benchmark ended at once:\n{process.output()[-2000:]}")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    wait_until(answers, seconds=SECONDS_TO_START, what=f"listening on port {port}")


def ports(count: int) -> list[int]:
    return [free_port() for _ in range(count)]
