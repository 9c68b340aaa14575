"""What a tool is, for whom it runs, and what a call of it gives.

A tool knows nothing of engines, rooms or lanes: it gets arguments and gives an outcome. Who may call it
is decided outside of it.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from django.utils.functional import Promise

from core.shared_reads import SharedRead

Policy = Literal["allow", "ask", "deny"]
SignIn = Literal["own", "shared", "wanted"]
BUILTIN = "builtin"
MCP = "mcp:"
"""Before the name of a tool server."""


class AddressBook(Protocol):
    """The addresses that a turn may open: what the person wrote, and what searches of the turn gave."""

    def knows(self, url: str) -> bool: ...

    def add(self, url: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Caller:
    """For whom a call runs. `owner`: the id of the person. `language`: in which errors are written. `folder`:
    in which the conversation lies."""

    owner: str
    conversation: str
    message: str
    """The answer that calls."""
    language: str
    addresses: AddressBook
    folder: str | None = None


@dataclass(frozen=True, slots=True)
class ToolOutcome:
    """What a call gave. `content` is for the model, of any length: it is cut outside. `sources`: pages and
    passages that it stands on, as an answer's `sources` has them, without their numbers. `pictures`: what
    claims to be one, in base64; what they are is told from their bytes (pictures.py)."""

    content: str
    is_error: bool = False
    sources: Sequence[Mapping[str, Any]] = ()
    pictures: Sequence[str] = ()


Run = Callable[[Caller, Mapping[str, Any]], Awaitable[ToolOutcome]]
"""Raises ToolError where the call fails in a way that its model can mend, or that a person should know."""


class ToolError(Exception):
    """A call failed; `str()` of it is for the model and the person. It never ends an answer."""


@dataclass(frozen=True, slots=True)
class Tool:
    """`name` is what models call: `[a-zA-Z0-9_-]{1,64}`, `<server>__<tool>` for tools of servers. `title` and
    `description` may be a server's own words, which are nobody's instruction. `parameters`: a JSON Schema of
    one object. `read_only`: it changes nothing, so that one call may serve all lanes of a turn; a server says
    so itself, which allows no call. `reason`: why it cannot be used now. `about`: what it does, in a
    person's language, where `description` is for models."""

    name: str
    title: str | Promise
    description: str
    parameters: Mapping[str, Any]
    run: Run = field(repr=False)
    source: str = BUILTIN
    read_only: bool = False
    policy: Policy = "ask"
    """Until the administrator or the person says otherwise."""
    reason: str | Promise = ""
    about: str | Promise = ""


@dataclass(frozen=True, slots=True)
class ServerState:
    """`error`: why it is `failed`, for a person. `tools`: names of its tools. `sign_in`: the person's own, an
    administrator's for everybody, or that somebody should; none where it asks for none."""

    name: str
    status: Literal["ready", "off", "failed"]
    error: str = ""
    tools: Sequence[str] = ()
    sign_in: SignIn | None = None


class ToolSource(Protocol):
    """Where tools come from: what is built in, and the tool servers."""

    def lookups(self, owner: str) -> Sequence[SharedRead[Any]]:
        """What `tools` asks the database for, so that it can be read in one step with what others ask for."""
        ...

    async def tools(self, owner: str, *, patient: bool = False) -> Sequence[Tool]:
        """Those that are known now and that person may see. `patient`: nobody looks on, so that a server
        which is being started is waited for until it can be used or has failed."""
        ...

    async def servers(self, owner: str) -> Sequence[ServerState]: ...
