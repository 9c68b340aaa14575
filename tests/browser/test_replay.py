"""A conversation asked again from the page: models, estimate, answers as they come, and the comparison."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import OpenChat
from tests.browser.test_share import open_menu
from tests.services.server import Divan


def test_a_conversation_is_asked_again_and_compared(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    chat.ask_echo("What is a divan?", "speed=0")
    first = chat.expect_conversation()
    open_menu(chat, "Re-run with other models…")
    dialog = chat.page.get_by_role("dialog")
    expect(dialog.get_by_role("status")).to_contain_text("About 1 answer,")
    turns = dialog.get_by_role("textbox", name="Turns")
    turns.fill("7")
    expect(dialog.get_by_role("status")).to_contain_text("The conversation has 1 turn.")
    expect(dialog.get_by_role("button", name="Re-run")).to_be_disabled()
    turns.fill("")
    dialog.get_by_role("button", name="Re-run").click()
    expect(chat.page).not_to_have_url(re.compile(first + "$"))
    chat.expect_status("complete")
    expect(chat.questions.first).to_contain_text("What is a divan?")
    chat.button("Compare the answers").click()
    expect(dialog).to_contain_text("The same words")
    dialog.get_by_text("The same words").click()
    expect(dialog).to_contain_text("What is a divan?")
    dialog.get_by_role("link").click()
    expect(chat.page).to_have_url(re.compile(first + "$"))
    expect(chat.button("Compare the answers")).to_have_count(0)
