"""What the definitions of tools cost, before anything is asked."""

from collections.abc import Sequence

from providers.tokens import estimate_tools


async def tokens_of_tools(owner: str, wanted: bool | Sequence[str], window: int | None) -> int:
    """Of what a lane with these `tools` is offered in its first round. Without any, no tool is imported."""
    if not wanted:
        return 0
    from chat.tools.catalogue import tools_at_begin
    from chat.tools.tool_finder import ToolFinder
    from chat.tools.toolbox import definition_of
    from chat.tools.turn import allowed_tools

    tools = {tool.name: tool for tool in await tools_at_begin(owner)}
    allowed = allowed_tools(tools, wanted)
    return estimate_tools(ToolFinder([definition_of(tool) for tool in allowed.values()], window).offered())
