"""Which words of JSON Schema services take in the schemas of tools: a row each."""

import re
from dataclasses import dataclass

_WORDS = frozenset(
    {"type", "properties", "required", "items", "enum", "description", "title", "anyOf"}
    | {"minItems", "maxItems", "minimum", "maximum"}
)
_MORE = frozenset(
    {"additionalProperties", "default", "examples", "format", "minLength", "maxLength", "uniqueItems"}
    | {"const", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
)


@dataclass(frozen=True, slots=True)
class SchemaRules:
    """What a service takes. `words`: the keywords. `formats`: None for any. `most`: of lengths and counts,
    where the service makes a grammar of them. `types`: whether a type may be a list. `untyped`: whether a
    type may be missing. `enums`: whether they may hold other than texts. `any_of_alone`: nothing may stand
    beside `anyOf`. `property_names`: those that it takes. `description`: characters of a tool's."""

    words: frozenset[str] = _WORDS | _MORE | {"pattern"}
    formats: frozenset[str] | None = None
    most: int | None = None
    types: bool = True
    untyped: bool = True
    enums: bool = True
    any_of_alone: bool = False
    property_names: re.Pattern[str] = re.compile(r"(?s).+")
    description: int = 16_000


OPENAI = SchemaRules(description=1024)
ANTHROPIC = SchemaRules(property_names=re.compile(r"[a-zA-Z0-9_.-]{1,64}"))
GEMINI = SchemaRules(
    words=_WORDS | {"format"},
    formats=frozenset({"date-time"}),
    types=False,
    untyped=False,
    enums=False,
    any_of_alone=True,
)
SERVERS = SchemaRules(words=_WORDS | _MORE, most=1000)
"""llama.cpp, vLLM and their like, which make grammars of schemas: not of every pattern."""
TEMPLATES = SchemaRules(words=_WORDS | _MORE - {"const"}, most=1000, types=False)
"""Ollama, whose models' templates are written for one type each."""
