"""Every view and dialog of the page, in one list: none is wider than a phone, axe finds no fault in any."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import OpenChat
from tests.browser.test_accessibility import faults, faults_by_scheme
from tests.browser.test_look import WIDER_THAN_THE_PAGE
from tests.services.server import Divan

ADDRESSES = ("/", "/documents", "/metrics", "/testsets")
SHEETS = (
    "palette", "account", "shortcuts", "settings", "dialogue", "branches", "share", "replay", "ollama",
    "personas", "prompts", "memory", "spending", "import", "tools", "services",
)  # fmt: skip
OPEN_SHEET = """sheet => {
  const { $pinia } = document.querySelector('#app').__vue_app__.config.globalProperties
  $pinia._s.get('dialogs').sheet = sheet
}"""
LOCALES = ("en-GB", "tr-TR", "ru-RU")
# What scrolls up and down scrolls to no side, and the heading of a view is read whole.
CUT_OFF = """() => [...document.querySelectorAll('.scroller, .dialog, .menu, .popover, .view h1')]
  .filter((box) => box.checkVisibility() && box.scrollWidth > box.clientWidth + 1)
  .map((box) => box.outerHTML.slice(0, 120))"""


def views(chat: ChatPage) -> Iterator[str]:
    """One after another, each as soon as it is there; three lanes stand under the dialogs."""
    for address in ADDRESSES:
        chat.page.goto(chat.url + address)
        expect(chat.page.locator("main :is(h1, #composer)").first).to_be_visible()
        yield address
    chat.open("/?models=echo/echo,echo/echo,echo/echo")
    chips = chat.page.locator("#lanes .chip")
    expect(chips).to_have_count(3)
    yield "three lanes"
    chat.say("/echo speed=0 markdown\nAll of you")
    chat.expect_conversation()
    expect(chat.page.locator("[data-turn] .summary .buttons button").first).to_be_visible()
    yield "a conversation"
    for sheet in SHEETS:
        chat.page.evaluate(OPEN_SHEET, sheet)
        dialog = chat.page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        expect(dialog.locator(".spinner")).to_have_count(0)
        yield sheet
        chat.page.evaluate(OPEN_SHEET, None)
        expect(dialog).to_have_count(0)


@pytest.mark.parametrize("locale", LOCALES)
def test_no_view_is_wider_than_a_phone(open_chat: OpenChat, divan: Divan, locale: str) -> None:
    chat = open_chat(divan, locale=locale, viewport={"width": 360, "height": 740})
    wide = {}
    for view in views(chat):
        # 320 is what a window of 640 is at 200 %.
        for width in (360, 320):
            chat.page.set_viewport_size({"width": width, "height": 740})
            if beyond := chat.page.evaluate(WIDER_THAN_THE_PAGE) + chat.page.evaluate(CUT_OFF):
                wide[f"{view} at {width}"] = beyond
            if chat.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wide[f"{view} at {width} scrolls"] = []
        chat.page.set_viewport_size({"width": 360, "height": 740})
    assert wide == {}


def test_axe_finds_no_fault_in_any_view(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    found = {view: list(broken) for view in views(chat) if (broken := faults_by_scheme(chat))}
    assert found == {}


def test_axe_finds_no_fault_in_open_tabs(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    chat.ask_echo("One", "speed=0")
    chat.expect_conversation()
    chat.new_chat()
    chat.ask_echo("Two", "speed=0")
    chat.expect_conversation()
    chat.rows.last.get_by_role("link").click(modifiers=["ControlOrMeta"])
    expect(chat.page.get_by_role("tab")).to_have_count(2)
    assert faults(chat) == []
