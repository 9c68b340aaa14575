"""A turn of several answers: what failed, one of them alone, their figures, and where two of them differ."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import OpenChat
from tests.browser.model_server import ModelServer
from tests.browser.test_lanes_in_sight import ask_all, open_with
from tests.services.server import Divan

PHONE = {"width": 360, "height": 800}


def add_missing(chat: ChatPage, model: str) -> None:
    chat.button("Add a model").click()
    chat.page.get_by_role("combobox", name="Search models").fill(f"gone/{model}")
    chat.page.get_by_role("option", name=f"Use “gone/{model}” anyway").click()


def card(chat: ChatPage, name: str) -> Locator:
    return chat.answers.filter(
        has=chat.page.locator(".head .name", has_text=re.compile(f"^{re.escape(name)}$"))
    )


def test_what_failed_is_counted_led_to_and_asked_again_at_once(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    chat = open_chat(divan_with_models)
    chat.pick_model("quick-one")
    add_missing(chat, "first-gone")
    add_missing(chat, "second-gone")
    chat.say("All of you")
    asked = models.next_asked()
    asked.say("begun")
    count = chat.button("2 of 3 failed")
    count.click()
    expect(card(chat, "first-gone")).to_be_focused()
    count.click()
    expect(card(chat, "second-gone")).to_be_focused()
    count.click()
    expect(card(chat, "first-gone")).to_be_focused()
    expect(card(chat, "quick-one")).to_have_attribute("data-status", "streaming")
    chat.button("Retry all failed").click()
    for name in ("first-gone", "second-gone"):
        expect(card(chat, name).get_by_text("2/2")).to_be_visible()
        expect(card(chat, name)).to_have_attribute("data-status", "failed")
    asked.finish()
    expect(card(chat, "quick-one")).to_have_attribute("data-status", "complete")
    expect(card(chat, "quick-one").get_by_text("2/2")).to_have_count(0)


@pytest.mark.parametrize("back", ["button", "key"])
def test_one_answer_is_enlarged_and_all_come_back(open_chat: OpenChat, divan: Divan, back: str) -> None:
    chat = open_with(open_chat, divan, 4, 1280, 900)
    ask_all(chat, 4)
    chat.button("Show Echo 2 alone").click()
    expect(chat.answers).to_have_count(1)
    expect(chat.page.get_by_role("tab")).to_have_count(4)
    expect(chat.page.get_by_role("tab", name="Echo 2")).to_have_attribute("aria-selected", "true")
    box, room = chat.answer.bounding_box(), chat.page.locator(".scroller").bounding_box()
    assert box is not None
    assert room is not None
    assert box["width"] > 0.9 * (room["width"] - 64)
    chat.page.get_by_role("tab", name="Echo 3").click()
    expect(chat.answer.locator(".head .name")).to_have_text("Echo 3")
    if back == "button":
        chat.button("Show all").click()
    else:
        chat.page.keyboard.press("Escape")
    expect(chat.answers).to_have_count(4)
    expect(card(chat, "Echo 3")).to_be_focused()
    expect(chat.page.get_by_role("tab")).to_have_count(0)


def test_who_enlarges_an_answer_with_the_keyboard_goes_on_with_it(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_with(open_chat, divan, 4, 1280, 900)
    ask_all(chat, 4)
    chat.button("Show Echo 2 alone").focus()
    chat.page.keyboard.press("Enter")
    expect(chat.page.get_by_role("tab", name="Echo 2")).to_be_focused()
    chat.page.keyboard.press("ArrowRight")
    expect(chat.answer.locator(".head .name")).to_have_text("Echo 3")
    chat.page.keyboard.press("Escape")
    expect(chat.answers).to_have_count(4)


def swipe(chat: ChatPage, by: int, *, down: int = 0) -> None:
    """A finger's way over the open answer, `by` pixels sideways."""
    box = chat.answer.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + 20
    touch = chat.page.context.new_cdp_session(chat.page)
    for kind, at in (("touchStart", 0.0), ("touchMove", 0.5), ("touchMove", 1.0), ("touchEnd", 1.0)):
        points = [] if kind == "touchEnd" else [{"x": x + at * by, "y": y + at * down}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    touch.detach()


def test_a_finger_goes_from_answer_to_answer_on_a_phone(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan, viewport=PHONE, has_touch=True)
    ask_all_on_a_phone(chat, 3)
    name = chat.answer.locator(".head .name")
    expect(name).to_have_text("Echo 1")
    for by, then in ((-120, "Echo 2"), (-120, "Echo 3"), (-120, "Echo 3"), (120, "Echo 2"), (20, "Echo 2")):
        swipe(chat, by)
        expect(name).to_have_text(then)
    swipe(chat, 60, down=90)
    expect(name).to_have_text("Echo 2")
    swipe(chat, 120)
    expect(name).to_have_text("Echo 1")


def ask_all_on_a_phone(chat: ChatPage, count: int) -> None:
    for _ in range(count - 1):
        chat.add_lane("Echo")
    # On a touch keyboard Enter makes a new line.
    chat.composer.fill("/echo speed=0 length=5\nAll of you")
    chat.button("Send").click()
    tabs = chat.page.get_by_role("tab", name=re.compile("Complete"))
    expect(tabs).to_have_count(count)


def test_what_ended_behind_a_tab_is_marked_until_it_is_looked_at(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    chat = open_chat(divan_with_models, viewport=PHONE)
    chat.pick_model("quick-one")
    chat.add_lane("slow-one")
    chat.say("Both of you")
    asked = models.next_asked_by_model(2)
    for each in asked.values():
        each.say("begun")
    tabs = chat.page.get_by_role("tab")
    expect(tabs).to_have_count(2)
    first, second = tabs.first, tabs.last
    expect(first).to_have_accessible_name("quick-one: Writing")
    for each in asked.values():
        each.finish()
    expect(second).to_have_accessible_name("slow-one: Complete, not read yet")
    expect(first).to_have_accessible_name("quick-one: Complete")
    second.click()
    expect(second).to_have_accessible_name("slow-one: Complete")


def test_the_figures_of_a_turn_sort(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    chat = open_chat(divan_with_models)
    chat.pick_model("quick-one")
    chat.add_lane("slow-one")
    add_missing(chat, "no-model")
    chat.say("Both of you")
    asked = models.next_asked_by_model(2)
    asked["slow-one"].say("first to end")
    asked["slow-one"].finish()
    expect(card(chat, "slow-one")).to_have_attribute("data-status", "complete")
    asked["quick-one"].say("last to end")
    asked["quick-one"].finish()
    expect(card(chat, "quick-one")).to_have_attribute("data-status", "complete")
    chat.button("Figures").click()
    table = chat.page.get_by_role("table")
    rows = table.locator("tbody th")
    expect(rows).to_have_text(["quick-one", "slow-one", re.compile("no-model.*Failed")])
    time = table.get_by_role("columnheader", name="Time", exact=True)
    time.get_by_role("button").click()
    expect(time).to_have_attribute("aria-sort", "ascending")
    shown = rows.all_inner_texts()
    assert shown.index("slow-one") < shown.index("quick-one")
    time.get_by_role("button").click()
    expect(time).to_have_attribute("aria-sort", "descending")
    shown = rows.all_inner_texts()
    assert shown.index("quick-one") < shown.index("slow-one")
    chat.page.keyboard.press("Escape")
    expect(table).to_have_count(0)


MARKED = """name => {
  const said = [...(CSS.highlights.get(name) ?? [])].map((range) => range.toString())
  return said.join(' ')
}"""


def test_any_two_answers_are_compared_as_they_are_read(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    said = {
        "quick-one": "# Cats\n\n| name | age |\n|---|---|\n| Duman | **4** |\n",
        "slow-one": "# Cats\n\n| name | age |\n|---|---|\n| Tekir | **4** |\n",
        "third-one": "# Cats\n\n| name | age |\n|---|---|\n| Duman | **4** |\n",
    }
    chat = open_chat(divan_with_models)
    chat.pick_model("quick-one")
    chat.add_lane("slow-one")
    chat.add_lane("third-one")
    chat.say("Which cats?")
    for model, each in models.next_asked_by_model(3).items():
        each.say(said[model])
        each.finish()
    expect(chat.page.locator("[data-answer][data-status=complete]")).to_have_count(3)
    chat.button("Differences").click()
    dialog = chat.page.get_by_role("dialog")
    expect(dialog.get_by_role("table")).to_have_count(2)
    chat.page.wait_for_function(f"() => ({MARKED})('only-first') === 'Duman'")
    assert chat.page.evaluate(MARKED, "only-second") == "Tekir"
    choices = dialog.get_by_role("combobox")
    choices.nth(1).select_option(label="third-one")
    expect(dialog.get_by_text("These two answers are the same, word for word.")).to_be_visible()
    assert chat.page.evaluate(MARKED, "only-first") == ""
    choices.nth(0).select_option(label="slow-one")
    chat.page.wait_for_function(f"() => ({MARKED})('only-first') === 'Tekir'")
    dialog.get_by_role("radio", name="As one text").check()
    expect(dialog.locator("del")).to_have_text("Tekir")
    expect(dialog.locator("ins")).to_have_text("Duman")
    choices.nth(0).select_option(label="third-one")
    expect(dialog.get_by_text("Choose two different answers")).to_be_visible()


def test_the_title_says_that_it_is_being_answered(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    chat = open_chat(divan_with_models)
    chat.pick_model("quick-one")
    chat.say("Slowly")
    asked = models.next_asked()
    asked.say("begun")
    expect(chat.page).to_have_title(re.compile("^… "))
    asked.finish()
    expect(chat.page).not_to_have_title(re.compile("^… "))
