"""What a model server says of its own failures: its machine, its model, a picture. Never told as Divan's."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from providers.errors import RETRYABLE
from providers.streaming import RETRIED, RetryPolicy
from providers.types import Image, ServerConfig
from providers.wire.failures import error_of, http_failure
from providers.wire.failures.excerpts import LONGEST
from providers.wire.failures.waits import LONGEST as LONGEST_WAIT
from tests.providers.connectors.conftest import Connect
from tests.providers.connectors.hearing import asking, hear, user
from tests.upstreams import Upstream
from tests.upstreams.script import Fail, Payload, Raw, Say, refusal, scenario
from tests.upstreams.wire import Wire

SERVER = ServerConfig("s", "openai")
CASES = [
    line.split("\t", 2) for line in Path(__file__).with_name("server_failures.tsv").read_text().splitlines()
]
"""The code, the status, and the body that servers send."""

BROKEN = [
    "model requires more system memory (9.8 GiB) than is available (3.1 GiB)",
    "llama runner process has terminated: signal: killed",
    "CUDA error: out of memory",
    "write /var/lib/ollama/blobs: no space left on device",
]
SHORT_OF_TIME = RetryPolicy(first_wait=0.0)


@pytest.mark.parametrize(("code", "status", "body"), CASES, ids=[case[2][:60] for case in CASES])
def test_a_refusal_means_what_its_words_say(code: str, status: str, body: str) -> None:
    assert http_failure(SERVER, int(status), body.encode()).code == code


@pytest.mark.parametrize(("code", "status", "body"), CASES, ids=[case[2][:60] for case in CASES])
def test_an_excerpt_is_a_sentence_and_no_json(code: str, status: str, body: str) -> None:
    said = http_failure(SERVER, int(status), body.encode()).said
    assert said
    assert len(said) <= LONGEST
    assert not set("{}<>\n\x1b") & set(said)


@pytest.mark.parametrize("said", BROKEN)
async def test_lack_of_hardware_is_told_at_once_and_in_the_servers_words(
    said: str, wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    upstream.play(refusal(500, wire.error_body(500, said)))
    heard = await hear(connect(wire), asking(wire.model), SHORT_OF_TIME)
    assert heard.error is not None
    assert (heard.code, heard.error.retryable, heard.notices) == ("hardware", False, [])
    assert heard.error.said == said.replace("/var/lib/ollama/blobs", "blobs")
    assert len(upstream.chats()) == 1


@pytest.mark.parametrize("said", BROKEN)
async def test_lack_of_hardware_in_the_middle_keeps_the_text(
    said: str, wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    upstream.play(scenario(Say("Half an "), Say("ans"), Fail(said)))
    heard = await hear(connect(wire), asking(wire.model))
    assert (heard.text, heard.code) == ("Half an ans", "hardware")


ODD_BODIES: list[bytes] = [
    b"", b"null", b"[]", b"{}", b"5", b'"x"', b"true", b"\xff\xfe", b"<html>", b"data: [DONE]\n\n",
    b'{"error":null}', b'{"error":0}', b'{"error":5}', b'{"error":[]}', b'{"error":["x"]}', b'{"error":{}}',
    b'{"error":{"code":null,"message":null}}', b'{"error":{"code":0,"message":""}}',
    b'{"error":{"code":"x","message":{"a":[1]}}}', b'{"error":{"code":1e999,"message":5}}',
    b'{"error":{"code":[500],"message":["it broke"]}}', b'{"error":{"message":{"message":"it broke"}}}',
    b'{"error":"{\\"error\\":{\\"code\\":500,\\"message\\":\\"it broke\\"}}"}', b'[{"error":{"code":500}}]',
    b'{"error":{"error":{"error":"it broke"}}}', b'{"errors":[{"message":"it broke"}]}',
    b'{"detail":[{"msg":"it broke"}]}', b'{"detail":{"error":"it broke"}}',
    b'{"message":"it broke","code":500}',
    b'{"error":{"details":"none","status":5}}', b'{"error":{"details":[5,{"violations":5}]}}',
    b'{"error":{"metadata":5,"message":"Provider returned error"}}', b"[" * 5000,
    b'{"error":' * 300 + b"1" + b"}" * 300,
]  # fmt: skip


@pytest.mark.parametrize("body", ODD_BODIES, ids=[str(body[:50]) for body in ODD_BODIES])
async def test_a_500_of_any_shape_is_the_servers_failure(
    body: bytes, one_wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    upstream.play(refusal(500, body))
    heard = await hear(connect(one_wire), asking(one_wire.model))
    assert heard.code == "server_error"


IN_A_STREAM: list[bytes] = [
    b'{"error":"it broke"}', b'{"error":["it broke"]}', b'{"error":{"message":"it broke"}}',
    b'{"error":{"message":"it broke","code":null,"type":null}}', b'{"error":{"message":"it broke","code":0}}',
    b'{"error":{"message":"it broke","code":500,"status":"INTERNAL"}}', b'{"error":{"message":["it broke"]}}',
    b'{"error":{"code":500,"message":"it broke","type":"server_error"},"choices":[]}',
    b'{"error":"{\\"error\\":{\\"message\\":\\"it broke\\"}}"}',
    b'{"error":"it broke","error_type":"generation"}',
    b'{"error":{"message":{"error":"it broke"}}}', b'{"error":{"error":"it broke"}}',
]  # fmt: skip


@pytest.mark.parametrize("payload", IN_A_STREAM, ids=[str(payload) for payload in IN_A_STREAM])
async def test_an_error_in_a_stream_is_the_servers_failure_and_keeps_the_text(
    payload: bytes, wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    upstream.play(scenario(Say("Half an "), Say("ans"), Payload(payload), ending=False))
    heard = await hear(connect(wire), asking(wire.model))
    assert heard.error is not None
    assert (heard.text, heard.code) == ("Half an ans", "server_error")
    assert heard.error.said == heard.error.detail == "it broke"


@pytest.mark.parametrize("payload", IN_A_STREAM, ids=[str(payload) for payload in IN_A_STREAM])
async def test_an_error_before_the_first_word_is_the_servers_failure(
    payload: bytes, one_wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    upstream.play(scenario(Payload(payload), ending=False))
    heard = await hear(connect(one_wire), asking(one_wire.model))
    assert heard.code == "server_error"


def test_what_a_machine_lacks_it_lacks_a_second_later() -> None:
    assert not {"hardware", "no_vision", "model_not_found"} & (RETRIED | RETRYABLE)
    assert RETRIED < RETRYABLE


TEXT_ALONE = [
    "for 'role:user' the following must be satisfied[('messages.0.content' : value must be a string)]",
    "messages[0].content: Input should be a valid string",
    'can only concatenate str (not "list") to str',
    "Content type is not supported",
]


@pytest.mark.parametrize("said", TEXT_ALONE)
async def test_a_picture_that_is_refused_in_other_words_is_told_where_one_was_sent(
    said: str, one_wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    upstream.play(refusal(400, one_wire.error_body(400, said)))
    connector = connect(one_wire)
    picture = await hear(connector, asking(one_wire.model, user(Image(b"png", "image/png"), "What is it?")))
    text = await hear(connector, asking(one_wire.model))
    assert (picture.code, text.code) == ("no_vision", "invalid")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
    | st.sampled_from(["server_error", "INTERNAL", "internal_server_error", "CUDA error", "500", "0"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from([
            "error", "message", "code", "type", "status", "detail", "details", "metadata", "raw", "errors",
            "error_type", "retryDelay", "violations", "headers", "estimated_time", "reason", "n_ctx",
        ]), inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip
BODIES = JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=200)
HEADERS = st.dictionaries(
    st.sampled_from(["Retry-After", "retry-after-ms", "X-RateLimit-Reset", "x-ratelimit-reset-tokens"]),
    st.text(max_size=20) | st.floats().map(str) | st.integers().map(str),
)


@given(status=st.integers(100, 999), body=BODIES, headers=HEADERS)
def test_no_answer_of_a_server_is_divans_own_fault(status: int, body: bytes, headers: dict[str, str]) -> None:
    error = http_failure(SERVER, status, body, headers)
    assert error.code != "internal"
    assert error.detail
    assert len(error.said) <= LONGEST
    assert error.retry_after is None or 0 <= error.retry_after <= LONGEST_WAIT


@given(JSON)
def test_no_value_in_a_stream_is_divans_own_fault(payload: Any) -> None:
    error = error_of(SERVER, payload)
    assert error is None or (error.code != "internal" and error.detail)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    status=st.sampled_from([200, 204, 302, 400, 404, 418, 429, 500, 503, 599]),
    body=BODIES,
    late=st.booleans(),
)
async def test_no_connector_takes_a_servers_answer_for_divans_own_fault(
    one_wire: Wire, upstream: Upstream, connect: Connect, status: int, body: bytes, late: bool
) -> None:
    if late:
        upstream.play(scenario(Say("Half"), Raw(body), Payload(body), ending=False))
    else:
        upstream.play(refusal(status, body))
    heard = await hear(connect(one_wire), asking(one_wire.model))
    assert heard.code != "internal"


HOSTILE = [
    "<script", "<a ", "<title>", "map[message:", "map[code:500 message:a n_ctx:1 ", "'message': '", "\\a",
    "model ", "no ", "image ", "context", "retry in 1 ", "1", "1s ", "/a", "C:\\a\\", "http://", "a", "{",
    '{"a":', "\n at ", "token=", "prompt is too long: 1 ", "(1 in ", "&lt;", "A1",
    "Traceback (most recent call last):\n",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_hostile_text_is_read_in_no_time(piece: str) -> None:
    text = piece * (60_000 // len(piece))
    began = time.process_time()
    http_failure(SERVER, 500, text.encode(), {"Retry-After": text})
    error_of(SERVER, {"error": text})
    error_of(SERVER, {"error": f"try again in {text}"})
    assert time.process_time() - began < 2
