"""The page of test sets: a set made, run, and read down to an answer."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import OpenChat
from tests.browser.test_accessibility import faults
from tests.services.server import Divan


def test_a_question_becomes_a_case_that_is_run_and_read(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    page = chat.page
    chat.ask_echo("Istanbul or Ankara?", "speed=0")
    chat.expect_status("complete")
    chat.questions.first.hover()
    chat.questions.first.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Add to a test set").click()
    dialog = page.get_by_role("dialog", name="Add to a test set")
    dialog.get_by_role("textbox", name="Name").fill("Cities")
    dialog.get_by_role("textbox", name="contains", exact=True).fill("Ankara")
    assert faults(chat) == []
    dialog.get_by_role("button", name="Save").click()
    expect(page).to_have_url(re.compile(r"/testsets/\d{8}-\d{6}-\w{8}$"))
    page.get_by_role("button", name="Run", exact=True).click()
    form = page.get_by_role("form", name="Run")
    form.get_by_role("button", name="Add a model").click()
    chat.choose_model("Echo")
    expect(form.get_by_role("status")).to_contain_text("1 request,")
    form.get_by_role("button", name="Start the run").click()
    results = page.get_by_role("region", name="Results")
    expect(results.get_by_role("status")).to_have_text("1 of 1 passed")
    assert faults(chat) == []
    results.get_by_role("link", name="passed").click()
    expect(chat.answers.first).to_contain_text("Istanbul or Ankara?")
