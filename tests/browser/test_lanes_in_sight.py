"""However many models answer and however wide the page is: who they are and how far each is can be seen."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import OpenChat
from tests.browser.model_server import ModelServer
from tests.services.processes import wait_until
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
  for (const box of document.querySelectorAll('header, header *')) {
    if (!box.checkVisibility({ visibilityProperty: true })) continue
    const { right } = box.getBoundingClientRect()
    if (right > innerWidth + 1) told.push(`header: ${box.outerHTML.slice(0, 100)}`)
  }
  return told
}"""


def open_with(open_chat: OpenChat, divan: Divan, count: int, width: int, height: int) -> ChatPage:
    """With so many lanes, by a link: to add each by hand is what `test_lanes` does."""
    link = ",".join(["echo/echo"] * count)
    chat = open_chat(divan, f"/?models={link}", viewport={"width": width, "height": height})
    expect(chat.page.locator("#lanes .chip")).to_have_count(count)
    return chat


def ask_all(chat: ChatPage, count: int, length: int = 5) -> None:
    chat.say(f"/echo speed=0 length={length}\nAll of you")
    expect(chat.page.locator("[data-answer][data-status=complete]")).to_have_count(count)


# All at one moment: the list of names becomes short or long while the page is scrolled.
NAMES_IN_THE_WINDOW = """names => names
  .filter((name) => name.checkVisibility() && name.getBoundingClientRect().bottom <= innerHeight)
  .map((name) => name.innerText)"""


def wait_until_in_sight(chat: ChatPage, expected: set[str], what: str) -> None:
    """Of the answers whose head stands in the window, and of those that the list of names leads to."""
    heads = chat.page.locator("[data-turn] .lanes .head .name, [data-turn] .strip .name")

    def are_in_sight() -> bool:
        chat.page.locator("[data-turn] .lanes").evaluate("lanes => lanes.scrollIntoView({ block: 'end' })")
        chat.page.locator("[data-turn]").evaluate("turn => turn.scrollIntoView({ block: 'start' })")
        return set(heads.evaluate_all(NAMES_IN_THE_WINDOW)) == expected

    wait_until(are_in_sight, seconds=10, what=what)


@pytest.mark.parametrize("count", range(2, 9))
def test_every_lane_is_in_sight_at_every_width(open_chat: OpenChat, divan: Divan, count: int) -> None:
    chat = open_with(open_chat, divan, count, 1600, 900)
    ask_all(chat, count)
    for width in WIDTHS:
        chat.page.set_viewport_size({"width": width, "height": 900})
        strip = chat.page.locator("[data-turn] .strip")
        expected = {f"Echo {number}" for number in range(1, count + 1)}
        chat.page.wait_for_function(f"() => ({OUT_OF_SIGHT})().length === 0")
        wait_until_in_sight(chat, expected, f"the names of {count} lanes at {width}")
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
    chat = open_with(open_chat, divan, 4, 1280, 900)
    ask_all(chat, 4)
    boxes = [box for answer in chat.answers.all() if (box := answer.bounding_box())]
    assert len({round(box["x"]) for box in boxes}) == 2
    assert len({round(box["y"]) for box in boxes}) == 2


def test_a_name_of_the_list_leads_to_its_answer(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_with(open_chat, divan, 4, 1280, 600)
    ask_all(chat, 4, length=600)
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
    chat = open_with(open_chat, divan, 4, 1600, 800)
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
    chat.page.get_by_role("option", name="Use “gone/no-model” anyway").click()
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


LANES = "Models that answer"
NEXT_FRAME = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def names_of_lanes(chat: ChatPage) -> list[str]:
    """Of the lanes that can be seen and pressed in the header."""
    buttons = chat.page.get_by_role("group", name=LANES).get_by_role("button", name=re.compile("^Change"))
    return buttons.locator(".name").all_inner_texts()


def wait_until_settled(chat: ChatPage, rest: Locator, count: int) -> None:
    """The chips that have room are counted in the next frame; a button says how many have none."""

    def holds() -> bool:
        shown = len(names_of_lanes(chat))
        if shown == count or rest.count() == 0:
            return shown == count and rest.count() == 0
        return shown == 0 or rest.inner_text() == f"{count - shown} more"

    chat.page.evaluate(NEXT_FRAME)
    wait_until(holds, seconds=10, what="as many lanes in the header as have room")


@pytest.mark.parametrize("count", [1, 2, 5, 8])
def test_the_header_is_one_row_and_leads_to_every_lane(open_chat: OpenChat, divan: Divan, count: int) -> None:
    chat = open_with(open_chat, divan, count, 1600, 900)
    ask_all(chat, count)
    every = ["Echo"] if count == 1 else [f"Echo {number}" for number in range(1, count + 1)]
    header = chat.page.get_by_role("banner").or_(chat.page.locator("main header.header")).first
    for width in (1600, 1280, 640, 360):
        chat.page.set_viewport_size({"width": width, "height": 900})
        chat.page.wait_for_function(f"() => ({OUT_OF_SIGHT})().length === 0")
        expect(header).to_have_css("height", "56px")
        rest = header.locator("[aria-controls=lanes]")
        wait_until_settled(chat, rest, count)
        shown = names_of_lanes(chat)
        assert shown == every[: len(shown)], f"{count} lanes at {width}"
        if len(shown) == count:
            expect(rest).to_have_count(0)
            continue
        for name in every:
            if width == 360:
                expect(rest).to_have_accessible_name(re.compile(name))
        rest.click()
        expect(chat.page.get_by_role("group", name=LANES).locator(".model").last).to_be_in_viewport(ratio=1)
        assert names_of_lanes(chat) == every
        chat.page.wait_for_function(f"() => ({OUT_OF_SIGHT})().length === 0")
        rest.click()
        expect(header).to_have_css("height", "56px")


def test_before_anything_is_said_every_lane_stands_in_the_header(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan, viewport={"width": 360, "height": 900})
    for _ in range(5):
        chat.add_lane("Echo")
    changes = chat.page.get_by_role("group", name=LANES).locator(".model")
    expect(changes).to_have_count(6)
    for change in changes.all():
        expect(change).to_be_in_viewport(ratio=1)
    expect(chat.button("Add a model")).to_be_in_viewport(ratio=1)


def test_lanes_are_put_in_another_order_and_their_answers_with_them(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    chat = open_chat(divan_with_models, viewport={"width": 1600, "height": 900})
    chat.pick_model("quick-one")
    chat.add_lane("slow-one")
    chat.say("Both of you")
    for model, asked in models.next_asked_by_model(2).items():
        asked.say(f"I am {model}")
        asked.finish()
    expect(chat.page.locator("[data-answer][data-status=complete]")).to_have_count(2)
    heads = chat.page.locator("[data-turn] .lanes .head .name")
    expect(heads).to_have_text(["quick-one", "slow-one"])
    chips = chat.page.get_by_role("group", name=LANES).locator(".chip")
    chips.nth(1).drag_to(chips.nth(0))
    expect(heads).to_have_text(["slow-one", "quick-one"])
    expect(chips.nth(0)).to_contain_text("slow-one")
    chat.button("Settings for slow-one").click()
    chat.button("Move right").click()
    expect(heads).to_have_text(["quick-one", "slow-one"])
    chat.page.reload()
    expect(heads).to_have_text(["quick-one", "slow-one"])


# Of each entry of the list: whether it is whole in the window below the header, and how wide its name is.
ENTRIES = """() => {
  const top = document.querySelector('main header.header').getBoundingClientRect().bottom
  return [...document.querySelectorAll('.strip .entry')].map((entry) => {
    const { left, right, ...box } = entry.getBoundingClientRect().toJSON()
    const sign = entry.firstElementChild.getBoundingClientRect()
    const holdsSign = sign.left >= left && sign.right <= right
    return {
      whole: box.top >= top - 1 && left >= 0 && right <= innerWidth && holdsSign,
      name: entry.querySelector('.name').getBoundingClientRect().width,
      line: Math.round(box.top),
    }
  })
}"""
# How much of the window an answer's text may fill, below its head and above what one writes in.
ROOM = """() => {
  const head = document.querySelector('[data-answer] .head').getBoundingClientRect()
  return (document.querySelector('.dock').getBoundingClientRect().top - head.bottom) / innerHeight
}"""
# In another width a long text finds its lines in two or three frames. Asked once in each frame.
LENGTH_RESTS = """() => {
  const { scrollHeight } = document.querySelector('.scroller')
  window.lengths = [...(window.lengths ?? []), scrollHeight].slice(-4)
  return window.lengths.length === 4 && new Set(window.lengths).size === 1
}"""
AT_THE_END = """() => {
  const { scrollHeight, clientHeight, scrollTop } = document.querySelector('.scroller')
  return scrollHeight - clientHeight - scrollTop <= 2
}"""


@pytest.mark.parametrize("count", range(2, 9))
def test_names_and_states_stay_in_sight_and_leave_the_text_most_of_a_phone(
    open_chat: OpenChat, divan: Divan, count: int
) -> None:
    chat = open_with(open_chat, divan, count, 1600, 900)
    ask_all(chat, count, length=400)
    for width, height in ((360, 740), (640, 800)):
        chat.page.set_viewport_size({"width": width, "height": height})
        expect(chat.page.locator(".strip .entry")).to_have_count(0 if (width, count) == (640, 2) else count)
        scroller = chat.page.locator(".scroller")
        scroller.evaluate("box => box.scrollTo(0, box.scrollHeight)")
        chat.page.wait_for_function(AT_THE_END)
        chat.page.wait_for_function(LENGTH_RESTS)
        length = scroller.evaluate("box => box.scrollHeight")
        wait_until(
            lambda: all(entry["whole"] and entry["name"] > 20 for entry in chat.page.evaluate(ENTRIES)),
            seconds=10,
            what=f"{count} entries at {width}",
        )
        lines = {entry["line"] for entry in chat.page.evaluate(ENTRIES)}
        assert len(lines) <= -(-count // (4 if width == 360 else 7)), f"{count} entries at {width}"
        wait_until(lambda: chat.page.evaluate(ROOM) > 0.5, seconds=10, what=f"room beside {count} at {width}")
        assert chat.page.evaluate(AT_THE_END), "nothing moves when the list becomes short"
        assert scroller.evaluate("box => box.scrollHeight") == length
        chat.page.locator("[data-turn]").evaluate("turn => turn.scrollIntoView({ block: 'start' })")
        names = chat.page.locator(".strip .entry .name")
        chat.page.wait_for_function(
            """() => [...document.querySelectorAll('.strip .entry .name')].every((name) => {
              return name.scrollWidth <= name.clientWidth + 1 && name.getBoundingClientRect().top > 0
            })"""
        )
        assert names.all_inner_texts() == [f"Echo {number}" for number in range(1, names.count() + 1)]
        assert scroller.evaluate("box => box.scrollHeight") == length


def test_a_short_list_tells_a_name_whole_where_it_is_pointed_at(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_with(open_chat, divan, 8, 1600, 900)
    ask_all(chat, 8, length=400)
    chat.page.set_viewport_size({"width": 360, "height": 740})
    tab = chat.page.get_by_role("tab", name="Echo 7")
    chat.page.locator(".scroller").evaluate("box => box.scrollTo(0, box.scrollHeight)")
    expect(tab).to_have_attribute("data-tip", "Echo 7")
    tab.click()
    expect(tab).to_have_attribute("aria-selected", "true")
    expect(chat.answer.locator(".head .name")).to_have_text("Echo 7")
    chat.page.set_viewport_size({"width": 500, "height": 740})
    chat.page.locator("[data-turn]").evaluate("turn => turn.scrollIntoView({ block: 'start' })")
    expect(tab).not_to_have_attribute("data-tip", "Echo 7")


def test_the_head_of_an_answer_stands_at_its_top_however_many_names_there_are(
    open_chat: OpenChat, divan: Divan
) -> None:
    chat = open_with(open_chat, divan, 8, 1600, 800)
    ask_all(chat, 8)
    chat.page.set_viewport_size({"width": 360, "height": 800})
    expect(chat.answers).to_have_count(1)
    chat.page.locator("[data-turn] .lanes").evaluate("lanes => lanes.scrollIntoView({ block: 'end' })")
    top, head = chat.answer.bounding_box(), chat.answer.locator(".head").bounding_box()
    bar = chat.page.locator("main header.header").bounding_box()
    assert top is not None
    assert head is not None
    assert bar is not None
    assert head["y"] <= max(top["y"] + 20, bar["y"] + bar["height"] + 1), "it does not lie over the text"
