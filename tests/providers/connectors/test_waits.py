"""How long a server asks to be left alone, wherever it says so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.types import ServerConfig
from providers.wire.failures import http_failure
from providers.wire.failures.waits import LONGEST, wait_of

SERVER = ServerConfig("s", "openai")
WORDS: list[tuple[str, float | None]] = [
    ("Rate limit reached for gpt-4o: Limit 30000, Used 29000. Please try again in 1.2s.", 1.2),
    ("You exceeded your current quota. Please retry in 36.5s.", 36.5),
    ("Please try again in 2m59.56s. Visit https://console.groq.com", 179.56),
    ("Please try again in 6m0s.", 360),
    ("Please try again in 850ms.", 0.85),
    ("try again in 7.66 seconds", 7.66),
    ("Retry after 30 seconds", 30),
    ("Please wait 20 seconds and try again", 20),
    ("Try again in 1 minute and 3 seconds", 63),
    ("Try again in 1 min 30 s", 90),
    ("The limit resets in 12 hours", 43200),
    ("available in 1h2m3s", 3723),
    ("rate limited; retry-after: 17s", 17),
    ("Please slow down and wait for 3.5 sec", 3.5),
    ("try again later", None),
    ("a limit of 20 requests per 5 seconds. Please try again.", None),
    ("Please try again at 10:30", None),
    ("retry in 5 messages", None),
]
HEADERS: list[tuple[dict[str, str], float | None]] = [
    ({"retry-after-ms": "1500"}, 1.5),
    ({"Retry-After": "2", "Retry-After-Ms": "1250.5"}, 1.2505),
    ({"retry-after-ms": "nan", "retry-after": "3"}, 3),
    ({"retry-after": "1m30s"}, 90),
    ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "7.66s"}, 7.66),
    ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "2m59.56s"}, 179.56),
    ({"x-ratelimit-remaining-tokens": "12", "x-ratelimit-reset-tokens": "7.66s"}, None),
    ({"x-ratelimit-reset": "30"}, 30),
]
PAYLOADS: list[tuple[object, float]] = [
    ({"error": {"details": [{"retryDelay": "36.5s"}]}}, 36.5),
    ({"error": "loading", "estimated_time": 20.0}, 20),
    ({"error": {"retry_after": "4"}}, 4),
    ({"error": {"metadata": {"headers": {"Retry-After": 9}}}}, 9),
]


@pytest.mark.parametrize(("said", "seconds"), WORDS)
def test_a_wait_is_read_from_words(said: str, seconds: float | None) -> None:
    assert wait_of({}, None, said) == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(("headers", "seconds"), HEADERS)
def test_a_wait_is_read_from_headers(headers: dict[str, str], seconds: float | None) -> None:
    wait = http_failure(SERVER, 429, b"", headers).retry_after
    assert wait == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(("payload", "seconds"), PAYLOADS)
def test_a_wait_is_read_from_fields(payload: object, seconds: float) -> None:
    assert wait_of({}, payload, "Please try again in 99s") == seconds


@given(st.text(max_size=60), st.text(max_size=60), st.floats(), st.integers())
def test_a_wait_is_a_sensible_number_or_none(header: str, said: str, number: float, count: int) -> None:
    for value in (header, str(number), str(count)):
        wait = wait_of({"retry-after": value, "x-ratelimit-reset": value}, None, f"retry in {value}s {said}")
        assert wait is None or 0 <= wait <= LONGEST
