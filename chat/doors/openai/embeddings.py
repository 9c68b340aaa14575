"""Vectors in OpenAI's form, from any configured model that makes them."""

import base64
import struct
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from django.utils.translation import gettext_lazy as _
from pydantic import Field, StringConstraints

from chat.doors.openai.requests import Lenient
from chat.protocol.errors import InvalidError
from providers.asking import Account, embed
from providers.catalogue.viewers import viewer_for
from providers.errors import NoEmbeddingsError
from providers.types import Embeddings

EmbeddedText = Annotated[str, StringConstraints(min_length=1)]


class EmbeddingRequest(Lenient):
    """`model` is a model ref. Token numbers instead of texts belong to one vendor's models alone."""

    model: str
    input: EmbeddedText | Annotated[list[EmbeddedText], Field(min_length=1, max_length=2048)]
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = None


async def vectors_of(asked: EmbeddingRequest, owner: str) -> dict[str, Any]:
    """Raises ProviderError; InvalidError for what the server cannot do. Counted however it ends."""
    if asked.dimensions is not None:
        raise InvalidError(_("`dimensions` cannot be chosen here."))
    texts = [asked.input] if isinstance(asked.input, str) else asked.input
    viewer, account = await viewer_for(owner), Account(owner, "", "embedding")
    try:
        return body_of(asked, await embed(asked.model, texts, viewer=viewer, account=account))
    except NoEmbeddingsError as error:
        raise InvalidError(_("The server of this model makes no vectors.")) from error


def body_of(asked: EmbeddingRequest, made: Embeddings) -> dict[str, Any]:
    write = pack_vector if asked.encoding_format == "base64" else list
    rows = [
        {"object": "embedding", "index": index, "embedding": write(vector)}
        for index, vector in enumerate(made.vectors)
    ]
    read = made.usage.input or 0
    usage = {"prompt_tokens": read, "total_tokens": read}
    return {"object": "list", "data": rows, "model": asked.model, "usage": usage}


def pack_vector(vector: Sequence[float]) -> str:
    """As OpenAI's own client asks for it: float32, little-endian, in base64."""
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode("ascii")
