"""However many models answer and however wide the page is: who they are and how far each is can be seen."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import OpenChat
from tests.browser.model_server import ModelServer
from tests.services.server import Divan

WIDTHS = (360, 640, 1280, 1600)
OUT_OF_SIGHT = """() => {
  const turn = document.querySelector('[data-turn]')
  const clips = (box) => /auto|scroll|hidden|clip/.test(getComputedStyle(box).overflowX)
  const cut = (box) => clips(box) && box.scrollWidth > box.clientWidth + 1
  const told = []
  const boxes = turn.querySelectorAll('.lanes, .strip, .lanes .head, .lanes .name, .strip .entry')
  for (const box of [turn, ...boxes])
    if (cut(box)) told.push(`cut: ${box.className}`)
  for (const box of turn.querySelectorAll('*')) {
    if (!box.checkVisibility() || box.closest('.visually-hidden')) continue
    const { left, right } = box.getBoundingClientRect()
    if (right > innerWidth + 1 || left < -1) told.push(`outside: ${box.outerHTML.slice(0, 100)}`)
  }
  for (const box of document.querySelectorAll('header .lanes, header .lanes *'))
    if (box.getBoundingClientRect().right > innerWidth + 1) told.push(box.outerHTML.slice(0, 100))
  return told
}"""


def ask_all(chat: ChatPage, count: int) -> None:
    for _ in range(count - 1):
        chat.add_lane("Echo")
    chat.say("/echo speed=0 length=5\nAll of you")
    expect(chat.page.locator("[data-answer][data-status=complete]")).to_have_count(count)


def names_in_sight(chat: ChatPage, count: int) -> set[str]:
    """Of the answers whose head stands in the window, and of those that the list of names leads to."""
    chat.page.locator("[data-turn] .lanes").evaluate("lanes => lanes.scrollIntoView({ block: 'end' })")
    chat.page.locator("[data-turn]").evaluate("turn => turn.scrollIntoView({ block: 'start' })")
    heads = chat.page.locator("[data-turn] .lanes .head .name, [data-turn] .strip .name")
    found: set[str] = set()
    for name in heads.all():
        box = name.bounding_box()
        if box is not None and box["y"] + box["height"] <= chat.page.viewport_size["height"]:  # type: ignore[index]
            found.add(name.inner_text())
    return found


@pytest.mark.parametrize("count", range(2, 9))
def test_every_lane_is_in_sight_at_every_width(open_chat: OpenChat, divan: Divan, count: int) -> None:
    chat = open_chat(divan, viewport={"width": 1600, "height": 900})
    ask_all(chat, count)
    for width in WIDTHS:
        chat.page.set_viewport_size({"width": width, "height": 900})
        strip = chat.page.locator("[data-turn] .strip")
        expected = {f"Echo {number}" for number in range(1, count + 1)}
        chat.page.wait_for_function(f"() => ({OUT_OF_SIGHT})().length === 0")
        assert names_in_sight(chat, count) == expected, f"{count} lanes at {width}"
        rows = chat.page.locator("[data-answer]").evaluate_all(
            "cards => new Set(cards.map((card) => Math.round(card.getBoundingClientRect().top))).size"
        )
        shown = chat.answers.count()
        assert strip.count() == (1 if rows > 1 or shown < count else 0)
        cards = chat.answers.evaluate_all("cards => cards.map((card) => card.getBoundingClientRect().width)")
        assert min(cards) >= min(width - 60, 268), f"{count} lanes at {width}: {cards}"


def test_four_models_stand_two_by_two_where_four_columns_have_no_room(
    open_chat: OpenChat, divan: Divan
) -> None:
    chat = open_chat(divan, viewport={"width": 1280, "height": 900})
    ask_all(chat, 4)
    boxes = [box for answer in chat.answers.all() if (box := answer.bounding_box())]
    assert len({round(box["x"]) for box in boxes}) == 2
    assert len({round(box["y"]) for box in boxes}) == 2


def test_a_name_of_the_list_leads_to_its_answer(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan, viewport={"width": 1280, "height": 600})
    for _ in range(3):
        chat.add_lane("Echo")
    chat.say("/echo speed=0 length=600\nLong")
    expect(chat.page.locator("[data-answer][data-status=complete]")).to_have_count(4)
    strip = chat.page.get_by_role("navigation", name="Answers to this message")
    expect(strip).to_be_in_viewport()
    strip.get_by_role("button", name="Echo 4").focus()
    chat.page.keyboard.press("Enter")
    fourth = chat.answers.nth(3)
    expect(fourth).to_be_focused()
    expect(fourth.locator(".head")).to_be_in_viewport(ratio=1)
    head, names = fourth.locator(".head").bounding_box(), strip.bounding_box()
    assert head is not None
    assert names is not None
    assert head["y"] >= names["y"] + names["height"] - 1, "the list does not lie over the answer's head"
    strip.get_by_role("button", name="Echo 1").click()
    expect(chat.answers.first).to_be_focused()


def test_tabs_are_gone_through_by_keys(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan, viewport={"width": 1600, "height": 800})
    ask_all(chat, 4)
    chat.page.set_viewport_size({"width": 360, "height": 800})
    tabs = chat.page.get_by_role("tab")
    expect(tabs).to_have_count(4)
    expect(tabs.first).to_have_accessible_name("Echo 1: Complete")
    tabs.first.focus()
    for key, place in (("ArrowRight", 1), ("End", 3), ("ArrowRight", 0), ("ArrowLeft", 3), ("Home", 0)):
        chat.page.keyboard.press(key)
        expect(tabs.nth(place)).to_be_focused()
        expect(tabs.nth(place)).to_have_attribute("aria-selected", "true")
        panel = chat.page.get_by_role("tabpanel", name=f"Echo {place + 1}: Complete")
        expect(panel.locator(".head .name")).to_have_text(f"Echo {place + 1}")


def test_the_list_says_who_writes_who_failed_and_who_was_stopped(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    chat = open_chat(divan_with_models, viewport={"width": 360, "height": 800})
    chat.pick_model("quick-one")
    chat.add_lane("slow-one")
    chat.add_lane("third-one")
    chat.button("Add a model").click()
    chat.page.get_by_role("combobox", name="Search models").fill("gone/no-model")
    chat.button("Use “gone/no-model” anyway").click()
    chat.say("All of you")
    asked = models.next_asked_by_model(3)
    tab = chat.page.get_by_role("tab")
    for each in asked.values():
        each.say("begun")
    expect(tab.filter(has_text="no-model")).to_have_accessible_name(re.compile("^no-model: Failed"))
    asked["quick-one"].finish()
    expect(tab.filter(has_text="quick-one")).to_have_accessible_name("quick-one: Complete")
    expect(tab.filter(has_text="slow-one")).to_have_accessible_name("slow-one: Writing")
    tab.filter(has_text="third-one").click()
    chat.button("Stop this answer").click()
    expect(tab.filter(has_text="third-one")).to_have_accessible_name("third-one: Stopped")
    asked["slow-one"].finish()
    expect(tab.filter(has_text="slow-one")).to_have_accessible_name("slow-one: Complete, not read yet")


def test_models_above_a_narrow_conversation_unfold(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan, viewport={"width": 1280, "height": 800})
    for _ in range(5):
        chat.add_lane("Echo")
    changes = chat.page.get_by_role("group", name="Models that answer").locator(".model")
    expect(changes).to_have_count(6)
    chat.page.set_viewport_size({"width": 360, "height": 800})
    expect(changes).to_have_count(1)
    chat.button("5 more").click()
    expect(changes).to_have_count(6)
    for change in changes.all():
        expect(change).to_be_in_viewport(ratio=1)
    chat.button("Fewer").click()
    expect(changes).to_have_count(1)
