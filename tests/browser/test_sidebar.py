"""The list of conversations: rename, delete and take it back, find, and know which ones are answering."""

import re

from playwright.sync_api import Locator, expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import OpenChat
from tests.services.server import Divan


def row(chat: ChatPage, title: str) -> Locator:
    return chat.rows.filter(has_text=title)


def choose(chat: ChatPage, title: str, action: str) -> None:
    row(chat, title).hover()
    row(chat, title).get_by_role("button", name=re.compile("^Actions for")).click()
    chat.page.get_by_role("menuitem", name=action).click()


def test_a_name_that_a_person_gave_stays_and_escape_keeps_the_old(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    chat.ask_echo("Name me", "speed=0")
    path = chat.expect_conversation()
    choose(chat, "Name me", "Rename")
    box = chat.page.get_by_role("textbox", name="Title of the conversation")
    box.fill("Another")
    box.press("Escape")
    expect(row(chat, "Name me")).to_be_visible()
    expect(row(chat, "Another")).to_have_count(0)
    choose(chat, "Name me", "Rename")
    expect(box).to_be_focused()
    box.fill("A name of my own")
    box.press("Enter")
    expect(row(chat, "A name of my own")).to_be_visible()
    chat.ask_echo("Once more", "speed=0")
    chat.page.reload()
    expect(row(chat, "A name of my own")).to_be_visible()
    other = open_chat(divan, path)
    expect(row(other, "A name of my own")).to_be_visible()


def test_a_deleted_conversation_is_gone_in_every_tab_and_can_be_taken_back(
    open_chat: OpenChat, divan: Divan
) -> None:
    one = open_chat(divan)
    one.ask_echo("Delete me", "speed=0")
    path = one.expect_conversation()
    two = open_chat(divan)
    expect(row(two, "Delete me")).to_be_visible()
    choose(one, "Delete me", "Delete")
    expect(row(two, "Delete me")).to_have_count(0)
    two.page.goto(divan.url + path)
    expect(two.page.get_by_text("does not exist")).to_be_visible()
    expect(row(one, "Delete me")).to_have_count(0)
    expect(one.answers).to_have_count(0)
    one.undo("moved to the trash.")
    expect(row(one, "Delete me")).to_be_visible()
    one.open(path)
    one.expect_status("complete")
    expect(one.text).to_contain_text("Delete me")


def test_the_search_box_finds_by_title(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    chat.ask_echo("Zebra crossing", "speed=0")
    chat.new_chat()
    chat.ask_echo("Giraffe feeding", "speed=0")
    chat.page.get_by_role("textbox", name="Search conversations").fill("zebra")
    expect(row(chat, "Giraffe feeding")).to_have_count(0)
    expect(row(chat, "Zebra crossing")).to_be_visible()


def test_a_conversation_that_answers_is_marked_until_it_has(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    chat.say("/echo stall=3\nBusy one")
    mark = row(chat, "Busy one").get_by_label("Answering")
    expect(mark).to_be_visible()
    chat.new_chat()
    expect(mark).to_be_visible()
    row(chat, "Busy one").click()
    chat.button("Stop").click()
    chat.expect_status("stopped")
    expect(mark).to_have_count(0)


def test_the_menu_of_a_long_title_is_in_reach(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    chat.ask_echo(
        "A title that is a good deal longer than the sidebar is wide, so it has to be cut", "speed=0"
    )
    one = row(chat, "A title that is a good deal longer")
    one.hover()
    expect(one.get_by_role("button")).to_be_visible()
    menu = one.get_by_role("button").bounding_box()
    sidebar = chat.page.get_by_role("complementary").bounding_box()
    assert menu is not None
    assert sidebar is not None
    assert menu["x"] + menu["width"] <= sidebar["x"] + sidebar["width"]
