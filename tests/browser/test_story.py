"""The story of one conversation: ask, watch, stop, reload, kill the server, and find everything."""

import re

from playwright.sync_api import expect

from tests.browser.chat_page import SECONDS_TO_SHOW
from tests.browser.conftest import OpenChat
from tests.browser.model_server import TITLE, ModelServer
from tests.services.processes import wait_until
from tests.services.server import Divan


def test_an_answer_arrives_word_by_word_from_the_model_that_was_picked(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    chat = open_chat(divan_with_models)
    chat.pick_model("slow-one")
    chat.say("Tell me a story")
    asked = models.next_asked()
    assert asked.model == "slow-one"
    assert asked.body["messages"][-1]["content"] == "Tell me a story"
    expect(chat.question_texts).to_have_text(["Tell me a story"])
    chat.expect_conversation()
    asked.say("Once ")
    expect(chat.text).to_have_text("Once")
    asked.say("upon **a ti")
    expect(chat.text.locator("strong")).to_have_text("a ti")
    chat.expect_status("streaming")
    asked.say("me**, $5 and $6.")
    expect(chat.text).to_have_text("Once upon a time, $5 and $6.")
    asked.finish()
    chat.expect_status("complete")
    expect(chat.answer.get_by_text("tokens")).to_be_visible()
    expect(chat.rows.first).to_contain_text(TITLE)


def test_stop_keeps_the_text_and_hangs_up_on_the_model(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    chat = open_chat(divan_with_models)
    chat.pick_model("slow-one")
    chat.say("Go on for ever")
    asked = models.next_asked()
    asked.say("One, two, ")
    expect(chat.text).to_have_text("One, two,")
    chat.button("Stop").click()
    chat.expect_status("stopped")
    assert asked.closed.wait(SECONDS_TO_SHOW), "the model server was not hung up on"
    expect(chat.text).to_have_text("One, two,")
    chat.button("Continue").click()
    again = models.next_asked()
    again.say("three.")
    again.finish()
    chat.expect_status("complete")
    expect(chat.text).to_have_text("One, two, three.")


def test_a_reload_in_the_middle_shows_the_same_text_and_goes_on(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    chat = open_chat(divan_with_models)
    chat.pick_model("slow-one")
    chat.say("Count")
    asked = models.next_asked()
    asked.say("One ")
    expect(chat.text).to_have_text("One")
    path = chat.expect_conversation()
    chat.page.reload()
    assert chat.path == path
    expect(chat.text).to_have_text("One")
    chat.expect_status("streaming")
    asked.say("two ")
    expect(chat.text).to_have_text("One two")
    chat.page.goto("about:blank")
    asked.say("three")
    asked.finish()
    chat.open(path)
    chat.expect_status("complete")
    expect(chat.text).to_have_text("One two three")
    expect(chat.answers).to_have_count(1)


def journal_of(server: Divan, path: str) -> str:
    folder = server.data_dir / "conversations" / f"{path.removeprefix('/c/')}.live"
    return "".join(file.read_text() for file in folder.glob("*.jsonl"))


def test_a_killed_server_leaves_an_interrupted_answer_that_goes_on(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    chat = open_chat(divan_with_models)
    chat.pick_model("slow-one")
    chat.say("First question")
    first = models.next_asked()
    first.say("First answer.")
    first.finish()
    chat.expect_status("complete")
    chat.say("Second question")
    second = models.next_asked()
    second.say("Half of ", "the second")
    expect(chat.text).to_have_text("Half of the second")
    wait_until(
        lambda: "the second" in journal_of(divan_with_models, chat.expect_conversation()),
        seconds=SECONDS_TO_SHOW,
        what="the journal's last line",
    )
    divan_with_models.kill()
    divan_with_models.restart()
    chat.expect_status("interrupted")
    chat.page.reload()
    expect(chat.question_texts).to_have_text(["First question", "Second question"])
    expect(chat.answers.first).to_have_attribute("data-status", "complete")
    expect(chat.text_of(chat.answers.first)).to_have_text("First answer.")
    chat.expect_status("interrupted")
    expect(chat.text).to_have_text("Half of the second")
    chat.button("Continue").click()
    rest = models.next_asked()
    rest.say(" answer.")
    rest.finish()
    chat.expect_status("complete")
    expect(chat.text).to_have_text("Half of the second answer.")


def test_two_tabs_see_and_steer_the_same_answer(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    one = open_chat(divan_with_models)
    one.pick_model("slow-one")
    one.say("For both")
    asked = models.next_asked()
    asked.say("Seen ")
    path = one.expect_conversation()
    two = open_chat(divan_with_models, path)
    expect(two.text).to_have_text("Seen")
    asked.say("twice")
    for tab in (one, two):
        expect(tab.text).to_have_text("Seen twice")
        expect(tab.rows.get_by_label("Answering")).to_be_visible()
    two.button("Stop").click()
    for tab in (one, two):
        tab.expect_status("stopped")
        expect(tab.rows.get_by_label("Answering")).to_have_count(0)
    two.pick_model("quick-one")
    two.say("And now?")
    expect(one.question_texts).to_have_text(["For both", "And now?"])


def test_an_answer_that_fails_says_why_and_can_be_tried_again(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    chat.say("/echo fail=auth\nHello")
    chat.expect_status("failed")
    expect(chat.answer.get_by_role("alert")).to_contain_text("key")
    chat.answer.get_by_role("button", name="Retry").click()
    expect(chat.answer.get_by_text(re.compile("^[12]/2$"))).to_be_visible()
    chat.expect_status("failed")


def test_back_and_forward_walk_through_conversations(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    chat.ask_echo("The first one", "speed=0")
    first = chat.expect_conversation()
    chat.new_chat()
    expect(chat.answers).to_have_count(0)
    chat.ask_echo("The second one", "speed=0")
    second = chat.expect_conversation()
    assert second != first
    chat.page.go_back()
    expect(chat.questions).to_contain_text(["The first one"])
    chat.page.go_forward()
    expect(chat.questions).to_contain_text(["The second one"])


def test_a_draft_survives_a_reload(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    chat.composer.fill("Half a thought")
    chat.page.reload()
    expect(chat.composer).to_have_value("Half a thought")
