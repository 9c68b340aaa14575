"""What a person is shown of a server's own words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.types import Secret, ServerConfig
from providers.wire.failures import http_failure
from providers.wire.failures.excerpts import LONGEST, make_excerpt

KEY = "AbC123-very-secret"
SERVER = ServerConfig("s", "openai", key=Secret(KEY), headers={"X-Gateway": "gateway-secret"})
TRACE = """Traceback (most recent call last):
  File "/app/worker.py", line 12, in run
    return model.generate(x)
           ^^^^^^^^^^^^^^^^^
RuntimeError: CUDA error: out of memory
"""
NODE = """Error: the model fell over
    at Object.run (/srv/app/index.js:10:3)
    at async main (node:internal/main:1:2)"""

CLEANED = [
    (TRACE, "RuntimeError: CUDA error: out of memory"),
    (f"worker died\n{TRACE}", "worker died RuntimeError: CUDA error: out of memory"),
    (NODE, "the model fell over"),
    ("<h1>It</h1> <b>broke</b><script>alert(1)</script>", "It broke"),
    ("it &lt;b&gt; broke", "it <b> broke"),
    ("\x1b[31mred\x1b[0m and\x00 \u202eturned\u200b round", "red and turned round"),
    ("  many\n\n  lines\tof it  ", "many lines of it"),
    ("write /root/.ollama/models/blobs/llama.gguf: no space", "write llama.gguf: no space"),
    (r"cannot open C:\Users\ada\models\llama.gguf", "cannot open llama.gguf"),
    ("blob sha256:9f438cb9cd581fc025612d27f7c1a669 is gone", "blob … is gone"),
    ("see https://ada:secret@x.test/docs?token=abc#top.", "see https://x.test/docs."),
    ("see postgres://ada:secret@db.test/chats", "see postgres://db.test"),
    ("Call `/v1/models` to see them", "Call `/v1/models` to see them"),
    ("litellm.APIConnectionError: it broke", "it broke"),
    ("Error code: 500 - it broke", "it broke"),
    ("''", ""),
    ("…", ""),
    ("", ""),
]


@pytest.mark.parametrize(("text", "shown"), CLEANED)
def test_an_excerpt_is_one_plain_line(text: str, shown: str) -> None:
    assert make_excerpt(text) == shown


def test_a_long_text_is_cut_between_words() -> None:
    shown = make_excerpt("word " * 200)
    assert len(shown) <= LONGEST
    assert shown.endswith("word…")


@pytest.mark.parametrize(
    "said",
    [
        f"Incorrect API key provided: {KEY}.",
        "Incorrect API key provided: sk-proj-********************wxyz.",
        "Authorization: Bearer abcdefghijkl0123",
        "x-api-key=abcdefghijkl0123 is not known",
        "{'api_key': 'abcdefghijkl0123'}",
        "bad token: abcdefghijkl0123",
        "Cookie: session=abcdefghijkl0123",
        "https://x.test/?key=abcdefghijkl0123",
        "jwt eyJhbGciOiJIUzI1NiJ9.abcdefghijkl0123.xyz",
        "header gateway-secret was refused",
    ],
)
def test_no_secret_is_in_what_is_shown(said: str) -> None:
    error = http_failure(SERVER, 500, said.encode())
    for text in (error.said, error.detail, str(error)):
        assert not any(
            secret in text for secret in (KEY, "abcdefghijkl0123", "wxyz", "gateway-secret", "session=")
        )


@given(st.text(max_size=2000))
def test_whatever_is_said_becomes_a_short_plain_line(text: str) -> None:
    shown = make_excerpt(text)
    assert len(shown) <= LONGEST
    assert shown == " ".join(shown.split())
    assert shown.isprintable() or not shown
