"""A conversation opens with its newest turn; what stands before it comes step by step and moves nothing."""

import itertools
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser import long_conversation
from tests.browser.conftest import OpenChat
from tests.services.processes import wait_until
from tests.services.server import Divan

# Lets a test say when the page gets frames, and notes which turns stand on it after each of its steps.
FRAMES_ON_DEMAND = """
  const native = window.requestAnimationFrame.bind(window)
  const waiting = []
  let open = false
  window.requestAnimationFrame = (run) => (open ? native(run) : waiting.push(run))
  window.letFramesCome = () => {
    open = true
    for (const run of waiting.splice(0)) native(run)
  }
  window.steps = []
  new MutationObserver(() => {
    const turns = [...document.querySelectorAll('[data-turn]')].map((turn) => turn.dataset.turn)
    if (turns.length && turns.join() !== window.steps.at(-1)?.join()) window.steps.push(turns)
  }).observe(document, { subtree: true, childList: true })
"""
LONG = "\n\n".join(f"Paragraph {number} of an answer that is taller than the window." for number in range(60))


def open_in_steps(open_chat: OpenChat, divan: Divan, contexts: Any, turns: int) -> Any:
    context = contexts(viewport={"width": 1000, "height": 700})
    context.add_init_script(FRAMES_ON_DEMAND)
    conversation = long_conversation.write(divan, turns, more=LONG)
    chat = open_chat(divan, f"/c/{conversation}", context=context)
    expect(chat.answers).to_have_count(1)
    expect(chat.answer).to_contain_text(f"answered{turns - 1}.")
    return chat


@pytest.mark.parametrize("turns", [2, 9, 24, 40])
def test_the_newest_turn_comes_first_and_the_others_upwards(
    open_chat: OpenChat, divan: Divan, contexts: Any, turns: int
) -> None:
    chat = open_in_steps(open_chat, divan, contexts, turns)
    chat.page.evaluate("letFramesCome()")
    if turns <= 24:
        expect(chat.answers).to_have_count(turns)
    else:
        expect(chat.page.locator(".scroller.long")).to_have_count(1)
        expect(chat.page.locator("[data-turn]").first).not_to_have_attribute("data-turn", f"u{turns - 1}")
    expect(chat.page.locator("[data-turn]").last).to_be_in_viewport()
    steps = chat.page.evaluate("window.steps")
    assert steps[0] == [f"u{turns - 1}"]
    for before, after in itertools.pairwise(steps):
        shared = [turn for turn in after if turn in before]
        assert after[-1] == f"u{turns - 1}"
        if turns <= 24:
            assert shared == before, "what is drawn stays drawn"


def test_the_place_of_a_reader_stays_while_turns_come_above_it(
    open_chat: OpenChat, divan: Divan, contexts: Any
) -> None:
    chat = open_in_steps(open_chat, divan, contexts, 20)
    place = chat.answer.get_by_text("Paragraph 20 of")
    scroller = chat.page.locator(".scroller")
    scroller.hover()
    chat.page.mouse.wheel(0, -100)
    # A wheel turns for a while, and would go on turning after what is measured next.
    chat.page.wait_for_function(
        """() => {
          const { scrollHeight, clientHeight, scrollTop } = document.querySelector('.scroller')
          return scrollHeight - clientHeight - scrollTop >= 99
        }""",
        polling=20,
    )
    place.evaluate("element => element.scrollIntoView({ block: 'center' })")
    top = place.evaluate("element => element.getBoundingClientRect().top")
    chat.page.evaluate("letFramesCome()")
    expect(chat.answers).to_have_count(20)
    expect(chat.text_of(chat.answers.first)).to_contain_text("Paragraph 59 of")
    assert place.evaluate("element => element.getBoundingClientRect().top") == pytest.approx(top, abs=2)


def test_who_is_at_the_end_stays_there(open_chat: OpenChat, divan: Divan, contexts: Any) -> None:
    chat = open_in_steps(open_chat, divan, contexts, 20)
    chat.page.evaluate("letFramesCome()")
    expect(chat.answers).to_have_count(20)
    chat.page.wait_for_function(
        """() => {
          const { scrollHeight, clientHeight, scrollTop } = document.querySelector('.scroller')
          return scrollHeight - clientHeight - scrollTop <= 2
        }"""
    )


IS_LAID_OUT = "element => element.checkVisibility({ contentVisibilityAuto: true })"


def test_what_stands_far_from_the_window_is_laid_out_when_it_comes_near(
    open_chat: OpenChat, divan: Divan, contexts: Any
) -> None:
    chat = open_in_steps(open_chat, divan, contexts, 20)
    chat.page.evaluate("letFramesCome()")
    expect(chat.answers).to_have_count(20)
    first, last = (chat.text_of(answer) for answer in (chat.answers.first, chat.answers.last))
    wait_until(lambda: not first.evaluate(IS_LAID_OUT), seconds=10, what="the first answer being left out")
    assert last.evaluate(IS_LAID_OUT)
    assert all(answer.inner_text() for answer in chat.answers.all()[-6:])
    chat.page.locator(".scroller").hover()

    def is_reached() -> bool:
        # Each turn that comes near gets its height, and the way becomes longer.
        chat.page.mouse.wheel(0, -100_000)
        return bool(first.evaluate(IS_LAID_OUT))

    wait_until(is_reached, seconds=20, what="the first answer being laid out")
    expect(chat.questions.first).to_be_in_viewport()


def test_a_message_that_the_address_names_is_found_before_all_is_drawn(
    open_chat: OpenChat, divan: Divan
) -> None:
    conversation = long_conversation.write(divan, 60, more=LONG)
    chat = open_chat(divan, f"/c/{conversation}#u3")
    expect(chat.page.locator("[data-message=u3]")).to_be_in_viewport()


def test_on_paper_is_also_what_was_not_drawn_yet(open_chat: OpenChat, divan: Divan, contexts: Any) -> None:
    chat = open_in_steps(open_chat, divan, contexts, 12)
    chat.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert chat.answers.count() == 12
    texts = [chat.text_of(answer).inner_text() for answer in chat.answers.all()]
    assert all("Paragraph 59 of" in text for text in texts)
