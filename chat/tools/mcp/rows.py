"""Tool servers that an administrator named in the admin, who may use them, and who has signed in to which."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from chat.models import ToolServer, ToolSignIn
from chat.tools.mcp.entries import Endpoint, OAuthClient, ServerEntryError, make_endpoint
from chat.tools.mcp.reasons import Reason
from core.models import Visibility
from core.shared_reads import Unset
from providers.crypto import UnreadableSecret
from providers.models import parse_headers

EVERYBODY = ""
"""In the place of an owner: signed in by an administrator, for all who have not themselves."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Who may use a server, as a row of a model says who sees it."""

    visibility: str
    groups: frozenset[str]


@dataclass(frozen=True, slots=True)
class ServerRows:
    """`audiences`: of those that are not for everyone, by name. `sign_ins`: their rows, by owner and
    address."""

    entries: Mapping[str, Endpoint] = field(default_factory=dict)
    problems: Mapping[str, Reason] = field(default_factory=dict)
    off: frozenset[str] = frozenset()
    audiences: Mapping[str, Audience] = field(default_factory=dict)
    sign_ins: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def sign_in(self, owner: str, url: str) -> int:
        """A person's own, else everybody's; 0 where there is none."""
        return self.sign_ins.get((owner, url)) or self.sign_ins.get((EVERYBODY, url)) or 0


UNSET = Unset((ToolServer, ToolSignIn), ServerRows())


def read_rows() -> ServerRows:
    """Reads what administrators and people have set from the database."""
    audiences: dict[str, Audience] = {}
    entries: dict[str, Endpoint] = {}
    problems: dict[str, Reason] = {}
    off: set[str] = set()
    for row in ToolServer.objects.prefetch_related("groups"):
        if row.visibility != Visibility.EVERYONE:
            groups = frozenset(group.name for group in row.groups.all())
            audiences[row.name] = Audience(row.visibility, groups)
        if not row.enabled:
            off.add(row.name)
            continue
        try:
            entries[row.name] = endpoint_of(row)
        except ServerEntryError as error:
            problems[row.name] = error.reason
    sign_ins = {(owner, url): pk for owner, url, pk in ToolSignIn.objects.values_list("owner", "url", "pk")}
    return ServerRows(entries, problems, frozenset(off), audiences, sign_ins)


def endpoint_of(row: ToolServer) -> Endpoint:
    """The endpoint that a row stands for. Raises ServerEntryError."""
    if isinstance(row.headers, UnreadableSecret) or isinstance(row.client_secret, UnreadableSecret):
        raise ServerEntryError(Reason(_("Its headers cannot be read: their encryption key is missing.")))
    try:
        headers = parse_headers(row.headers.reveal())
    except ValidationError:
        raise ServerEntryError(Reason(_("A header has a name that HTTP does not know."))) from None
    client = OAuthClient(row.client_id, row.client_secret.reveal())
    return make_endpoint(
        row.name, row.url, tuple(headers.items()), guarded=not row.allow_private, client=client
    )
