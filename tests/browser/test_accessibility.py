"""axe-core finds no fault on the page, in any of its states."""

import re
from typing import Literal

from playwright.sync_api import expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import OpenChat
from tests.services.processes import ROOT
from tests.services.server import Divan

AXE = ROOT / "static" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def faults(chat: ChatPage) -> list[str]:
    """One line a fault: the rule, and the first elements that break it."""
    if not chat.page.evaluate("'axe' in window"):
        chat.page.evaluate(AXE.read_text())
    # Colours are measured once nothing is fading in any more; what goes away meanwhile never finishes.
    chat.page.evaluate(
        "Promise.allSettled(document.getAnimations()"
        ".filter(a => a.effect.getTiming().iterations < 9).map(a => a.finished))"
    )
    result = chat.page.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", RULES
    )
    return [
        f"{fault['id']} ({fault['impact']}): {[node['html'][:140] for node in fault['nodes'][:3]]}"
        for fault in result["violations"]
    ]


def faults_by_scheme(chat: ChatPage) -> list[str]:
    """Of the page as it stands, in light and in dark colours."""
    found = []
    for scheme in SCHEMES:
        chat.page.emulate_media(color_scheme=scheme)
        found += [f"{scheme}: {fault}" for fault in faults(chat)]
    return found


def test_the_empty_page_and_an_answer_with_everything(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    assert faults_by_scheme(chat) == []
    chat.ask_echo("Everything", "speed=0 markdown reasoning")
    expect(chat.text.locator(".katex-display")).to_be_visible()
    expect(chat.text.locator(".hljs-keyword").first).to_be_visible()
    assert faults_by_scheme(chat) == []


def test_an_answer_that_streams_and_one_that_failed(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    chat.say("/echo fail=overloaded\nHello")
    chat.expect_status("failed")
    chat.say("/echo stall=2\nHello")
    expect(chat.answers).to_have_count(2)
    chat.expect_status("streaming")
    assert faults(chat) == []


def test_two_lanes(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    chat.add_lane("Echo")
    chat.say("/echo speed=0\nBoth")
    expect(chat.answers).to_have_count(2)
    chat.expect_status("complete")
    assert faults(chat) == []


def test_the_selector_the_settings_and_the_search(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    chat.button(re.compile("^Change the model")).click()
    expect(chat.page.get_by_role("option").first).to_be_visible()
    assert faults(chat) == []
    chat.page.keyboard.press("Escape")
    chat.button("Settings").click()
    expect(chat.page.get_by_role("dialog")).to_be_visible()
    assert faults(chat) == []
    chat.page.keyboard.press("Escape")
    expect(chat.page.get_by_role("dialog")).to_have_count(0)
    chat.page.keyboard.press("Control+k")
    expect(chat.page.get_by_role("dialog")).to_be_visible()
    assert faults(chat) == []


def test_the_memory(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    chat.say("/remember Tea, no sugar.")
    chat.page.locator(".toast").get_by_role("button", name="Memory").click()
    dialog = chat.page.get_by_role("dialog", name="Memory")
    dialog.get_by_text("Show exactly what is sent").click()
    expect(dialog.locator("pre")).to_be_visible()
    assert faults_by_scheme(chat) == []
    dialog.get_by_role("checkbox").first.click()
    expect(dialog.get_by_role("checkbox").first).not_to_be_checked()
    assert faults_by_scheme(chat) == []


def test_what_happens_is_said_to_those_who_do_not_see_it(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    chat.ask_echo("Hello", "speed=0")
    chat.say("/echo stall=2\nAgain")
    expect(chat.page.get_by_role("log")).to_contain_text("is answering")
    chat.page.keyboard.press("Escape")
    expect(chat.page.get_by_role("log")).to_contain_text("was stopped")
    chat.ask_echo("And once more", "speed=0")
    expect(chat.page.get_by_role("log")).to_contain_text("has answered")
