"""Tool servers that an administrator named in the admin."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from chat.models import ToolServer
from chat.tools.mcp.entries import Endpoint, EntryError, make_endpoint
from chat.tools.mcp.reasons import Reason
from providers.crypto import UnreadableSecret
from providers.models import parse_headers


@dataclass(frozen=True, slots=True)
class Rows:
    entries: Mapping[str, Endpoint] = field(default_factory=dict)
    problems: Mapping[str, Reason] = field(default_factory=dict)
    off: frozenset[str] = frozenset()


def read_rows() -> Rows:
    """Asks the database."""
    entries: dict[str, Endpoint] = {}
    problems: dict[str, Reason] = {}
    off: set[str] = set()
    for row in ToolServer.objects.all():
        if not row.enabled:
            off.add(row.name)
            continue
        try:
            entries[row.name] = endpoint_of(row)
        except EntryError as error:
            problems[row.name] = error.reason
    return Rows(entries, problems, frozenset(off))


def endpoint_of(row: ToolServer) -> Endpoint:
    """Raises EntryError."""
    if isinstance(row.headers, UnreadableSecret):
        raise EntryError(Reason(_("Its headers cannot be read: their encryption key is missing.")))
    try:
        headers = parse_headers(row.headers.reveal())
    except ValidationError:
        raise EntryError(Reason(_("A header has a name that HTTP does not know."))) from None
    return make_endpoint(row.name, row.url, tuple(headers.items()), guarded=not row.allow_private)
