"""The metrics page: figures of one's own answers, and the leaderboard that votes make."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import OpenChat
from tests.browser.model_server import ModelServer
from tests.browser.test_accessibility import faults
from tests.browser.test_blind import ask_blind
from tests.browser.test_lanes import open_with_two
from tests.services.server import Divan


def test_figures_and_the_leaderboard_follow_answers_and_votes(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    chat = open_with_two(open_chat, divan_with_models)
    page = chat.page
    ask_blind(chat, models)
    conversation = chat.expect_conversation()
    chat.button("Equally good").click()
    expect(page.get_by_text("Which is best?")).to_have_count(0)
    page.get_by_role("link", name="Metrics").click()
    expect(page).to_have_url(re.compile("/metrics$"))
    board = page.get_by_role("region", name="My leaderboard")
    expect(board.get_by_role("row")).to_have_count(3)
    judged = board.get_by_role("row").filter(has_text="slow-one")
    expect(judged).to_contain_text("too few votes")
    expect(judged.get_by_role("cell")).to_contain_text(["1,000", "–", "0", "0", "1"])
    compared = page.get_by_role("region", name="Comparison")
    expect(compared.get_by_role("row", name=re.compile("^quick-one"))).to_contain_text("+0 −0")
    assert faults(chat) == []
    days = page.locator(".chart .u-over")
    box = days.bounding_box()
    assert box is not None
    days.click(position={"x": box["width"] * 29.5 / 30, "y": box["height"] / 2})
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name=re.compile("^Remove the filter Answered"))).to_be_visible()
    expect(dialog.get_by_role("option").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    compared.get_by_role("button", name="Server").click()
    expect(compared.get_by_role("row")).to_have_count(2)
    compared.get_by_role("button", name="Model").click()
    compared.get_by_role("button", name="quick-one").click()
    found = page.get_by_role("dialog").get_by_role("option")
    expect(found.first).to_be_visible()
    found.first.click()
    expect(page).to_have_url(re.compile(f"{conversation}$"))


def test_a_column_sorts_by_what_is_pressed(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    chat = open_with_two(open_chat, divan_with_models)
    ask_blind(chat, models)
    chat.page.goto(f"{chat.url}/metrics")
    table = chat.page.get_by_role("region", name="Comparison").get_by_role("table")
    names = table.locator("tbody th")
    header = table.get_by_role("columnheader", name="Model")
    header.get_by_role("button").click()
    expect(header).to_have_attribute("aria-sort", "ascending")
    expect(names.first).to_contain_text("quick-one")
    header.get_by_role("button").click()
    expect(header).to_have_attribute("aria-sort", "descending")
    expect(names.first).to_contain_text("slow-one")


BROKEN = """texts => texts.flatMap(text => {
  const place = document.querySelector('.total strong')
  place.textContent = text
  return [...text.matchAll(/\\S+/g)].filter(word => {
    const range = document.createRange()
    range.setStart(place.firstChild, word.index)
    range.setEnd(place.firstChild, word.index + word[0].length)
    return range.getClientRects().length !== 1
  }).map(word => word[0])
})"""
COSTS = ["ücretsiz", "maliyet bilinmiyor", "стоимость неизвестна", "at least $1,234.56", "50.400"]


def test_no_word_above_the_chart_is_broken(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    chat = open_with_two(open_chat, divan_with_models)
    ask_blind(chat, models)
    chat.page.goto(f"{chat.url}/metrics")
    expect(chat.page.locator(".total strong").first).to_be_visible()
    for width in (360, 900, 1280):
        chat.page.set_viewport_size({"width": width, "height": 800})
        assert chat.page.evaluate(BROKEN, COSTS) == [], width


def test_without_any_answer_the_page_says_what_will_stand_there(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    chat.page.goto(f"{chat.url}/metrics")
    expect(chat.page.get_by_text("No model answered in this period.")).to_be_visible()
    expect(chat.page.get_by_text("No answers have been compared yet.")).to_be_visible()
    assert faults(chat) == []
