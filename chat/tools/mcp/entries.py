"""What an entry of mcp.json, or a row of the administrator's, says of a tool server."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from chat.tools.mcp.reasons import Reason
from providers.wire.addresses import host_of
from providers.wire.server_urls import split_login

LONGEST_NAME = 100
ANOTHER_KIND = ("sse", "ws", "websocket")
"""What other clients write for transports that are no more, or never were the protocol's."""


@dataclass(frozen=True, slots=True)
class ServerProgram:
    """Started without a shell. `env` is laid over what every program gets."""

    name: str
    command: str
    args: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    folder: str = ""


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """As what Divan is known where people sign in to a tool server. Empty `id`: it has itself registered.
    Empty `scope`: as the server has it."""

    id: str = ""
    secret: str = field(default="", repr=False)
    scope: str = ""


NO_CLIENT = OAuthClient()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`guarded`: only public addresses are asked. `client`: for a sign-in by OAuth."""

    name: str
    url: str
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    guarded: bool = False
    client: OAuthClient = NO_CLIENT

    @property
    def signs_in(self) -> bool:
        """Whether people may sign in to it: not where its entry says who asks."""
        return not any(name.lower() == "authorization" for name, _value in self.headers)


Entry = ServerProgram | Endpoint


class ServerEntryError(Exception):
    def __init__(self, reason: Reason) -> None:
        super().__init__(str(reason))
        self.reason = reason


def read_entry(name: str, said: Any) -> Entry | None:
    """None where it is switched off. Raises ServerEntryError, which names fields and never their values.
    Fields that other clients know are passed over."""
    if not isinstance(said, dict):
        raise ServerEntryError(Reason(_("It must be an object with 'command' or 'url'.")))
    if said.get("disabled") is True or said.get("enabled") is False:
        return None
    if "command" in said and "url" in said:
        raise ServerEntryError(Reason(_("It has both 'command' and 'url'. Keep one of them.")))
    if "command" in said:
        return _program(name, said)
    if "url" in said:
        return _endpoint(name, said)
    raise ServerEntryError(Reason(_("It needs 'command' (a program) or 'url' (an address).")))


def _program(name: str, said: Mapping[str, Any]) -> ServerProgram:
    args = said.get("args", [])
    if not isinstance(args, list) or not all(isinstance(arg, str) for arg in args):
        raise ServerEntryError(Reason(_("'%(field)s' must be a list of texts."), {"field": "args"}))
    command, folder = _text(said, "command"), _text(said, "cwd", needed=False)
    if any("\0" in text for text in (command, folder, *args)):
        raise ServerEntryError(Reason(_("A text holds a zero byte.")))
    return ServerProgram(name, command, tuple(args), _pairs(said, "env"), folder)


def _endpoint(name: str, said: Mapping[str, Any]) -> Endpoint:
    kind = str(said.get("type") or said.get("transport") or "").lower()
    if kind in ANOTHER_KIND:
        raise ServerEntryError(Reason(_("Divan speaks streamable HTTP, not '%(kind)s'."), {"kind": kind}))
    return make_endpoint(
        name,
        _text(said, "url"),
        _pairs(said, "headers"),
        guarded=said.get("allow_private") is False,
        client=_client(said),
    )


def _client(said: Mapping[str, Any]) -> OAuthClient:
    oauth = said.get("oauth") or {}
    if not isinstance(oauth, dict):
        raise ServerEntryError(
            Reason(_("'%(field)s' must be an object of names and texts."), {"field": "oauth"})
        )
    scopes = oauth.get("scopes") or ()
    if isinstance(scopes, str):
        scopes = scopes.split()
    if not isinstance(scopes, list | tuple) or not all(isinstance(scope, str) for scope in scopes):
        raise ServerEntryError(Reason(_("'%(field)s' must be a list of texts."), {"field": "oauth.scopes"}))
    client, secret = (_text(oauth, name, needed=False) for name in ("clientId", "clientSecret"))
    return OAuthClient(client, secret, " ".join(scopes))


def make_endpoint(
    name: str,
    url: str,
    headers: tuple[tuple[str, str], ...],
    *,
    guarded: bool,
    client: OAuthClient = NO_CLIENT,
) -> Endpoint:
    """Makes the endpoint of an entry. Raises ServerEntryError."""
    address, login = split_login(url)
    if not host_of(address) or not address.isprintable() or "#" in address:
        raise ServerEntryError(Reason(_("'%(field)s' is no http(s) address."), {"field": "url"}))
    try:
        address.encode("ascii")
    except UnicodeError:
        raise ServerEntryError(Reason(_("'%(field)s' is no http(s) address."), {"field": "url"})) from None
    for header, value in headers:
        if not header.isascii() or not header.replace("-", "").replace("_", "").isalnum():
            raise ServerEntryError(Reason(_("A header has a name that HTTP does not know.")))
        if not value.isprintable() or not value.isascii():
            raise ServerEntryError(
                Reason(_("The header '%(header)s' holds what HTTP cannot carry."), {"header": header})
            )
    known = {header.lower() for header, _value in headers}
    more = tuple(pair for pair in login.items() if pair[0].lower() not in known)
    return Endpoint(name, address, (*headers, *more), guarded, client)


def _text(said: Mapping[str, Any], name: str, *, needed: bool = True) -> str:
    value = said.get(name, "")
    if not isinstance(value, str) or (needed and not value.strip()):
        raise ServerEntryError(Reason(_("'%(field)s' must be a text."), {"field": name}))
    return value.strip()


def _pairs(said: Mapping[str, Any], name: str) -> tuple[tuple[str, str], ...]:
    """Numbers and truth values are taken as they are written in JSON."""
    given = said.get(name) or {}
    if not isinstance(given, dict):
        raise ServerEntryError(
            Reason(_("'%(field)s' must be an object of names and texts."), {"field": name})
        )
    return tuple((key, _value_of(name, key, value)) for key, value in given.items())


def _value_of(name: str, key: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float) or "\0" in str(value) or not key or "=" in key or "\0" in key:
        raise ServerEntryError(
            Reason(_("'%(field)s' must be an object of names and texts."), {"field": f"{name}.{key[:50]}"})
        )
    return str(value)
