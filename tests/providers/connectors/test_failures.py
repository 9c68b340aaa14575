import math

import pytest

from providers.errors import ProviderError
from providers.types import Secret, ServerConfig
from providers.wire.failures import error_of, http_failure, scrub

KEY = "AbC123-very-secret"
SERVER = ServerConfig(
    "s", "openai", key=Secret(KEY), headers={"X-Gateway": "gateway-secret", "X-Short": "on"}
)


@pytest.mark.parametrize(
    "secret",
    [
        KEY,
        "gateway-secret",
        "sk-proj-abcdefgh12345678",
        "hf_abcdefghijklmnop",
        "AIzaSyA0123456789abcdefghij",
        "gsk_0123456789abcdef",
    ],
)
def test_no_key_survives_in_a_text(secret: str) -> None:
    for text in (
        f"Bad key {secret}!",
        f"https://x.test/?key={secret}&a=1",
        f"Authorization: Bearer {secret}",
    ):
        assert secret not in scrub(text, SERVER)


def test_ordinary_words_survive() -> None:
    text = "Only the task on the bearer of news is based on hf_x and sk-y."
    assert scrub(text, SERVER) == text


def test_a_key_in_a_nested_error_is_scrubbed_too() -> None:
    error = error_of(SERVER, {"error": {"metadata": {"raw": f"no {KEY}"}}})
    assert error is not None
    assert error.detail == "no …"


def test_an_endless_text_is_cut() -> None:
    assert len(http_failure(SERVER, 500, b"x" * 100_000).detail) <= 1000


@pytest.mark.parametrize(
    "payload",
    [
        None,
        5,
        "text",
        [],
        [1],
        {},
        {"error": None},
        {"error": False},
        {"choices": [], "detail": "x"},
        {"message": {"role": "assistant", "content": "x"}},
        {"candidates": [], "message": "x"},
        {"model": "m", "message": "x"},
    ],
)
def test_what_is_no_error_is_none(payload: object) -> None:
    assert error_of(SERVER, payload) is None


@pytest.mark.parametrize(
    "payload",
    [
        {"error": True},
        {"error": {}},
        {"error": 5},
        {"error": []},
        {"error": {"message": 5, "code": "x" * 10}},
        {"error": {"details": "none"}},
        {"error": {"details": [5, {"retryDelay": 5}]}},
        {"error": {"metadata": 5}},
        {"error": {"code": 99999}},
    ],
)
def test_an_error_of_any_shape_never_breaks_the_reader(payload: object) -> None:
    failure = http_failure(SERVER, 503, b"" if payload is None else str(payload).encode())
    assert failure.code == "overloaded"
    found = error_of(SERVER, payload)
    assert found is None or isinstance(found, ProviderError)


@pytest.mark.parametrize("value", ["nan", "inf", "-1", "", "later", "9" * 400])
def test_a_wait_that_is_none_is_not_told(value: str) -> None:
    wait = http_failure(SERVER, 429, b"", {"Retry-After": value}).retry_after
    assert wait is None or (wait >= 0 and math.isfinite(wait))
