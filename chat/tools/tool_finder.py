"""`find_tool`: stands for tools whose definitions would take too much of a lane's window.

A model is then told of this one tool, asks it in words for what it needs, and is offered what was found from
its next round on. Pure.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from core.json_text import dump_loose_json
from providers.tokens import estimate_tool, estimate_tools
from providers.types import ToolDefinition

NAME = "find_tool"
SHARE = 10
"""Definitions may take a tenth of the window."""
USUAL_WINDOW = 128_000
"""Tokens, where nobody knows how much a model reads."""
MOST_FOUND = 5
MOST_NAMED = 100
LONGEST_DESCRIPTION = 600
"""Characters of each description that a result tells; the definition that is offered has all of it."""
LONGEST_QUERY = 1000
_IN_NAME = 3.0
"""A word of a name says more than one of a description."""
_LEAST_STEM = 4
_WORD = re.compile(r"[^\W_]+")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class ToolFinder:
    """The tools of one lane, and which of them its model has found in this answer."""

    def __init__(self, tools: Sequence[ToolDefinition], window: int | None) -> None:
        self._tools = tools
        self._room = (window or USUAL_WINDOW) // SHARE
        self._found: dict[str, ToolDefinition] = {}
        self.is_needed = estimate_tools(tools) > self._room

    def offered(self) -> list[ToolDefinition]:
        """All tools where they fit; else `find_tool` and what was found, the last found where not all fit.
        What the last search has found is always among them."""
        if not self.is_needed:
            return list(self._tools)
        finder = definition_of_finder(self._tools)
        left = self._room - estimate_tool(finder)
        kept: list[ToolDefinition] = []
        for tool in reversed(self._found.values()):
            left -= estimate_tool(tool)
            if left < 0 and len(kept) >= MOST_FOUND:
                break
            kept.append(tool)
        return [finder, *reversed(kept)]

    def find(self, query: str) -> str:
        """The result of a call of `find_tool`, for the model."""
        found = match_tools(query, self._tools)
        for tool in reversed(found):
            self._found.pop(tool.name, None)
            self._found[tool.name] = tool
        return describe_found(found) if found else describe_missing(self._tools)


def definition_of_finder(tools: Sequence[ToolDefinition]) -> ToolDefinition:
    groups = Counter(name_of_group(tool) for tool in tools)
    told = ", ".join(f"{group} ({count})" if group else f"{count} others" for group, count in groups.items())
    return ToolDefinition(
        NAME,
        f"Finds tools that can be called. {len(tools)} tools are there, of these groups: {told[:2000]}. Ask "
        "for what is to be done, in a few words; the tools that are found can be called afterwards.",
        {
            "type": "object",
            "properties": {
                "query": {"type": "string", "description": "What a tool is wanted for, in a few words"}
            },
            "required": ["query"],
        },
    )


def name_of_group(tool: ToolDefinition) -> str:
    """The tool server's name; empty for what is built in."""
    server, mark, _name = tool.name.partition("__")
    return server if mark else ""


def match_tools(query: str, tools: Sequence[ToolDefinition], most: int = MOST_FOUND) -> list[ToolDefinition]:
    """The best first: those whose names and descriptions share words with `query`, rare words before common
    ones. A tool that is asked for by its name is the first."""
    told = [_told(tool) for tool in tools]
    vocabulary = frozenset().union(*told)
    scores = [0.0] * len(tools)
    for word in sorted(words_in(query[:LONGEST_QUERY])):
        stem = [other for other in vocabulary if _same_stem(word, other)]
        matches = [_match(word, stem, words) for words in told]
        rarity = math.log((len(tools) + 1) / (sum(match > 0 for match in matches) + 0.5))
        scores = [score + rarity * match for score, match in zip(scores, matches, strict=True)]
    ranked = [(tool.name in query, scores[place], -place) for place, tool in enumerate(tools)]
    best = sorted((rank for rank in ranked if rank[0] or rank[1] > 0), reverse=True)
    return [tools[-place] for _named, _score, place in best[:most]]


def describe_found(found: Sequence[ToolDefinition]) -> str:
    rows = [
        {
            "name": tool.name,
            "description": tool.description[:LONGEST_DESCRIPTION],
            "parameters": tool.parameters,
        }
        for tool in found
    ]
    return dump_loose_json({"tools": rows}).decode()


def describe_missing(tools: Sequence[ToolDefinition]) -> str:
    """Names alone, so that the next query can be a better one."""
    names = [tool.name for tool in tools[:MOST_NAMED]]
    return dump_loose_json({"tools": [], "no_match_among": names, "count": len(tools)}).decode()


def words_in(text: str) -> frozenset[str]:
    """The words of a text in small letters; `readFile` and `read_file` are two words each."""
    return frozenset(word.casefold() for word in _WORD.findall(_HUMP.sub(" ", text)))


def _told(tool: ToolDefinition) -> Mapping[str, float]:
    """Each word of a tool with its weight."""
    described = dict.fromkeys(words_in(f"{tool.description} {' '.join(_parameter_names(tool))}"), 1.0)
    return {**described, **dict.fromkeys(words_in(tool.name), _IN_NAME)}


def _parameter_names(tool: ToolDefinition) -> Iterable[str]:
    properties = tool.parameters.get("properties")
    return (str(name) for name in properties) if isinstance(properties, Mapping) else ()


def _match(word: str, stem: Sequence[str], words: Mapping[str, float]) -> float:
    """The weight of the word, or half of that of one with the same stem: `files`, `file`."""
    return words.get(word) or max((words.get(other, 0.0) for other in stem), default=0.0) / 2


def _same_stem(one: str, other: str) -> bool:
    if one[:_LEAST_STEM] != other[:_LEAST_STEM]:
        return False
    shorter, longer = sorted((one, other), key=len)
    return len(shorter) >= _LEAST_STEM and longer.startswith(shorter[: max(_LEAST_STEM, len(shorter) - 2)])
