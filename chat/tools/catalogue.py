"""All tools there are, wherever they come from, as they are for a person."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext_lazy as _

from chat.tools.base import ServerState, Tool, ToolSource
from chat.tools.builtin import BuiltinTools
from chat.tools.mcp.source import McpTools
from chat.tools.policy import Policies, known_policies, policies_of
from core.shared_reads import SharedRead, read_together

SOURCES: tuple[ToolSource, ...] = (BuiltinTools(), McpTools())


async def known_tools(owner: str, *, patient: bool = False) -> list[Tool]:
    """The tools that the person may see, each with the policy that holds where nobody said anything. Of two
    with one name the first source's counts."""
    found: dict[str, Tool] = {}
    for source in SOURCES:
        for tool in await source.tools(owner, patient=patient):
            found.setdefault(tool.name, tool)
    return list(found.values())


async def tools_for(owner: str) -> Sequence[Tool]:
    """With the policy as it holds for that person at this moment. Those that they may never use, or cannot
    use now, are among them: a reason says why."""
    policies = await policies_of(owner)
    return [apply_policy(tool, policies) for tool in await known_tools(owner)]


async def tools_at_begin(owner: str, *, patient: bool = False) -> Sequence[Tool]:
    """As `tools_for`, for what an answer is offered: it begins without the database where all was looked up
    within the last seconds, else after one step in a thread. Whether a call may be made is asked of
    `tools_for`."""
    await read_together(lookups(owner))
    policies = await known_policies(owner).get()
    return [apply_policy(tool, policies) for tool in await known_tools(owner, patient=patient)]


def lookups(owner: str) -> Sequence[SharedRead[Any]]:
    """What `tools_at_begin` asks the database for."""
    return [known_policies(owner), *(read for source in SOURCES for read in source.lookups(owner))]


async def find_tool(owner: str, name: str) -> Tool | None:
    return next((tool for tool in await tools_for(owner) if tool.name == name), None)


def apply_policy(tool: Tool, policies: Policies) -> Tool:
    reason = tool.reason
    if policies.rule_of(tool) == "deny":
        reason = _("The administrator has switched this tool off.")
    return replace(tool, policy=policies.of(tool), reason=reason)


async def server_states(owner: str) -> Sequence[ServerState]:
    return [state for source in SOURCES for state in await source.servers(owner)]
