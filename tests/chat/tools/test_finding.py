"""`find_tool` stands for definitions that would take too much of a lane's window."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.tools.tool_finder import MOST_FOUND, NAME, ToolFinder, match_tools
from providers.tokens import estimate_tools
from providers.types import ToolDefinition


def tool(name: str, description: str = "", **properties: object) -> ToolDefinition:
    return ToolDefinition(name, description, {"type": "object", "properties": properties})


TOOLS = (
    tool("web_search", "Searches the web."),
    tool("files__readFile", "Reads a file from the disk.", path={"type": "string"}),
    tool("files__write_file", "Writes text to a file.", path={"type": "string"}),
    tool("github__create_issue", "Opens a new issue in a repository."),
    tool("github__list_issues", "Lists issues of a repository, newest first."),
    tool("hava__durum", "Bir şehrin hava durumunu söyler."),
    tool("почта__отправить", "Отправляет письмо по адресу."),
)
SMALL, LARGE = 400, 100_000


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("search the web", "web_search"),
        ("read a file", "files__readFile"),
        ("writing files", "files__write_file"),
        ("create issue", "github__create_issue"),
        ("list the newest issues of a repository", "github__list_issues"),
        ("hava nasıl, İzmir", "hava__durum"),
        ("отправить письмо", "почта__отправить"),
        ("READ FILE", "files__readFile"),
        ("please call github__create_issue", "github__create_issue"),
    ],
)
def test_a_query_finds_the_tool_that_it_speaks_of(query: str, first: str) -> None:
    assert match_tools(query, TOOLS)[0].name == first


@pytest.mark.parametrize("query", ["", "   ", "zzz", "!?", "xylophone"])
def test_a_query_that_speaks_of_no_tool_finds_none_and_is_told_the_names(query: str) -> None:
    told = orjson.loads(ToolFinder(TOOLS, SMALL).find(query))
    assert told["tools"] == []
    assert told["no_match_among"] == [tool.name for tool in TOOLS]


def test_definitions_that_fit_a_tenth_of_the_window_are_offered_as_they_are() -> None:
    cost = estimate_tools(TOOLS)
    assert ToolFinder(TOOLS, cost * 10).offered() == list(TOOLS)
    assert [tool.name for tool in ToolFinder(TOOLS, cost * 10 - 1).offered()] == [NAME]
    assert ToolFinder(TOOLS, None).offered() == list(TOOLS), "of an unknown window a usual one is assumed"


def test_what_was_found_is_offered_from_then_on() -> None:
    finder = ToolFinder(TOOLS, SMALL)
    told = orjson.loads(finder.find("read file"))
    assert "path" in told["tools"][0]["parameters"]["properties"]
    offered = [tool.name for tool in finder.offered()]
    assert offered[0] == NAME
    assert {row["name"] for row in told["tools"]} == set(offered[1:])


def test_the_definition_of_the_finder_says_what_there_is() -> None:
    description = ToolFinder(TOOLS, SMALL).offered()[0].description
    assert "files (2)" in description
    assert "github (2)" in description


@given(st.lists(st.text(max_size=30), max_size=5), st.integers(1, 3000))
def test_however_much_is_found_the_last_search_is_offered_and_the_rest_fits(
    queries: list[str], window: int
) -> None:
    many = [tool(f"s{n % 7}__tool_{n}", f"Does thing {n} of kind {n % 3}.") for n in range(60)]
    finder = ToolFinder(many, window)
    for query in [*queries, "thing of kind 2"]:
        last = orjson.loads(finder.find(query))["tools"]
    offered = [tool.name for tool in finder.offered()]
    assert {row["name"] for row in last} <= set(offered)
    assert len(set(offered)) == len(offered)
    assert len(offered) <= MOST_FOUND + 1 or estimate_tools(finder.offered()) <= window // 10


@given(st.text(), st.text(), st.text())
def test_no_query_and_no_name_is_too_odd(query: str, name: str, description: str) -> None:
    finder = ToolFinder([tool(name, description)], 1)
    orjson.loads(finder.find(query))
    assert finder.offered()
