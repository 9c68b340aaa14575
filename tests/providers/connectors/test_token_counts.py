"""The two numbers of a refusal for length, in the words of many services."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.types import ServerConfig
from providers.wire.failures import error_of, http_failure
from providers.wire.failures.token_counts import MOST, TokenCounts, token_counts

SERVER = ServerConfig("s", "openai")

SENTENCES = [
    line.split("\t") for line in Path(__file__).with_name("refusals_for_length.tsv").read_text().splitlines()
]
"""Tokens sent, tokens taken, and what the service said; empty: not to be known."""


@pytest.mark.parametrize(("sent", "limit", "sentence"), SENTENCES)
def test_a_sentence_tells_what_was_sent_and_what_is_taken(sentence: str, sent: str, limit: str) -> None:
    assert token_counts(None, sentence) == TokenCounts(int(sent or 0) or None, int(limit or 0) or None)


FIELDS = {"code": 400, "message": "too long", "type": "exceed_context_size_error"}


@pytest.mark.parametrize(
    "payload",
    [
        {"error": {**FIELDS, "n_prompt_tokens": 5007, "n_ctx": 4096}},
        {"error": {**FIELDS, "n_prompt_tokens": "5007", "n_ctx": 4096.0}},
        [{"error": {**FIELDS, "n_prompt_tokens": 5007, "n_ctx": 4096}}],
        {
            "error": '{"error":{"code":400,"message":"too long","type":"exceed_context_size_error",'
            '"n_prompt_tokens":5007,"n_ctx":4096}}'
        },
    ],
    ids=["numbers", "odd types", "in a list", "in a text"],
)
def test_fields_tell_it_too(payload: Any) -> None:
    error = error_of(SERVER, payload)
    assert error is not None
    assert (error.code, error.sent_tokens, error.limit_tokens) == ("context_length", 5007, 4096)


def test_a_refusal_of_another_kind_has_no_such_numbers() -> None:
    error = http_failure(SERVER, 401, b'{"error": {"message": "maximum context length is 4096 tokens"}}')
    assert (error.sent_tokens, error.limit_tokens) == (None, None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["error", "n_ctx", "n_prompt_tokens"]), inner)
    ),
)


@given(JSON, st.text())
def test_whatever_is_said_is_a_sensible_number_or_none(payload: Any, text: str) -> None:
    for number in token_counts(payload, text):
        assert number is None or 0 < number <= MOST
