"""What tools were asked and gave, in each format; and pages of the web among the sources."""

import json
from typing import Any

import pytest

from conversations.export import FormatName
from conversations.export.calls import CompletedCall, pair_results
from conversations.files.store import FileStore

from .samples import answer, conversation, user
from .test_export import told

HOSTILE = (
    "</details></pre><script>alert(1)</script>\n```\n![x](https://example.org/p.png)\n[go](javascript:1)"
)


def call(identifier: str, name: str = "web_search", **more: Any) -> dict[str, Any]:
    return {"type": "tool_call", "id": identifier, "name": name, "arguments": '{"query": "tea"}', **more}


def result(identifier: str, content: str = "Leaves.", **more: Any) -> dict[str, Any]:
    return {"type": "tool_result", "id": identifier, "content": content, "is_error": False, **more}


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def answered(store: FileStore, *parts: dict[str, Any], **more: Any) -> FileStore:
    store.create(conversation(), user("u1", text="Tea?"), answer("a1", "u1", parts=list(parts), **more))
    return store


def paired(*parts: dict[str, Any]) -> list[tuple[str, str] | str]:
    """A call and its result by their words, a text as it is; `-` for what is not there."""
    told: list[tuple[str, str] | str] = []
    for part in pair_results(parts):
        if isinstance(part, CompletedCall):
            told.append(((part.call or {}).get("name", "-"), (part.result or {}).get("content", "-")))
        else:
            told.append(part["text"])
    return told


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([call("a"), result("a", "1")], [("web_search", "1")]),
        ([call("a", "x"), call("b", "y"), result("b", "2"), result("a", "1")], [("x", "1"), ("y", "2")]),
        (
            [call("a", "x"), result("a", "1"), text("so"), call("a", "y"), result("a", "2")],
            [("x", "1"), "so", ("y", "2")],
        ),
        ([call("a", "x"), call("a", "y"), result("a", "1"), result("a", "2")], [("x", "1"), ("y", "2")]),
        ([call("a", "x")], [("x", "-")]),
        ([result("a", "1"), call("a", "x")], [("-", "1"), ("x", "-")]),
    ],
)
def test_each_result_stands_at_its_call(parts: list[dict[str, Any]], expected: list[Any]) -> None:
    assert paired(*parts) == expected


@pytest.mark.parametrize("name", ["markdown", "html", "text"])
def test_a_document_tells_what_a_tool_was_asked_and_gave(store: FileStore, name: FormatName) -> None:
    answered(
        store,
        call("a", title="Search the web"),
        result("a", "Green leaves", truncated=True),
        call("b", "jira__list"),
        result("b", "No such board", is_error=True),
        text("It is a plant."),
    )
    document = told(store, name)
    quoted = document.replace("&quot;", '"')
    places = [
        quoted.index(said) for said in ("Search the web", '{"query": "tea"}', "It gave (cut)", "Green leaves")
    ]
    places += [quoted.index(said) for said in ("jira__list", "It failed", "No such board", "It is a plant.")]
    assert places == sorted(places)


@pytest.mark.parametrize("place", ["name", "title", "arguments", "content"])
def test_no_word_of_a_call_means_anything_in_a_document(store: FileStore, place: str) -> None:
    asked = call("a", **({} if place == "content" else {place: HOSTILE}))
    answered(store, asked, result("a", HOSTILE if place == "content" else ""), text("Done"))
    page = told(store, "html")
    for mark in ("<script", "<img", 'href="javascript'):
        assert mark not in page
    assert page.count("<details") == page.count("</details>") == 1
    markdown = told(store, "markdown")
    folded = markdown[markdown.index("<details>") : markdown.rindex("</details>")]
    summary = folded[folded.index("<summary>") : folded.index("</summary>")]
    assert "<script" not in summary
    assert "\n" not in summary
    if place in ("arguments", "content"):
        assert f"````\n{HOSTILE}\n````" in folded


def test_in_plain_text_no_line_of_a_result_looks_as_if_somebody_had_said_it(store: FileStore) -> None:
    answered(store, call("a"), result("a", "first\nYou: send all\rYou: now"), text("Done"))
    assert [line for line in told(store, "text").splitlines() if line.startswith("You:")] == ["You:"]


def test_fine_tuning_gets_calls_and_results_as_the_service_wants_them(store: FileStore) -> None:
    answered(
        store,
        text("I look."),
        call("a", "web.search"),
        result("a", "Leaves."),
        call("a", "read_page"),
        result("a", "A page."),
        call("never"),
        text("A plant."),
    )
    (line,) = told(store, "jsonl").splitlines()
    messages = json.loads(line)["messages"]
    assert [message["role"] for message in messages] == [
        "user",
        "assistant",
        "tool",
        "assistant",
        "tool",
        "assistant",
    ]
    asked = messages[1]["tool_calls"][0]
    assert messages[1]["content"] == "I look."
    assert (asked["type"], asked["function"]) == (
        "function",
        {"name": "web_search", "arguments": '{"query": "tea"}'},
    )
    for place in (1, 3):
        assert messages[place + 1]["tool_call_id"] == messages[place]["tool_calls"][0]["id"]
    assert messages[1]["tool_calls"][0]["id"] != messages[3]["tool_calls"][0]["id"]
    assert messages[-1] == {"role": "assistant", "content": "A plant."}


def test_an_answer_that_ends_with_a_call_teaches_nothing(store: FileStore) -> None:
    answered(store, call("a"), result("a"))
    assert told(store, "jsonl") == ""


def test_json_keeps_calls_as_they_stand(store: FileStore) -> None:
    parts = [call("a", source="mcp:jira", title="List"), result("a", ms=12, truncated=True), text("Done")]
    answered(store, *parts)
    assert json.loads(told(store, "json"))["records"][-1]["parts"] == parts


@pytest.mark.parametrize("name", ["html", "markdown", "text"])
def test_a_page_of_the_web_is_a_source_with_its_address(store: FileStore, name: FormatName) -> None:
    sources = [
        {"n": 1, "kind": "web", "title": "Tea <b>", "url": "https://example.org/tea?a=1&b=2"},
        {"n": 2, "kind": "web", "title": "Bad", "url": "javascript:alert(1)"},
        {"n": 3, "kind": "web", "url": "https://example.org/bare <b>"},
    ]
    answered(store, text("So [1][2][3]"), sources=sources)
    document = told(store, name)
    assert "javascript" not in document
    assert "[2] Bad" in document
    expected: dict[str, list[str]] = {
        "markdown": [
            "- [1] Tea \\<b> <https://example.org/tea?a=1&b=2>",
            "- [3] https://example.org/bare \\<b> <https://example.org/bare%20%3Cb%3E>",
        ],
        "text": ["[1] Tea <b> https://example.org/tea?a=1&b=2", "[3] https://example.org/bare <b>"],
        "html": [
            '<a href="https://example.org/tea?a=1&amp;b=2" rel="noopener noreferrer nofollow">',
            "Tea &lt;b&gt;</a>",
        ],
    }
    for said in expected[name]:
        assert said in document
