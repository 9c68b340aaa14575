"""`/api/tools`: what models may call while they answer, whether that needs to be asked, and signing in to
tool servers. What tools are is imported when somebody asks."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema, Status

from chat.doors.rest.request import ApiRequest
from chat.protocol.errors import ConflictError, ForbiddenError, NotFoundError
from core.schemas import Strict
from providers.rest.schemas import ErrorOut

if TYPE_CHECKING:
    from chat.tools.base import ServerState, Tool
    from chat.tools.mcp.entries import Endpoint

router = Router(tags=["tools"])
PolicyName = Literal["allow", "ask", "deny"]


class ToolRow(Schema):
    """`name`: what models call. `source`: `builtin` or `mcp:<server>`. `policy`: as it holds for whoever
    asks. `reason`: why it is not available. `parameters`: a JSON Schema of one object."""

    name: str
    title: str
    description: str
    source: str
    read_only: bool
    policy: PolicyName
    available: bool
    reason: str | None = None
    parameters: dict[str, Any]


class ServerRow(Schema):
    """`error`: why it failed. `tools`: the names of its tools. `sign_in`: whose sign-in it is used with, or
    that it wants one; left out where it asks for none."""

    name: str
    status: Literal["ready", "off", "failed"]
    error: str | None = None
    tools: list[str]
    sign_in: Literal["own", "shared", "wanted"] | None = None


class SignInStart(Strict):
    """`for_all`: for everybody who has not signed in themselves, which an administrator may."""

    for_all: bool = False


class SignInPage(Schema):
    """`url`: where the person says yes. They come back to Divan's own `/oauth/callback`, in the same
    browser."""

    url: str


class ToolList(Schema):
    tools: list[ToolRow]
    servers: list[ServerRow]


class PolicyChange(Strict):
    """null: as the administrator or the tool says."""

    policy: PolicyName | None


def tool_json(tool: "Tool") -> dict[str, Any]:
    reason = str(tool.reason)
    return {
        "name": tool.name,
        "title": str(tool.title),
        "description": str(tool.about) or tool.description,
        "source": tool.source,
        "read_only": tool.read_only,
        "policy": tool.policy,
        "available": not reason,
        **({"reason": reason} if reason else {}),
        "parameters": tool.parameters,
    }


def server_row(state: "ServerState") -> Mapping[str, Any]:
    return {
        "name": state.name,
        "status": state.status,
        **({"error": state.error} if state.error else {}),
        "tools": list(state.tools),
        **({"sign_in": state.sign_in} if state.sign_in else {}),
    }


@router.get("", response=ToolList, exclude_none=True)
async def usable_tools(request: ApiRequest) -> Any:
    """All tools there are, with the policy that holds for whoever asks."""
    from chat.tools import catalogue

    tools = await catalogue.tools_for(request.auth.owner_id)
    states = await catalogue.server_states(request.auth.owner_id)
    return {
        "tools": [tool_json(tool) for tool in tools],
        "servers": [server_row(state) for state in states],
    }


@router.patch("/{name}", response=ToolRow, exclude_none=True)
async def choose_policy(request: ApiRequest, name: str, body: PolicyChange) -> Any:
    """One's own word on a tool. What the administrator has switched off stays off."""
    from chat.tools import catalogue, policy

    owner = request.auth.owner_id
    tool = await catalogue.find_tool(owner, name)
    if tool is None:
        raise NotFoundError(_("There is no such tool."))
    await policy.set_policy(owner, tool, body.policy)
    return tool_json(await catalogue.find_tool(owner, name) or tool)


@router.post("/servers/{name}/sign-in", response={200: SignInPage, 409: ErrorOut})
async def begin_sign_in(request: ApiRequest, response: HttpResponse, name: str, body: SignInStart) -> Any:
    """Begins a sign-in by OAuth. The answer sets a cookie, without which nobody comes back."""
    from chat.tools.mcp.oauth import pending, sign_in
    from chat.tools.mcp.reasons import ToolServerError

    owner = sign_in_owner(request, for_all=body.for_all)
    entry = await endpoint(request, name)
    requester = sign_in.Requester(request.auth.owner_id, request.session.session_key or "")
    # What the browser calls Divan; checked against its own names before anything else was.
    origin = request.headers.get("Origin") or request.build_absolute_uri("/")
    redirect_uri = origin.rstrip("/") + reverse("oauth_callback")
    try:
        begun = await sign_in.begin_sign_in(entry, requester, owner, redirect_uri)
    except ToolServerError as failure:
        raise ConflictError(str(failure.reason)) from None
    response.set_cookie(
        pending.cookie_name(begun.pending.state),
        pending.seal_sign_in(begun.pending),
        max_age=pending.SECONDS,
        path="/oauth/",
        secure=redirect_uri.startswith("https:"),
        httponly=True,
        samesite="Lax",
    )
    return {"url": begun.url}


@router.delete("/servers/{name}/sign-in", response={204: None})
async def end_sign_in(request: ApiRequest, name: str, for_all: bool = False) -> Any:
    """Forgets the tokens; what was allowed at the service itself is taken back there."""
    from chat.tools.mcp.oauth import sign_in

    owner = sign_in_owner(request, for_all=for_all)
    if not await sign_in.end_sign_in(await endpoint(request, name), owner):
        raise NotFoundError(_("Nobody has signed in to this tool server."))
    return Status(204, None)


def sign_in_owner(request: ApiRequest, *, for_all: bool) -> str:
    """Whose it is: empty for everybody's. Raises ForbiddenError."""
    if not for_all:
        return request.auth.owner_id
    administrators_only(request)
    return ""


def administrators_only(request: ApiRequest) -> None:
    """Raises ForbiddenError for whoever is no administrator."""
    if not getattr(request.auth, "is_staff", False):
        raise ForbiddenError(_("Only an administrator may do that."))


async def endpoint(request: ApiRequest, name: str) -> "Endpoint":
    """A tool server at an address that the person may use. Raises NotFoundError."""
    from chat.tools.mcp.source import current_servers

    found = await current_servers().endpoint(request.auth.owner_id, name)
    if found is None:
        raise NotFoundError(_("There is no such tool server."))
    return found
