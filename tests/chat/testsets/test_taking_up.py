"""Runs of test sets whose processes end, one way or another: another process goes on with them."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conversations.files.store import FileStore
from tests.chat.test_access import call
from tests.chat.testsets.model_server import AnsweringServer
from tests.chat.testsets.test_runs import PATIENCE, answered, complete, make, over, run
from tests.services.processes import wait_until
from tests.services.server import Divan

MODELS = ["small", "large", "huge"]
CASES = 30


class Gates:
    """Cases from the tenth, and from the twentieth on, are answered once somebody opens these: until then a
    run is in its middle."""

    def __init__(self) -> None:
        self.tenth, self.twentieth = threading.Event(), threading.Event()

    def answer(self, model: str, text: str) -> str:
        number = int(text.rsplit(maxsplit=1)[-1])
        if number >= 10:
            self.tenth.wait(PATIENCE)
        if number >= 20:
            self.twentieth.wait(PATIENCE)
        return answered(model, text)


@pytest.fixture
def gates() -> Iterator[Gates]:
    made = Gates()
    yield made
    made.tenth.set()
    made.twentieth.set()


@pytest.fixture
def models(gates: Gates) -> Iterator[AnsweringServer]:
    with AnsweringServer(MODELS, gates.answer) as running:
        yield running


@pytest.fixture
def pair(
    start_server: Callable[..., Divan], models: AnsweringServer, valkey: str, tmp_path: Path
) -> tuple[Divan, Divan]:
    """Two processes of one Divan."""
    env = {"OPENAI_BASE_URL": models.url, "OPENAI_API_KEY": "sk-x", "REDIS_URL": valkey, "DRAIN_SECONDS": "5"}
    shared = tmp_path / "shared"
    return start_server(data_dir=shared, env=env), start_server(data_dir=shared, env=env)


def wait_for(divan: Divan, address: str, done: int) -> None:
    def has_done() -> bool:
        return int(call(f"{divan.url}{address}")[1]["done"]) >= done

    wait_until(has_done, seconds=PATIENCE, what=f"{done} answers")


def asked_again(models: AnsweringServer, ended: set[tuple[str, str]], before: Any) -> set[tuple[str, str]]:
    """Of those that had ended then."""
    after = models.counted()
    places = {one: (one[1].split("/")[1], one[0]) for one in ended}
    return {one for one, place in places.items() if after[place] != before[place]}


def tokens_in_files(divan: Divan) -> int:
    """Sent, of all answers that stand in conversations, however they ended."""
    store, tokens = FileStore(divan.data_dir), 0
    for conversation in store.ids():
        file = store.open(conversation)
        for record in file.messages(list(file.tree.messages)):
            if record["role"] == "assistant":
                tokens += record["usage"]["input"] or 0
    return tokens


def test_a_run_goes_on_in_another_process_after_kill_and_after_sigterm_and_tokens_count_once(
    pair: tuple[Divan, Divan], models: AnsweringServer, gates: Gates
) -> None:
    one, other = pair
    cases = [{"id": f"c{number}", "text": f"slow {number}"} for number in range(CASES)]
    lanes = [{"model": f"openai/{name}"} for name in MODELS]
    address = run(make(one, *cases), {"lanes": lanes}).removeprefix(one.url)
    wait_for(one, address, 12)
    one.kill()
    killed, counted_then = complete(one), models.counted()
    gates.tenth.set()
    wait_for(other, address, len(killed) + 6)
    other.stop(seconds=60)
    stopped, counted_later = complete(one), models.counted()
    gates.twentieth.set()
    one.start()
    told = over(f"{one.url}{address}")
    assert (told["state"], told["done"]) == ("done", CASES * len(MODELS))
    assert killed < stopped < complete(one)
    assert asked_again(models, killed, counted_then) == set()
    assert asked_again(models, stopped, counted_later) == set()
    assert len(complete(one)) == CASES * len(MODELS)
    rows = call(f"{one.url}/api/metrics")[1]["rows"]
    assert {row["complete"] for row in rows} == {CASES}
    assert sum(row["input"] for row in rows) == tokens_in_files(one) > 0
    # Of what a process had spent in its last second the sums may know nothing; twice they have nothing.
    spent = call(f"{one.url}/api/models/spending")[1]["total"]
    assert 0 < spent["input_tokens"] <= tokens_in_files(one)
    assert spent["requests"] <= sum(models.counted().values())
