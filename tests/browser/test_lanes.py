"""Several models side by side: each answer is its own, and one that fails or stops touches no other."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.chat_page import SECONDS_TO_SHOW, ChatPage
from tests.browser.conftest import OpenChat
from tests.browser.model_server import ModelServer
from tests.services.server import Divan


def lane(chat: ChatPage, model: str) -> Locator:
    return chat.answers.filter(has=chat.page.locator(f'[data-tip="fake/{model}"]'))


def open_with_two(open_chat: OpenChat, server: Divan) -> ChatPage:
    chat = open_chat(server)
    chat.pick_model("quick-one")
    chat.add_lane("slow-one")
    return chat


def test_two_models_answer_side_by_side(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    chat = open_with_two(open_chat, divan_with_models)
    chat.say("Both of you")
    asked = models.next_asked_by_model(2)
    asked["quick-one"].say("I am quick.")
    asked["slow-one"].say("I am ")
    expect(chat.text_of(lane(chat, "quick-one"))).to_have_text("I am quick.")
    expect(chat.text_of(lane(chat, "slow-one"))).to_have_text("I am")
    asked["quick-one"].finish()
    expect(lane(chat, "quick-one")).to_have_attribute("data-status", "complete")
    expect(lane(chat, "slow-one")).to_have_attribute("data-status", "streaming")
    left, right = lane(chat, "quick-one").bounding_box(), lane(chat, "slow-one").bounding_box()
    assert left is not None
    assert right is not None
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] <= right["x"]
    asked["slow-one"].say("slow.")
    asked["slow-one"].finish()
    expect(lane(chat, "slow-one")).to_have_attribute("data-status", "complete")
    expect(chat.text_of(lane(chat, "slow-one"))).to_have_text("I am slow.")


def test_a_lane_that_fails_does_not_touch_the_other(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    chat = open_chat(divan_with_models)
    chat.pick_model("slow-one")
    chat.button("Add a model").click()
    chat.page.get_by_role("combobox", name="Search models").fill("gone/no-model")
    chat.page.get_by_role("option", name="Use “gone/no-model” anyway").click()
    chat.say("Who is there?")
    asked = models.next_asked()
    asked.say("I am ")
    failed = chat.answers.filter(has=chat.page.locator('[data-tip="gone/no-model"]'))
    expect(failed).to_have_attribute("data-status", "failed")
    expect(failed.get_by_role("alert")).to_contain_text("cannot be reached")
    expect(lane(chat, "slow-one")).to_have_attribute("data-status", "streaming")
    asked.say("here.")
    asked.finish()
    expect(lane(chat, "slow-one")).to_have_attribute("data-status", "complete")
    expect(chat.text_of(lane(chat, "slow-one"))).to_have_text("I am here.")


def test_stopping_one_lane_lets_the_other_go_on(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    chat = open_with_two(open_chat, divan_with_models)
    chat.say("Race")
    asked = models.next_asked_by_model(2)
    for each in asked.values():
        each.say("running ")
    lane(chat, "quick-one").get_by_role("button", name="Stop this answer").click()
    expect(lane(chat, "quick-one")).to_have_attribute("data-status", "stopped")
    assert asked["quick-one"].closed.wait(SECONDS_TO_SHOW)
    assert not asked["slow-one"].closed.is_set()
    asked["slow-one"].say("and there")
    asked["slow-one"].finish()
    expect(lane(chat, "slow-one")).to_have_attribute("data-status", "complete")
    expect(chat.text_of(lane(chat, "slow-one"))).to_have_text("running and there")


def test_both_lanes_are_there_after_a_reload_in_the_middle(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    chat = open_with_two(open_chat, divan_with_models)
    chat.say("Both")
    asked = models.next_asked_by_model(2)
    for model, each in asked.items():
        each.say(f"{model} ")
        expect(chat.text_of(lane(chat, model))).to_have_text(model)
    chat.page.reload()
    for model, each in asked.items():
        expect(chat.text_of(lane(chat, model))).to_have_text(model)
        each.say("goes on")
        each.finish()
        expect(lane(chat, model)).to_have_attribute("data-status", "complete")
        expect(chat.text_of(lane(chat, model))).to_have_text(f"{model} goes on")


def test_each_lane_is_sent_its_own_earlier_answer(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    chat = open_with_two(open_chat, divan_with_models)
    chat.say("First")
    for model, each in models.next_asked_by_model(2).items():
        each.say(f"from {model}")
        each.finish()
        expect(lane(chat, model)).to_have_attribute("data-status", "complete")
    chat.say("Second")
    for model, each in models.next_asked_by_model(2).items():
        said = [message["content"] for message in each.body["messages"] if message["role"] == "assistant"]
        assert said == [f"from {model}"]
        each.say("done")
        each.finish()


def test_a_narrow_page_shows_lanes_as_tabs(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    chat = open_with_two(open_chat, divan_with_models)
    chat.say("Both")
    for model, each in models.next_asked_by_model(2).items():
        each.say(f"from {model}")
        each.finish()
    expect(lane(chat, "slow-one")).to_have_attribute("data-status", "complete")
    chat.page.set_viewport_size({"width": 400, "height": 800})
    expect(chat.page.get_by_role("tab")).to_have_count(2)
    expect(chat.answers).to_have_count(1)
    chat.page.get_by_role("tab").nth(1).click()
    expect(chat.text).to_have_text("from slow-one")


def test_an_answer_is_asked_for_again_of_another_model_with_other_parameters(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    chat = open_chat(divan_with_models)
    chat.pick_model("quick-one")
    chat.say("Once")
    first = models.next_asked()
    first.say("the first words")
    first.finish()
    chat.expect_status("complete")
    chat.answer.get_by_role("button", name="More").click()
    chat.page.get_by_role("menuitem", name="Regenerate with…").click()
    form = chat.page.get_by_role("dialog")
    form.get_by_role("button", name="quick-one").click()
    chat.choose_model("slow-one")
    form.get_by_role("textbox", name="Temperature").fill("0.3")
    form.get_by_role("button", name="Regenerate").click()
    second = models.next_asked()
    assert (second.model, second.body["temperature"]) == ("slow-one", 0.3)
    assert second.body["messages"] == first.body["messages"], "not what it replaces"
    second.say("other words")
    second.finish()
    expect(chat.text).to_have_text("other words")
    expect(chat.answer.get_by_text("2/2")).to_be_visible()
    chat.button("Previous version").click()
    expect(chat.text).to_have_text("the first words")


def test_an_earlier_answer_that_is_asked_for_again_is_looked_at_also_once_it_has_ended(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    chat = open_chat(divan_with_models)
    chat.pick_model("quick-one")
    for number, words in enumerate(("the first words", "what came after")):
        chat.say(words)
        asked = models.next_asked()
        asked.say(words)
        asked.finish()
        expect(chat.answers).to_have_count(number + 1)
        chat.expect_status("complete")
    first = chat.answers.first
    first.get_by_role("button", name="Regenerate", exact=True).click()
    again = models.next_asked()
    again.say("better words")
    again.finish()
    expect(first).to_have_attribute("data-status", "complete")
    expect(chat.text_of(first)).to_have_text("better words")
    expect(first.get_by_text("2/2")).to_be_visible()
    expect(chat.text).to_have_text("what came after")
    first.get_by_role("button", name="Continue from here").click()
    expect(chat.answers).to_have_count(1)
    expect(chat.text).to_have_text("better words")


def test_the_lane_that_is_made_primary_comes_first(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    chat = open_with_two(open_chat, divan_with_models)
    chat.button("Settings for slow-one").click()
    chat.page.get_by_role("combobox", name="Role").select_option("primary")
    chat.button("Save").click()
    expect(chat.page.get_by_role("group", name="Models that answer").locator(".name")).to_have_text(
        ["slow-one", "quick-one"]
    )
    chat.say("Both")
    for each in models.next_asked_by_model(2).values():
        each.say("done")
        each.finish()
    expect(lane(chat, "slow-one")).to_contain_text("Selected")


def test_six_lanes_stand_in_a_grid_and_none_is_out_of_sight(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    for _ in range(5):
        chat.add_lane("Echo")
    chat.say("/echo speed=0 length=5\nAll of you")
    expect(chat.page.locator("[data-answer][data-status=complete]")).to_have_count(6)
    chat.button("Conversation options").click()
    chat.page.get_by_role("menuitemradio", name="Grid").click()
    chat.page.keyboard.press("Escape")
    chat.page.wait_for_function(
        """() => {
          const cards = [...document.querySelectorAll('[data-answer]')]
          return cards.length === 6 && cards.every((card) => card.getBoundingClientRect().right <= innerWidth)
        }"""
    )


def test_all_of_a_turn_are_stopped_and_what_failed_is_asked_again(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    chat = open_with_two(open_chat, divan_with_models)
    chat.button("Add a model").click()
    chat.page.get_by_role("combobox", name="Search models").fill("gone/no-model")
    chat.page.get_by_role("option", name="Use “gone/no-model” anyway").click()
    chat.say("All of you")
    asked = models.next_asked_by_model(2)
    for each in asked.values():
        each.say("begun")
    failed = chat.answers.filter(has=chat.page.locator('[data-tip="gone/no-model"]'))
    expect(failed).to_have_attribute("data-status", "failed")
    for model in asked:
        expect(chat.text_of(lane(chat, model))).to_have_text("begun")
    chat.button("Stop all").click()
    for model, each in asked.items():
        expect(lane(chat, model)).to_have_attribute("data-status", "stopped")
        assert each.closed.wait(SECONDS_TO_SHOW)
    chat.button("Retry all failed").click()
    expect(failed.get_by_text("2/2")).to_be_visible()
    expect(failed).to_have_attribute("data-status", "failed")
    expect(chat.page.locator("[data-status=stopped]")).to_have_count(2)


def test_what_is_shorter_stays_in_sight_while_a_longer_answer_beside_it_is_read(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    """Under its head; and what is taller than the window with its end."""
    chat = open_chat(divan_with_models, viewport={"width": 1300, "height": 700})
    chat.pick_model("quick-one")
    chat.add_lane("slow-one")
    chat.add_lane("third-one")
    chat.say("How long is it?")
    asked = models.next_asked_by_model(3)
    asked["quick-one"].say("Short.")
    asked["slow-one"].say("\n\n".join(f"Paragraph {number}" for number in range(100)))
    asked["third-one"].say("\n\n".join(f"Line {number}" for number in range(40)))
    for one in asked.values():
        one.finish()
    expect(chat.page.locator("[data-answer][data-status=complete]")).to_have_count(3)
    short = lane(chat, "quick-one")
    middle = lane(chat, "slow-one").get_by_text("Paragraph 60", exact=True)
    middle.evaluate("element => element.scrollIntoView({ block: 'center' })")
    expect(middle).to_be_in_viewport()
    expect(chat.text_of(short)).to_be_in_viewport(ratio=1)
    expect(lane(chat, "third-one").get_by_text("Line 39", exact=True)).to_be_in_viewport(ratio=1)
    expect(lane(chat, "third-one").get_by_text("Line 0", exact=True)).not_to_be_in_viewport()
    head, text = short.locator(".head").bounding_box(), chat.text_of(short).bounding_box()
    assert head is not None
    assert text is not None
    assert head["y"] + head["height"] <= text["y"]
    lane(chat, "slow-one").get_by_text("Paragraph 0", exact=True).scroll_into_view_if_needed()
    expect(lane(chat, "third-one").get_by_text("Line 0", exact=True)).to_be_in_viewport()


LONG_NAME = "a-model-whose-name-has-no-room-on-one-line-of-a-column"


@pytest.mark.parametrize("width", [640, 1300])
def test_a_head_of_several_lines_does_not_lie_over_the_text_that_stays_below_it(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer, width: int
) -> None:
    chat = open_chat(
        divan_with_models,
        f"/?models=fake%2Fquick-one,fake%2F{LONG_NAME}",
        viewport={"width": width, "height": 700},
    )
    chat.say("How long is it?")
    asked = models.next_asked_by_model(2)
    asked["quick-one"].say("\n\n".join(f"Paragraph {number}" for number in range(100)))
    asked[LONG_NAME].say("Short.")
    for one in asked.values():
        one.finish()
    expect(chat.page.locator("[data-answer][data-status=complete]")).to_have_count(2)
    short = chat.answers.last
    head, text = short.locator(".head"), chat.text_of(short)
    assert head.evaluate("head => head.offsetHeight") > 40, "the name has one line alone"
    middle = chat.answers.first.get_by_text("Paragraph 60", exact=True)
    middle.evaluate("element => element.scrollIntoView({ block: 'center' })")
    expect(middle).to_be_in_viewport()
    expect(text).to_be_in_viewport(ratio=1)
    above, below = head.bounding_box(), text.bounding_box()
    assert above is not None
    assert below is not None
    assert above["y"] + above["height"] <= below["y"]
