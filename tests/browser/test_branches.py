"""Ways through a conversation, as a person makes, sees and compares them."""

from playwright.sync_api import Locator, expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import OpenChat
from tests.services.server import Divan


def menu_of(chat: ChatPage, within: Locator, item: str) -> None:
    within.hover()
    within.get_by_role("button", name="More").click()
    chat.page.get_by_role("menuitem", name=item).click()


def edit_last(chat: ChatPage, text: str) -> None:
    question = chat.questions.last
    question.hover()
    question.get_by_role("button", name="Edit").click()
    chat.page.get_by_role("textbox", name="Edit the message").fill(text)
    chat.button("Send as a new branch").click()
    expect(chat.questions.last).to_contain_text(text)
    chat.expect_status("complete")


def test_branches_are_named_from_a_question_listed_compared_and_shown(
    open_chat: OpenChat, divan: Divan
) -> None:
    chat = open_chat(divan)
    chat.ask_echo("the beginning")
    chat.ask_echo("this way")
    menu_of(chat, chat.questions.last, "Name a branch here")
    chat.page.get_by_role("textbox", name="Name of the branch").fill("First try")
    chat.button("Save").click()
    edit_last(chat, "that way")
    chat.button("Conversation options").click()
    chat.page.get_by_role("menuitem", name="Branches").click()
    dialog = chat.page.get_by_role("dialog")
    expect(dialog.get_by_role("listitem")).to_have_count(2)
    expect(dialog.get_by_role("listitem").last).to_contain_text("First try")
    dialog.get_by_role("button", name="Compare").click()
    expect(dialog.get_by_text("1 turn in common")).to_be_visible()
    expect(dialog.locator("section").first).to_contain_text("that way")
    expect(dialog.locator("section").last).to_contain_text("this way")
    expect(dialog).not_to_contain_text("the beginning")
    dialog.get_by_role("button", name="Branches", exact=True).click()
    dialog.get_by_role("button", name="Show", exact=True).click()
    expect(chat.questions.last).to_contain_text("this way")


def test_a_new_conversation_goes_on_from_an_answer(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    chat.ask_echo("kept")
    first = chat.expect_conversation()
    chat.ask_echo("left behind")
    menu_of(chat, chat.answers.first, "Continue in a new conversation")
    expect(chat.page).not_to_have_url(divan.url + first)
    expect(chat.questions).to_have_count(1)
    expect(chat.questions).to_contain_text("kept")
    chat.ask_echo("elsewhere")
    chat.page.goto(divan.url + first)
    expect(chat.questions).to_have_count(2)


def test_a_named_answer_stays_in_the_list_when_the_conversation_goes_on(
    open_chat: OpenChat, divan: Divan
) -> None:
    chat = open_chat(divan)
    for text in ("one", "two"):
        chat.ask_echo(text)
    menu_of(chat, chat.answers.last, "Name a branch here")
    chat.page.get_by_role("textbox", name="Name of the branch").fill("Second")
    chat.button("Save").click()
    for text in ("three", "four"):
        chat.ask_echo(text)
    chat.button("Conversation options").click()
    chat.page.get_by_role("menuitem", name="Branches").click()
    rows = chat.page.get_by_role("dialog").get_by_role("listitem")
    expect(rows).to_have_count(2)
    expect(rows.last).to_contain_text("Second")
    expect(rows.last).to_contain_text("Ends at: two")
    rows.last.get_by_role("button", name="Show", exact=True).click()
    expect(chat.questions).to_have_count(2)
    expect(chat.questions.last).to_contain_text("two")
