"""What tools of Divan's own do, in the words of people and of models."""

import pytest
from django.utils import translation

from chat.doors.rest.tools import tool_json
from chat.tools.base import Tool
from chat.tools.builtin import calculate, current_time, read_page, search_documents
from chat.tools.toolbox import definition_of

TOOLS = [calculate.TOOL, current_time.TOOL, read_page.TOOL, search_documents.TOOL]


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_people_are_told_in_their_language_and_models_in_english(tool: Tool) -> None:
    told = {}
    for language in ("en", "tr", "ru"):
        with translation.override(language):
            told[language] = tool_json(tool)["description"]
            assert definition_of(tool).description == tool.description
    assert len(set(told.values())) == 3
    assert tool.description not in told.values()
