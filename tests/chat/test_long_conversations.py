"""Conversations that go on far beyond what a model can read, with a text denser than the estimate."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.chat.test_answers import text_in
from tests.services.server import Divan
from tests.services.wire import Wire, wire
from tests.upstreams.server import Upstream, running_upstream
from tests.upstreams.small_window import SmallWindow, no_numbers, numbers_of_llama, numbers_of_vllm

QUESTION = "Bugünkü yükleme çizelgesini gözden geçirip öğleden sonraki vagonların sırasını söyler misin? ({})"


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with running_upstream() as made:
        yield made


@pytest.fixture
def divan(start_server: Callable[..., Divan], upstream: Upstream) -> Divan:
    return start_server(env={"OPENAI_BASE_URL": upstream.base_url("openai"), "OPENAI_API_KEY": "sk-test"})


async def turns(page: Wire, number: int, lanes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    where, answers = None, []
    for turn in range(number):
        more: dict[str, Any] = {"lanes": lanes} if where is None else {}
        ack = await page.ask("send", conversation=where, text=QUESTION.format(turn), **more)
        where = ack["conversation"]
        answers += [await page.answer(answer) for answer in ack["answers"]]
    return answers


def failures(answers: list[dict[str, Any]]) -> list[Any]:
    return [(n, answer["error"]) for n, answer in enumerate(answers) if answer["status"] != "complete"]


@pytest.mark.parametrize(
    ("listed", "counts"),
    [(True, True), (False, True), (False, False)],
    ids=["window in the list", "no window in the list", "no window and no counts"],
)
@pytest.mark.parametrize("says", [numbers_of_vllm, numbers_of_llama, no_numbers])
async def test_no_turn_fails_however_long_a_conversation_gets(
    says: Any, listed: bool, counts: bool, divan: Divan, upstream: Upstream
) -> None:
    small = SmallWindow(says=says, counts_limit=says is numbers_of_vllm, counts=counts)
    upstream.reply = small.reply
    row = {"id": "small", "object": "model", **({"max_model_len": small.window} if listed else {})}
    upstream.wires["openai"].models = lambda: {"data": [row]}  # type: ignore[method-assign]
    async with wire(divan.socket_url) as page:
        answers = await turns(page, 60 if counts else 30, [{"model": "openai/small"}])
    assert failures(answers) == []
    assert small.refused < 10, "what was learned holds for the turns that follow"


async def test_three_lanes_live_through_it(divan: Divan, upstream: Upstream) -> None:
    small = SmallWindow()
    upstream.reply = small.reply
    async with wire(divan.socket_url) as page:
        answers = await turns(page, 20, [{"model": f"openai/{name}"} for name in ("one", "two", "three")])
    assert failures(answers) == []


async def test_an_answer_that_filled_the_window_is_continued(divan: Divan, upstream: Upstream) -> None:
    small = SmallWindow(window=320)
    upstream.reply = small.reply
    async with wire(divan.socket_url) as page:
        (answer,) = await turns(page, 1, [{"model": "openai/small"}])
        assert (answer["status"], answer["finish"]) == ("complete", "length")
        where = next(event["conversation"] for event in page.events if event["type"] == "record")
        for _ in range(3):
            ack = await page.ask("continue", conversation=where, message=answer["id"])
            longer = await page.answer(ack["answers"][0])
            assert (longer["status"], longer.get("error")) == ("complete", None)
            assert text_in(longer).startswith(text_in(answer))
            assert len(text_in(longer)) > len(text_in(answer))
            if longer["finish"] != "length":
                break
            answer = longer
