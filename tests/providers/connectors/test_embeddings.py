"""One vector for each text, in the order of the texts, however a service hands them out."""

from typing import Any, cast

import pytest

from providers.connectors.base import Embedder
from providers.errors import ProviderError
from tests.providers.connectors.conftest import Connect
from tests.providers.connectors.hearing import KEY
from tests.upstreams import Upstream
from tests.upstreams.script import refusal
from tests.upstreams.wire import vector

EMBEDDING = ["gemini", "hf", "ollama", "openai"]
TEXTS = [f"text number {n} {'x' * n}" for n in range(250)]


def embedder(connect: Connect, name: str) -> Embedder:
    return cast(Embedder, connect(name))


@pytest.mark.parametrize("name", EMBEDDING)
@pytest.mark.parametrize("count", [1, 2, 250])
async def test_each_text_gets_its_own_vector(
    name: str, count: int, upstream: Upstream, connect: Connect
) -> None:
    made = await embedder(connect, name).embed("gemini-embedding-2", TEXTS[:count])
    assert [list(v) for v in made.vectors] == [vector(text) for text in TEXTS[:count]]
    asked = [r for r in upstream.requests if "mbed" in r.path]
    assert (len(asked) > 1) == (count == 250)
    assert KEY not in "".join(r.path + r.query for r in asked)
    known = 2 * count if name != "gemini" else None
    assert made.usage.input == known


@pytest.mark.parametrize("name", EMBEDDING)
async def test_no_texts_ask_nothing(name: str, upstream: Upstream, connect: Connect) -> None:
    made = await embedder(connect, name).embed("m", [])
    assert (list(made.vectors), upstream.requests) == ([], [])


WRONG: dict[str, Any] = {
    "one vector for two texts": {"data": [{"index": 0, "embedding": [1.0]}], "embeddings": [[1.0]]},
    "no vectors": {"data": [], "embeddings": []},
    "different lengths": {
        "data": [{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": [1.0, 2.0]}],
        "embeddings": [[1.0], [1.0, 2.0]],
    },
    "words for numbers": {
        "data": [{"index": 0, "embedding": ["a"]}, {"index": 1, "embedding": ["b"]}],
        "embeddings": [["a"], ["b"]],
    },
    "an empty vector": {
        "data": [{"index": 0, "embedding": []}, {"index": 1, "embedding": []}],
        "embeddings": [[], []],
    },
}


@pytest.mark.parametrize("name", ["hf", "ollama", "openai"])
@pytest.mark.parametrize("case", WRONG)
async def test_vectors_that_do_not_fit_their_texts_are_refused(
    name: str, case: str, upstream: Upstream, connect: Connect
) -> None:
    upstream.play(refusal(200, WRONG[case]))
    with pytest.raises(ProviderError) as caught:
        await embedder(connect, name).embed("m", ["a", "b"])
    assert caught.value.code == "bad_response"


@pytest.mark.parametrize("name", EMBEDDING)
async def test_a_refusal_to_embed_is_typed(name: str, upstream: Upstream, connect: Connect) -> None:
    upstream.play(refusal(404, upstream.wires[name].error_body(404, "no such model")))
    with pytest.raises(ProviderError) as caught:
        await embedder(connect, name).embed("m", ["a"])
    assert caught.value.code == "model_not_found"


async def test_the_router_of_hugging_face_has_its_own_path(
    upstream: Upstream, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("providers.connectors.huggingface.connector.ROUTER", upstream.url)
    made = await embedder(connect, "hf").embed("BAAI/bge-m3", ["a"])
    assert [list(v) for v in made.vectors] == [vector("a")]
    asked = upstream.requests[-1]
    assert asked.path == "/hf/hf-inference/models/BAAI/bge-m3/pipeline/feature-extraction"
    assert asked.body == {"inputs": ["a"]}
