"""Which models are known to see no pictures, by what their service's list tells."""

from typing import Any

import pytest

from providers.connectors.openai.model_lists import models_in
from providers.types import ServerConfig

TEXT_ALONE = {"architecture": {"input_modalities": ["text"], "output_modalities": ["text"]}}
PICTURES = {"architecture": {"input_modalities": ["text", "image"], "output_modalities": ["text"]}}


@pytest.mark.parametrize(
    ("row", "is_blind"),
    [
        ({"id": "somebody/new-model"}, False),
        ({"id": "somebody/new-model", "type": "chat"}, False),
        ({"id": "somebody/new-model", "capabilities": ["completion"]}, True),
        ({"id": "somebody/new-model", "capabilities": ["completion", "multimodal"]}, False),
        ({"id": "somebody/new-model", "capabilities": ["completion", "tools"]}, True),
        ({"id": "somebody/new-model", **TEXT_ALONE}, True),
        ({"id": "somebody/new-model", **PICTURES}, False),
        ({"id": "gpt-3.5-turbo"}, True),
        ({"id": "gpt-4o"}, False),
    ],
)
def test_a_model_is_blind_only_where_its_list_tells_so(row: dict[str, Any], is_blind: bool) -> None:
    (info,) = models_in({"data": [row]}, ServerConfig("fake", "openai"))
    assert info.is_blind is is_blind


@pytest.mark.parametrize(
    ("outputs", "draws"), [(["text"], False), (["text", "image"], True), (["image"], True), (None, False)]
)
def test_a_model_that_draws_is_known_by_its_list(outputs: Any, draws: bool) -> None:
    row = {
        "id": "somebody/new-model",
        "architecture": {"input_modalities": ["text"], "output_modalities": outputs},
    }
    (info,) = models_in({"data": [row]}, ServerConfig("fake", "openai"))
    assert bool(info.metadata.get("draws")) is draws
