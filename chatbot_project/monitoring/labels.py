"""Names of servers and models, as figures carry them: those that an administrator or a server's list gave.
What a person wrote where a model is named may be anything, and without end."""

from typing import NamedTuple

from providers import registry
from providers.configuration import rows
from providers.refs import split_ref

OTHER = "other"


class AskedModel(NamedTuple):
    server: str
    model: str


def asked_of(ref: str) -> AskedModel:
    """Waits for nothing, and asks no database."""
    server, model = split_ref(ref)
    known = rows.current_rows()
    if server not in known.servers and server not in known.groups():
        return AskedModel(OTHER, OTHER)
    return AskedModel(server, model if registry.is_listed(server, model) else OTHER)
