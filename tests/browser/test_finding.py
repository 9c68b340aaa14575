"""Ctrl+F in a conversation of which only a part is drawn."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser import long_conversation
from tests.browser.chat_page import ChatPage
from tests.browser.conftest import OpenChat
from tests.services.server import Divan

TURNS = 300
"""More than the snapshot has the words of."""


@pytest.fixture
def chat(open_chat: OpenChat, divan: Divan) -> ChatPage:
    conversation = long_conversation.write(
        divan, TURNS, lanes=("l1", "l2"), more="A **kır**mızı word.\n\n" + "filling\n\n" * 12
    )
    chat = open_chat(divan, f"/c/{conversation}")
    expect(chat.answers.filter(has_text="answered299.")).to_have_count(2)
    return chat


def find(chat: ChatPage, words: str) -> Locator:
    """Opens the search by the browser's keys, types, and returns what it says."""
    chat.page.keyboard.press("Control+f")
    box = chat.page.get_by_role("search").get_by_role("textbox")
    expect(box).to_be_focused()
    box.fill(words)
    return chat.page.get_by_role("search").get_by_role("status")


def expect_shown(chat: ChatPage, words: str, message: str) -> None:
    """The place that is marked as the shown one is in view, in that message."""
    chat.page.wait_for_function(
        """([words, message]) => {
          const [shown, ...more] = [...(CSS.highlights.get('found-now') ?? [])]
          const place = shown?.getBoundingClientRect()
          const within = shown?.startContainer.parentElement.closest('[data-answer], [data-message]')
          const { answer, message: question } = within?.dataset ?? {}
          return more.length === 0 && String(shown) === words && [answer, question].includes(message)
            && place.height > 0 && place.top >= 0 && place.bottom <= innerHeight
        }""",
        arg=[words, message],
    )


def test_what_is_not_drawn_is_found_counted_and_shown_one_after_another(chat: ChatPage) -> None:
    expect(chat.questions.filter(has_text="asked3.")).to_have_count(0)
    said = find(chat, "ANSWERED3.")
    expect(said).to_have_text("1 of 2")
    expect_shown(chat, "answered3.", "a3-l1")
    chat.page.keyboard.press("Enter")
    expect(said).to_have_text("2 of 2")
    expect_shown(chat, "answered3.", "a3-l2")
    chat.page.keyboard.press("Enter")
    expect_shown(chat, "answered3.", "a3-l1")
    chat.page.keyboard.press("Shift+Enter")
    expect_shown(chat, "answered3.", "a3-l2")
    expect(chat.page.get_by_role("search").get_by_role("textbox")).to_be_focused()
    chat.page.keyboard.press("Escape")
    expect(chat.page.get_by_role("search")).to_have_count(0)
    expect(chat.composer).to_be_focused()
    assert chat.page.evaluate("CSS.highlights.has('found') || CSS.highlights.has('found-now')") is False


def test_words_are_found_as_they_are_read_from_where_the_reader_is(chat: ChatPage) -> None:
    said = find(chat, "kırmızı w")
    expect(said).to_have_text(f"{2 * TURNS - 1} of {2 * TURNS}")
    expect_shown(chat, "kırmızı w", f"a{TURNS - 1}-l1")
    chat.page.keyboard.press("Enter")
    chat.page.keyboard.press("Enter")
    expect(said).to_have_text(f"1 of {2 * TURNS}")
    expect_shown(chat, "kırmızı w", "a0-l1")
    expect(find(chat, "no such words")).to_have_text("No matches")


def test_the_browsers_own_search_is_left_where_all_is_drawn(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan, f"/c/{long_conversation.write(divan, 3)}")
    expect(chat.answers).to_have_count(3)
    chat.page.evaluate("addEventListener('keydown', (event) => (window.taken = event.defaultPrevented))")
    chat.page.keyboard.press("Control+f")
    assert chat.page.evaluate("window.taken") is False
    expect(chat.page.get_by_role("search")).to_have_count(0)
    chat.page.keyboard.press("Control+k")
    expect(chat.page.get_by_role("combobox")).to_be_focused()
    chat.page.keyboard.type("find in this")
    chat.page.keyboard.press("Enter")
    chat.page.keyboard.type("asked1.")
    expect(chat.page.get_by_role("search").get_by_role("status")).to_have_text("1 of 1")
