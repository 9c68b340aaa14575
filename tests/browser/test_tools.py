"""Models that act, on the page: calls as they run, what is asked of a person, and what tools return."""

import json
import re
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import OpenChat
from tests.browser.test_share import make_link, stranger
from tests.services.processes import ROOT, wait_until
from tests.services.server import Divan, copy_database

__all__ = ["stranger"]

HOSTILE = (
    "<img/src=x/onerror=document.title='taken'>[go](javascript:document.title='taken')"
    "![p](https://evil.example/p.png)"
)


class Tools:
    """A Divan with the tool server `test`, and what that server was called for."""

    def __init__(self, server: Divan, calls: Path) -> None:
        self.server = server
        self._calls = calls

    def called(self) -> list[str]:
        return self._calls.read_text().split() if self._calls.exists() else []

    def ask(self, path: str, method: str = "GET", body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.server.url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def is_ready(self) -> bool:
        servers = self.ask("/api/tools")["servers"]
        return [server["status"] for server in servers if server["name"] == "test"] == ["ready"]

    def set_policy(self, tool: str, policy: str | None) -> None:
        self.ask(f"/api/tools/{tool}", "PATCH", {"policy": policy})


@pytest.fixture(scope="module")
def divan_with_tools(tmp_path_factory: pytest.TempPathFactory, database_with_tables: Path) -> Iterator[Tools]:
    folder = tmp_path_factory.mktemp("divan") / "server"
    copy_database(database_with_tables, folder)
    calls = folder.parent / "calls"
    program = {
        "command": sys.executable,
        "args": ["-m", "tests.services.tool_program"],
        "env": {"PYTHONPATH": str(ROOT), "CALLS": str(calls)},
    }
    (folder / "mcp.json").write_text(json.dumps({"mcpServers": {"test": program}}))
    with Divan(folder) as running:
        tools = Tools(running, calls)
        wait_until(tools.is_ready, seconds=60, what="the tool server's list of tools")
        yield tools


@pytest.fixture
def tools(divan_with_tools: Tools) -> Tools:
    """With the policies that nobody has changed."""
    for name in ("test__say", "test__write", "calculate"):
        divan_with_tools.set_policy(name, None)
    return divan_with_tools


def open_with_tools(open_chat: OpenChat, tools: Tools, lanes: int = 1, **options: Any) -> ChatPage:
    chat = open_chat(tools.server, **options)
    for _ in range(lanes - 1):
        chat.add_lane("Echo")
    chat.button("Tools").click()
    expect(chat.button(re.compile(r"^Tools: \d+ on$"))).to_have_attribute("aria-pressed", "true")
    return chat


def call(chat: ChatPage, tool: str, **arguments: Any) -> None:
    given = json.dumps(arguments, separators=(",", ":"))
    assert " " not in given
    chat.say(f"/echo tool={tool} args={given}\nact")


def card(chat: ChatPage) -> Locator:
    return chat.page.locator("[data-approval]")


def line(chat: ChatPage, tool: str, state: str) -> Locator:
    return chat.page.locator(f"[data-call={tool}][data-state={state}]")


def decide(where: Locator, word: str) -> None:
    where.get_by_role("button", name=word, exact=True).click()


def test_a_call_is_one_line_that_unfolds(open_chat: OpenChat, tools: Tools) -> None:
    chat = open_with_tools(open_chat, tools)
    call(chat, "calculate", expression="6*7")
    chat.expect_status("complete")
    done = line(chat, "calculate", "did")
    expect(done).to_contain_text("Calculated 6*7")
    done.get_by_role("button").click()
    expect(done.locator("pre").first).to_contain_text('"expression": "6*7"')
    expect(done.locator("pre").last).to_contain_text("42")


def test_a_call_is_asked_about_in_full_takes_no_focus_and_does_not_run_where_it_is_denied(
    open_chat: OpenChat, tools: Tools
) -> None:
    chat = open_with_tools(open_chat, tools)
    long = "x" * 5_000 + "harm"
    call(chat, "test__write", text=f"pay\u202egnp\n{long}")
    expect(card(chat)).to_contain_text("Wants to use “Write it down”")
    expect(card(chat).locator("pre")).to_contain_text("pay⟨U+202E⟩gnp\\nxxx")
    expect(card(chat).locator("pre")).to_contain_text('harm"')
    expect(card(chat)).to_contain_text("read to its end")
    expect(chat.composer).to_be_focused()
    expect(chat.page.get_by_role("log")).to_contain_text("waits for your permission to use “Write it down”")
    before = len(tools.called())
    decide(card(chat), "Once")
    chat.expect_status("complete")
    expect(line(chat, "test__write", "did")).to_contain_text("Asked test: Write it down")
    expect(card(chat)).to_have_count(0)
    assert len(tools.called()) == before + 1
    call(chat, "test__write", text="never")
    decide(card(chat), "No")
    expect(line(chat, "test__write", "denied")).to_contain_text("Could not ask test: Write it down")
    expect(line(chat, "test__write", "denied")).to_contain_text("You did not allow this.")
    chat.expect_status("complete")
    assert len(tools.called()) == before + 1


def test_always_asks_no_more_until_the_settings_say_so(open_chat: OpenChat, tools: Tools) -> None:
    chat = open_with_tools(open_chat, tools)
    call(chat, "test__write", text="one")
    decide(card(chat), "Always")
    chat.expect_status("complete")
    call(chat, "test__write", text="two")
    expect(line(chat, "test__write", "did")).to_have_count(2)
    chat.expect_status("complete")
    chat.button("Settings").click()
    chat.button("Tools…").click()
    policy = chat.page.get_by_role("combobox", name="Policy for Write it down")
    expect(policy).to_have_value("allow")
    with chat.page.expect_response(re.compile("/api/tools/test__write")):
        policy.select_option("Ask")
    chat.page.keyboard.press("Escape")
    call(chat, "test__write", text="three")
    decide(card(chat), "No")
    chat.expect_status("complete")


def test_one_press_allows_the_equal_calls_of_three_lanes_and_what_only_reads_runs_once(
    open_chat: OpenChat, tools: Tools
) -> None:
    chat = open_with_tools(open_chat, tools, lanes=3)
    before = len(tools.called())
    call(chat, "test__say", text="shared")
    expect(card(chat)).to_have_count(3)
    expect(card(chat).first.get_by_role("checkbox")).to_be_checked()
    decide(card(chat).first, "Once")
    expect(card(chat)).to_have_count(0)
    expect(line(chat, "test__say", "did")).to_have_count(3)
    assert tools.called()[before:] == ["say"]


def test_what_changes_something_is_allowed_for_each_lane_or_by_one_press_for_all(
    open_chat: OpenChat, tools: Tools
) -> None:
    chat = open_with_tools(open_chat, tools, lanes=3)
    before = len(tools.called())
    call(chat, "test__write", text="thrice")
    expect(card(chat)).to_have_count(3)
    expect(card(chat).first.get_by_role("checkbox")).not_to_be_checked()
    decide(card(chat).first, "Once")
    expect(card(chat)).to_have_count(2)
    card(chat).first.get_by_role("checkbox").check()
    decide(card(chat).first, "Once")
    expect(line(chat, "test__write", "did")).to_have_count(3)
    assert tools.called()[before:] == ["write"] * 3


def test_an_answer_that_waits_is_marked_and_outlives_a_reload(open_chat: OpenChat, tools: Tools) -> None:
    chat = open_with_tools(open_chat, tools)
    call(chat, "test__write", text="later")
    expect(card(chat)).to_be_visible()
    conversation = chat.expect_conversation().removeprefix("/c/")
    chat.page.reload()
    expect(card(chat).locator("pre")).to_contain_text("later")
    expect(chat.page).to_have_title(re.compile("^✋ "))
    waits = chat.page.get_by_role("img", name="Waits for your permission")
    entry = chat.page.locator(f"[data-conversation='{conversation}']")
    expect(entry.get_by_role("img", name="Waits for your permission")).to_be_visible()
    chat.new_chat()
    expect(chat.page).to_have_title(re.compile("^✋ "))
    entry.get_by_role("link").click()
    decide(card(chat), "Once")
    chat.expect_status("complete")
    expect(chat.page).not_to_have_title(re.compile("✋"))
    expect(waits).to_have_count(0)


def test_stop_ends_an_answer_that_waits_and_one_whose_call_runs(open_chat: OpenChat, tools: Tools) -> None:
    chat = open_with_tools(open_chat, tools)
    before = tools.called()
    call(chat, "test__write", text="stopped")
    expect(card(chat)).to_be_visible()
    chat.button("Stop this answer").click()
    chat.expect_status("stopped")
    expect(card(chat)).to_have_count(0)
    assert tools.called() == before
    call(chat, "test__wait", seconds=3600)
    decide(card(chat), "Once")
    expect(line(chat, "test__wait", "does")).to_contain_text("Asking test: wait")
    chat.button("Stop this answer").click()
    chat.expect_status("stopped")
    expect(line(chat, "test__wait", "cut")).to_contain_text("it is not known whether this was done")


def test_a_decision_by_keyboard_leads_to_the_next_card_and_at_last_to_the_composer(
    open_chat: OpenChat, tools: Tools
) -> None:
    chat = open_with_tools(open_chat, tools, lanes=2)
    call(chat, "test__write", text="keys")
    expect(card(chat)).to_have_count(2)
    card(chat).first.get_by_role("button", name="No", exact=True).focus()
    chat.page.keyboard.press("Enter")
    expect(card(chat)).to_have_count(1)
    expect(card(chat)).to_be_focused()
    card(chat).get_by_role("button", name="No", exact=True).focus()
    chat.page.keyboard.press("Enter")
    expect(card(chat)).to_have_count(0)
    expect(chat.composer).to_be_focused()


def test_what_a_tool_returns_is_text_and_a_picture_is_drawn_below_its_call(
    open_chat: OpenChat, tools: Tools
) -> None:
    chat = open_with_tools(open_chat, tools)
    call(chat, "test__say", text=HOSTILE)
    decide(card(chat), "Once")
    chat.expect_status("complete")
    done = line(chat, "test__say", "did")
    done.get_by_role("button").click()
    expect(done.locator("pre").last).to_contain_text(HOSTILE)
    expect(chat.answer.locator("img, [href^=javascript]")).to_have_count(0)
    expect(chat.page).not_to_have_title("taken")
    assert [url for url in chat.requests if "evil.example" in url] == []
    call(chat, "test__draw")
    decide(card(chat), "Once")
    chat.expect_status("complete")
    picture = line(chat, "test__draw", "did").get_by_role("img", name="Picture 1 of “draw”")
    expect(picture).to_be_visible()
    expect(picture).to_have_attribute("src", re.compile("^/api/attachments/[0-9a-f]{64}$"))
    expect(picture).to_have_js_property("naturalWidth", 5)


def test_a_link_shows_that_a_tool_was_used_and_no_more_unless_chosen(
    open_chat: OpenChat, tools: Tools, stranger: Page
) -> None:
    chat = open_with_tools(open_chat, tools)
    call(chat, "calculate", expression="123456-1")
    chat.expect_status("complete")
    stranger.goto(make_link(chat))
    used = stranger.locator("[data-call=calculate]")
    expect(used).to_have_text(re.compile(r"^\s*Calculated"))
    expect(used.get_by_role("button")).to_have_count(0)
    expect(used).not_to_contain_text("123456")
    chat.page.get_by_role("checkbox", name=re.compile("^The contents of tool calls too")).check()
    link = chat.page.get_by_role("textbox", name="Link")
    first = link.input_value()
    chat.button("Make a link").click()
    expect(link).not_to_have_value(first)
    stranger.goto(link.input_value())
    expect(used).to_contain_text("Calculated 123456-1")
    used.get_by_role("button").click()
    expect(used.locator("pre").last).to_contain_text("123455")


def test_tools_are_chosen_for_the_conversation_and_for_a_lane(open_chat: OpenChat, tools: Tools) -> None:
    chat = open_with_tools(open_chat, tools)
    chat.button("Choose tools").click()
    menu = chat.page.get_by_role("dialog", name="Choose tools")
    expect(menu.get_by_role("checkbox", name="All of test")).to_be_checked()
    menu.get_by_role("checkbox", name="All of test").uncheck()
    menu.get_by_role("checkbox", name="Write it down").check()
    expect(menu.get_by_role("checkbox", name=re.compile("^All that you may use"))).not_to_be_checked()
    chat.page.keyboard.press("Escape")
    call(chat, "test__say", text="hidden")
    chat.expect_status("complete")
    expect(card(chat)).to_have_count(0)
    expect(line(chat, "test__say", "did")).to_have_count(0)
    chat.page.reload()
    chat.button(re.compile("^Settings for Echo")).click()
    chat.page.get_by_label("Tools of this model").select_option("None")
    chat.button("Save").click()
    call(chat, "test__write", text="hidden")
    expect(chat.answers).to_have_count(2)
    # Nothing answers a call where there are no tools.
    chat.expect_status("failed")
    expect(line(chat, "test__write", "did")).to_have_count(0)


@pytest.mark.parametrize("locale", ["tr-TR", "ru-RU"])
def test_a_narrow_page_asks_within_its_width(open_chat: OpenChat, tools: Tools, locale: str) -> None:
    chat = open_chat(tools.server, locale=locale, viewport={"width": 360, "height": 740})
    chat.page.locator(".tools button[aria-pressed]").click()
    expect(chat.page.locator(".tools .count")).to_be_visible()
    call(chat, "test__write", text="w" * 300)
    expect(card(chat)).to_be_visible()
    assert chat.page.evaluate("document.documentElement.scrollWidth") <= 360
    box = card(chat).bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360
    card(chat).get_by_role("button").last.click()
    chat.expect_status("complete")
