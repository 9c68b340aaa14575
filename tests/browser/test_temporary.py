"""A temporary chat in the page: marked, in no list, kept when one wants it."""

from playwright.sync_api import expect

from tests.browser.conftest import OpenChat
from tests.services.server import Divan


def test_a_temporary_chat_is_marked_listed_nowhere_and_can_be_kept(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    chat.button("Temporary chat").click()
    expect(chat.page.get_by_text("never written down")).to_be_visible()
    chat.composer.fill("half a thought")
    stored = "() => Object.values({...localStorage}).join().includes('half a thought')"
    assert chat.page.evaluate(stored) is False
    chat.ask_echo("Between you and me", "speed=0")
    path = chat.expect_conversation()
    expect(chat.page.get_by_role("note")).to_contain_text("in memory only")
    expect(chat.rows.filter(has_text="Between you and me")).to_have_count(0)
    chat.page.reload()
    expect(chat.text).to_contain_text("Between you and me")
    expect(chat.rows.filter(has_text="Between you and me")).to_have_count(0)
    chat.button("Keep this conversation").click()
    expect(chat.rows.filter(has_text="Between you and me")).to_be_visible()
    expect(chat.page.get_by_role("note")).to_have_count(0)
    chat.open(path)
    expect(chat.text).to_contain_text("Between you and me")
    expect(chat.page.get_by_role("note")).to_have_count(0)


def test_a_temporary_chat_is_gone_when_it_is_deleted(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    chat.button("Temporary chat").click()
    chat.ask_echo("Forget this", "speed=0")
    path = chat.expect_conversation()
    chat.button("Delete now").click()
    expect(chat.answers).to_have_count(0)
    chat.open(path)
    expect(chat.page.get_by_role("main")).to_contain_text("does not exist")
