"""Whether calls of a tool run for a person. What is said last here holds: the tool's own default, the
administrator's word on its server, on the tool itself, the person's own. An administrator's `deny` ends it:
no person lifts that."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from channels.db import database_sync_to_async
from django.utils.translation import gettext_lazy as _

from chat.models import ToolChoice, ToolRule
from chat.protocol.errors import ForbiddenError
from chat.tools.base import Policy, Tool
from core.shared_reads import LOOKED_UP, SharedRead, SharedReads, Unset, outdate_with


@dataclass(frozen=True, slots=True)
class Policies:
    """`rules`: the administrator's, by tool or `mcp:<server>`. `own`: the person's, by tool."""

    rules: Mapping[str, Policy] = field(default_factory=dict)
    own: Mapping[str, Policy] = field(default_factory=dict)

    def of(self, tool: Tool) -> Policy:
        ruled = self.rule_of(tool)
        if ruled == "deny":
            return ruled
        return self.own.get(tool.name) or ruled or tool.policy

    def rule_of(self, tool: Tool) -> Policy | None:
        """The administrator's word; None where there is none."""
        return self.rules.get(tool.name) or self.rules.get(tool.source)


def read_policies(owner: str) -> Policies:
    """Reads the rules and the person's own choices from the database."""
    rules = dict(ToolRule.objects.order_by().values_list("tool", "policy"))
    own = dict(ToolChoice.objects.filter(owner=owner).values_list("tool", "policy"))
    return Policies(cast(Mapping[str, Policy], rules), cast(Mapping[str, Policy], own))


UNSET = Unset((ToolRule, ToolChoice), Policies())
_known = SharedReads(read_policies, kept=LOOKED_UP, unset=UNSET)


async def policies_of(owner: str) -> Policies:
    """As they hold at this moment, whichever process they were said in: asked before each call."""
    found: Policies = await database_sync_to_async(read_policies, thread_sensitive=False)(owner)
    return found


def known_policies(owner: str) -> SharedRead[Policies]:
    """As they were within the last seconds, without the database where these are known: which tools an answer
    is offered. They allow no call."""
    return _known.of(owner)


def forget_known() -> None:
    _known.outdate()


# Here and not when Divan starts: before somebody uses tools nothing of them is imported, and nothing known.
outdate_with(forget_known, ToolRule, ToolChoice)


async def set_policy(owner: str, tool: Tool, policy: Policy | None) -> None:
    """The person's own word; None: as the administrator or the tool says. Raises ForbiddenError where the
    administrator said never."""
    if policy not in (None, "deny") and (await policies_of(owner)).rule_of(tool) == "deny":
        raise ForbiddenError(_("The administrator has switched this tool off."))

    def write() -> None:
        if policy is not None:
            ToolChoice.objects.update_or_create(owner=owner, tool=tool.name, defaults={"policy": policy})
        for choice in ToolChoice.objects.filter(owner=owner, tool=tool.name) if policy is None else ():
            # One by one: what is deleted leaves the person's file too.
            choice.delete()

    await database_sync_to_async(write, thread_sensitive=False)()
