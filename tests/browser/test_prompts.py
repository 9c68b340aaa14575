"""Prompts that a person keeps, written with `/`."""

from playwright.sync_api import expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import OpenChat
from tests.services.server import Divan

TEXT = "Write to {{who}} about {{what}}."


def keep(chat: ChatPage, name: str, text: str) -> None:
    chat.composer.press_sequentially("/")
    chat.page.get_by_role("option", name="Manage prompts").click()
    dialog = chat.page.get_by_role("dialog", name="Prompts")
    dialog.get_by_role("button", name="New prompt").click()
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_label("Text").fill(text)
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("listitem").filter(has_text=f"/{name}")).to_contain_text(text)
    chat.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_a_prompt_is_kept_and_its_blanks_are_gone_through_with_tab(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    keep(chat, "Polite letter", TEXT)
    chat.composer.press_sequentially("Please. /let")
    expect(chat.page.get_by_role("option")).to_have_count(1)
    chat.composer.press("Enter")
    expect(chat.composer).to_have_value(f"Please. {TEXT}")
    for word in ("Ann", "the roof"):
        chat.page.keyboard.type(word)
        chat.page.keyboard.press("Tab")
    expect(chat.composer).to_have_value("Please. Write to Ann about the roof.")
    expect(chat.composer).not_to_be_focused()
    chat.composer.press("Enter")
    expect(chat.questions.last).to_contain_text("Write to Ann about the roof.")
    chat.expect_status("complete")


def test_what_is_blank_twice_is_filled_in_once(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    chat.composer.fill("Dear {{who}}, about {{what}}: call me, {{who}}!")
    chat.composer.press("Home")
    chat.page.keyboard.press("Tab")
    chat.page.keyboard.type("Ann")
    chat.page.keyboard.press("Tab")
    expect(chat.composer).to_have_value("Dear Ann, about {{what}}: call me, Ann!")
    chat.page.keyboard.type("the roof")
    chat.composer.press("Enter")
    expect(chat.questions.last).to_contain_text("Dear Ann, about the roof: call me, Ann!")
    chat.composer.fill("{{who}} and {{who}} again")
    chat.composer.press("Home")
    chat.page.keyboard.press("Tab")
    chat.page.keyboard.type("Bob")
    chat.composer.press("Enter")
    expect(chat.questions.last).to_contain_text("Bob and Bob again")


def test_a_path_is_no_prompt_and_what_is_deleted_is_not_offered(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    keep(chat, "Etching", "Describe an etching.")
    chat.composer.press_sequentially("/et")
    expect(chat.page.get_by_role("option")).to_have_count(1)
    chat.composer.press_sequentially("c/hosts")
    expect(chat.page.get_by_role("option")).to_have_count(0)
    chat.composer.press("Enter")
    expect(chat.questions.last).to_contain_text("/etc/hosts")
    chat.composer.press_sequentially("/")
    chat.page.get_by_role("option", name="Manage prompts").click()
    row = chat.page.get_by_role("listitem").filter(has_text="/Etching")
    row.get_by_role("button", name="Delete").click()
    question = chat.page.get_by_role("dialog", name="Delete the prompt")
    question.get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)
    chat.page.keyboard.press("Escape")
    chat.composer.press_sequentially("/etch")
    expect(chat.page.get_by_role("option")).to_have_count(0)


def test_a_message_is_kept_as_a_prompt(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    chat.ask_echo("Name three rivers.")
    chat.questions.last.hover()
    chat.questions.last.get_by_role("button", name="More").click()
    chat.page.get_by_role("menuitem", name="Save as a prompt").click()
    dialog = chat.page.get_by_role("dialog", name="Prompts")
    expect(dialog.get_by_role("button", name="Save")).to_be_disabled()
    dialog.get_by_label("Name").fill("Rivers")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("listitem").filter(has_text="/Rivers")).to_contain_text("Name three rivers.")


def test_a_persons_own_prompts_are_the_buttons_of_the_empty_page(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    own = chat.page.get_by_role("button", name="My own start", exact=True)
    ours = chat.page.locator(".empty .prompt")
    expect(ours).to_have_count(4)
    chat.composer.press_sequentially("/")
    chat.page.get_by_role("option", name="Manage prompts").click()
    dialog = chat.page.get_by_role("dialog", name="Prompts")
    dialog.get_by_role("button", name="New prompt").click()
    dialog.get_by_label("Name").fill("My own start")
    dialog.get_by_label("Text").fill("Plan my {{day}}.")
    dialog.get_by_label("Show on the empty page").check()
    dialog.get_by_role("button", name="Save").click()
    chat.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(ours).to_have_count(1)
    chat.page.reload()
    own.click()
    expect(chat.composer).to_have_value("Plan my {{day}}.")
    expect(chat.composer).to_be_focused()
