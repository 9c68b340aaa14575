"""`/api/tools`: what models may call while they answer, and whether that needs to be asked. What tools are is
imported when somebody asks."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema

from chat.doors.rest.request import ApiRequest
from chat.protocol.errors import NotFoundError
from core.schemas import Strict

if TYPE_CHECKING:
    from chat.tools.base import Tool

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
    """`error`: why it failed. `tools`: the names of its tools."""

    name: str
    status: Literal["ready", "off", "failed"]
    error: str | None = None
    tools: list[str]


class ToolList(Schema):
    tools: list[ToolRow]
    servers: list[ServerRow]


class PolicyChange(Strict):
    """null: as the administrator or the tool says."""

    policy: PolicyName | None


def row(tool: "Tool") -> dict[str, Any]:
    reason = str(tool.reason)
    return {
        "name": tool.name,
        "title": str(tool.title),
        "description": tool.description,
        "source": tool.source,
        "read_only": tool.read_only,
        "policy": tool.policy,
        "available": not reason,
        **({"reason": reason} if reason else {}),
        "parameters": tool.parameters,
    }


def server_row(name: str, status: str, error: str, tools: Any) -> Mapping[str, Any]:
    return {"name": name, "status": status, **({"error": error} if error else {}), "tools": list(tools)}


@router.get("", response=ToolList, exclude_none=True)
async def usable_tools(request: ApiRequest) -> Any:
    """All tools there are, with the policy that holds for whoever asks."""
    from chat.tools import catalogue

    tools = await catalogue.tools_for(request.auth.owner_id)
    states = await catalogue.server_states()
    return {
        "tools": [row(tool) for tool in tools],
        "servers": [server_row(state.name, state.status, state.error, state.tools) for state in states],
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
    return row(await catalogue.find_tool(owner, name) or tool)
