"""What a message will cost and has cost, what may be spent, and a model that suits a draft better."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import OpenChat
from tests.browser.model_server import ModelServer
from tests.services.server import Divan, copy_database

CODE = "Please refactor this class and write a unit test for it."


def cost_line(chat: ChatPage) -> Locator:
    return chat.button(re.compile("^What this message will cost"))


@pytest.fixture
def divan_used_up(tmp_path: Path, database_with_tables: Path) -> Iterator[Divan]:
    """Nobody may spend anything there, not even on what is free."""
    copy_database(database_with_tables, tmp_path / "server")
    server = Divan(tmp_path / "server")
    create = "from providers.models import Budget; Budget.objects.create(scope='day', hard_usd=0.0)"
    server.manage("shell", "-c", create)
    with server:
        yield server


def test_a_message_has_a_price_before_and_after_it_is_sent(
    open_chat: OpenChat, divan_with_many: Divan, big_server: ModelServer
) -> None:
    chat = open_chat(divan_with_many)
    expect(cost_line(chat)).to_have_count(0)
    chat.pick_model("model-1")
    chat.composer.fill("Good morning")
    expect(cost_line(chat)).to_have_text("about $0.004")
    cost_line(chat).click()
    estimate = chat.page.get_by_role("dialog", name=re.compile("^What this message will cost"))
    expect(estimate).to_contain_text("about 500 out")
    chat.page.keyboard.press("Escape")
    chat.composer.press("Enter")
    asked = big_server.next_asked()
    asked.say("And to you.")
    asked.finish()
    expect(chat.answer).to_contain_text("$0.000054")
    chat.answer.locator("[data-tip=Details]").click()
    expect(chat.page.get_by_text("$0.000054, computed from the price list")).to_be_visible()


def test_what_is_not_known_is_called_unknown_and_what_is_free_free(
    open_chat: OpenChat, divan_with_many: Divan
) -> None:
    chat = open_chat(divan_with_many)
    chat.pick_model("model-3")
    chat.composer.fill("Good morning")
    expect(cost_line(chat)).to_have_text("cost unknown")
    chat.pick_model("model-2")
    expect(cost_line(chat)).to_have_text("free")
    chat.add_lane("model-4")
    expect(cost_line(chat)).to_have_text("about $0.004")
    chat.add_lane("model-3")
    expect(cost_line(chat)).to_have_text("at least $0.004")
    cost_line(chat).click()
    estimate = chat.page.get_by_role("dialog", name=re.compile("^What this message will cost"))
    expect(estimate).to_contain_text("no price is known for this model")
    expect(estimate.get_by_role("listitem")).to_have_count(3)


def test_spending_is_listed_by_model(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    chat.ask_echo("Hello")
    chat.composer.fill("And again")
    cost_line(chat).click()
    chat.button("Usage & cost").click()
    dialog = chat.page.get_by_role("dialog", name="Usage & cost")
    row = dialog.get_by_role("listitem").filter(has_text="Echo").first
    expect(row).to_contain_text("free")
    expect(row).to_contain_text("request")
    dialog.get_by_label("Period").select_option("This conversation")
    expect(dialog.get_by_text("1 request ").first).to_be_visible()


def test_a_budget_that_is_used_up_is_explained_and_keeps_what_was_written(
    open_chat: OpenChat, divan_used_up: Divan
) -> None:
    chat = open_chat(divan_used_up)
    notice = chat.page.get_by_role("status").filter(has_text="Your budget for today is used up.")
    expect(notice).to_contain_text("It resets at 03:00")
    expect(notice.get_by_role("link", name="Change budgets")).to_be_visible()
    chat.say("One more thing")
    refusal = "The message was not sent. Your budget for today is used up."
    expect(chat.page.get_by_text(refusal, exact=True)).to_be_visible()
    expect(chat.composer).to_have_value("One more thing")


def test_a_model_that_suits_better_is_named_and_taken_or_left_unless_that_is_turned_off(
    open_chat: OpenChat, divan_with_many: Divan
) -> None:
    chat = open_chat(divan_with_many)
    chat.pick_model("model-1")
    suggestion = chat.page.get_by_role("note", name="Suggestion")
    chat.composer.fill(CODE)
    expect(suggestion).to_contain_text("coder-0 may suit this better. It is made for code.")
    chat.button("Not for this message").click()
    expect(suggestion).to_have_count(0)
    chat.composer.fill("")
    chat.composer.fill(CODE)
    chat.button("Use it").click()
    expect(chat.button(re.compile("^Change the model"))).to_contain_text("coder-0")
    expect(suggestion).to_have_count(0)
    expect(chat.composer).to_have_value(CODE)
    chat.composer.fill("")
    chat.button("Settings").click()
    chat.page.get_by_label("Suggest a model that may suit a message better").uncheck()
    chat.page.keyboard.press("Escape")
    chat.pick_model("model-1")
    chat.requests.clear()
    chat.composer.fill(CODE)
    expect(cost_line(chat)).to_be_visible()
    assert not [url for url in chat.requests if url.endswith("/api/models/suggest")]
