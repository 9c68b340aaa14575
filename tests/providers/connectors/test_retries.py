"""Tried again at most twice, only before the first word, and never in secret."""

from collections.abc import Awaitable, Callable

import pytest

from providers.streaming import RetryPolicy
from tests.providers.connectors.conftest import Connect
from tests.providers.connectors.hearing import asking, hear
from tests.upstreams import Upstream
from tests.upstreams.script import PLAIN, Fail, Say, Scenario, Think, refusal, scenario
from tests.upstreams.wire import Wire


class Clock:
    """Sleeps without time passing, and remembers how long."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def policy(self, jitter: float = 0.0) -> RetryPolicy:
        sleep: Callable[[float], Awaitable[None]] = self.sleep
        return RetryPolicy(sleep=sleep, jitter=lambda: jitter)


PASSING: dict[str, Scenario] = {
    "429": refusal(429),
    "500": refusal(500),
    "503": refusal(503),
    "an empty answer": scenario(status=200, body=b""),
    "a web page": scenario(status=200, body=b"<html>", content_type="text/html"),
    "an error before the first word": scenario(Fail()),
}


@pytest.mark.parametrize("case", PASSING)
async def test_what_may_pass_is_tried_again_with_a_note(
    case: str, wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    upstream.play(PASSING[case], PASSING[case], PLAIN)
    clock = Clock()
    heard = await hear(connect(wire), asking(wire.model), clock.policy())
    assert heard.error is None
    assert heard.text == "Merhaba, dünya! 🚀 Привет."
    assert [notice.code for notice in heard.notices] == ["retrying", "retrying"]
    assert [notice.values["attempt"] for notice in heard.notices] == [2, 3]
    assert [notice.values["in_s"] for notice in heard.notices] == clock.slept == [0.5, 1.0]
    assert heard.events[0] is heard.notices[0]


async def test_the_third_failure_is_the_last(wire: Wire, upstream: Upstream, connect: Connect) -> None:
    upstream.play(refusal(503))
    heard = await hear(connect(wire), asking(wire.model), Clock().policy())
    assert heard.code == "overloaded"
    assert len(upstream.chats()) == 3


@pytest.mark.parametrize("first", [Say("W"), Think("Hm")], ids=["a word", "a thought"])
async def test_after_the_first_delta_nothing_is_tried_again(
    first: Say | Think, wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    upstream.play(scenario(first, Fail()), PLAIN)
    heard = await hear(connect(wire), asking(wire.model), Clock().policy())
    assert heard.error is not None
    assert heard.notices == []
    assert len(upstream.chats()) == 1


@pytest.mark.parametrize("status", [400, 401, 402, 404, 422])
async def test_what_will_not_pass_is_not_tried_again(
    status: int, one_wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    upstream.play(refusal(status), PLAIN)
    heard = await hear(connect(one_wire), asking(one_wire.model), Clock().policy())
    assert heard.error is not None
    assert len(upstream.chats()) == 1


HUGE = "9" * 400
WAITS: dict[str, tuple[Scenario, float | None]] = {
    "Retry-After": (refusal(429, b"", Retry_After="7"), 7.0),
    "RetryInfo": (refusal(429, {"error": {"details": [{"retryDelay": "36.5s"}]}}), 36.5),
    "estimated_time": (refusal(503, {"error": "loading", "estimated_time": 20.0}), 20.0),
    "a long load is looked after every minute": (refusal(503, {"estimated_time": 300.0, "error": "x"}), 60.0),
    "a limit of an hour is not waited for": (refusal(429, b"", Retry_After="3600"), None),
    "zero": (refusal(429, b"", Retry_After="0"), 0.0),
    "no number": (refusal(429, b"", Retry_After="soon"), 0.5),
    "not a number": (refusal(429, b"", Retry_After="nan"), 0.5),
    "below zero": (refusal(429, b"", Retry_After="-5"), 0.5),
    "no finite number": (refusal(429, b"", Retry_After=HUGE), 0.5),
}


@pytest.mark.parametrize("case", WAITS)
async def test_the_service_says_how_long_to_wait(
    case: str, one_wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    refused, wait = WAITS[case]
    upstream.play(refused, PLAIN)
    clock = Clock()
    heard = await hear(connect(one_wire), asking(one_wire.model), clock.policy())
    assert clock.slept == ([] if wait is None else [wait])
    assert (heard.error is None) == (wait is not None)


async def test_jitter_spreads_the_attempts(upstream: Upstream, connect: Connect) -> None:
    upstream.play(refusal(503))
    clock = Clock()
    await hear(connect("openai"), asking("m"), clock.policy(jitter=0.5))
    assert clock.slept == [0.75, 1.5]


async def test_a_kept_connection_that_the_server_closed_is_no_failure(
    one_wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    connector = connect(one_wire)
    for _ in range(2):
        assert (await hear(connector, asking(one_wire.model))).error is None
        await upstream.drop_connections()
    assert len(upstream.chats()) == 2
