"""The same model, however it is written: services take more spellings of an id than their lists give."""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from providers.catalogue.listing import Viewer, may_see
from providers.catalogue.lists import Listing
from providers.configuration.rows import ModelRow

_SLASHES = re.compile(r"/{2,}")


@lru_cache(maxsize=4096)
def fold_model_id(model: str) -> str:
    """Equal for ids that a service may take for one: small letters, one slash for several and none at the
    ends, without blanks, `:latest` and Gemini's `models/`."""
    text = unicodedata.normalize("NFKC", model).casefold()
    text = "".join(letter for letter in text if not letter.isspace() and letter.isprintable())
    text = _SLASHES.sub("/", text).strip("/").removeprefix("models/")
    return text.removesuffix(":latest").strip("/:")


def is_among(model: str, listing: Listing) -> bool:
    wanted = fold_model_id(model)
    return any(info.id == model or fold_model_id(info.id) == wanted for info in listing.models)


def find_known_id(model: str, rows: Mapping[str, ModelRow], listing: Listing | None) -> str:
    """The id under which an administrator or the list has it, so that its price and settings hold for all
    its spellings; as it is where neither has."""
    ids = [*rows, *(info.id for info in (listing.models if listing else ()))]
    if model in ids:
        return model
    wanted = fold_model_id(model)
    return next((one for one in ids if fold_model_id(one) == wanted), model)


def is_closed(rows: Mapping[str, ModelRow], model: str, viewer: Viewer | None) -> bool:
    """Whether an administrator keeps the model from the viewer, by whatever spelling it is asked for."""
    own = rows.get(model)
    if own is not None and own.enabled and may_see(own, viewer):
        return False
    closed = [row for row in rows.values() if not (row.enabled and may_see(row, viewer))]
    return own is not None or any(
        fold_model_id(row.id) == fold_model_id(model) for row in closed if not row.candidates
    )
