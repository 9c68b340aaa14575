"""Models talk with each other, and a person edits a line of theirs."""

import re
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import OpenChat
from tests.browser.model_server import Asked, ModelServer
from tests.services.server import Divan


def messages(asked: Asked) -> list[str]:
    return [
        f"{said['role']}: {said['content']}" for said in asked.body["messages"] if said["role"] != "system"
    ]


def test_a_line_is_edited_in_the_page_and_the_dialogue_runs_on_from_it(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    chat = open_chat(divan_with_models)
    chat.pick_model("quick-one")
    chat.add_lane("slow-one")
    chat.button("Let models talk with each other").click()
    form = chat.page.get_by_role("dialog")
    form.get_by_role("textbox", name="Opening line").fill("Tea?")
    form.get_by_role("combobox").select_option("manual")
    form.get_by_role("button", name="Begin").click()
    first = models.next_asked()
    first.say("Tea, of course.")
    first.finish()
    expect(chat.button("Next")).to_be_visible()
    line = chat.answer
    line.hover()
    line.get_by_role("button", name="More").click()
    chat.page.get_by_role("menuitem", name="Edit this line").click()
    chat.page.get_by_role("textbox", name="Edit the line").fill("Coffee!")
    chat.button("Continue from here").click()
    second = models.next_asked()
    assert messages(first) == ["user: Tea?"]
    assert messages(second) == ["user: Tea?\n\nAda: Coffee!"]
    second.say("Why?")
    second.finish()
    expect(chat.answers).to_have_count(2)
    expect(chat.answers.first).to_contain_text("Coffee!")
    expect(chat.answers.last).to_contain_text("Why?")
    chat.answers.first.get_by_role("button", name="Previous version").click()
    expect(chat.answers).to_have_count(1)
    expect(chat.answers.first).to_contain_text("Tea, of course.")


def test_a_person_who_says_a_line_sees_it_and_what_comes_after(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan, viewport={"width": 1000, "height": 500})
    chat.button("Let models talk with each other").click()
    form = chat.page.get_by_role("dialog")
    form.get_by_role("textbox", name="Opening line").fill("/echo speed=0 length=400\nTell me all.")
    form.get_by_role("combobox").select_option("manual")
    form.get_by_role("button", name="Begin").click()
    expect(chat.button("Next")).to_be_visible()
    expect(chat.button("Add a model")).to_have_count(0)
    chat.page.locator(".scroller").hover()
    chat.page.mouse.wheel(0, -5000)
    expect(chat.questions.first).to_be_in_viewport()
    chat.say("/echo speed=0 length=300\nAnd now?")
    expect(chat.answers).to_have_count(2)
    expect(chat.answer).to_have_attribute("data-status", "complete")
    expect(chat.answer.get_by_role("button", name="More")).to_be_in_viewport()


def test_a_line_said_while_a_model_speaks_is_shown_at_once_and_heard_by_the_next(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    chat = open_chat(divan_with_models)
    chat.pick_model("quick-one")
    chat.add_lane("slow-one")
    chat.button("Let models talk with each other").click()
    form = chat.page.get_by_role("dialog")
    form.get_by_role("textbox", name="Opening line").fill("Tea?")
    form.get_by_role("button", name="Begin").click()
    first = models.next_asked()
    first.say("Tea, ")
    expect(chat.answer).to_contain_text("Tea,")
    chat.say("Be brief.")
    expect(chat.questions).to_have_count(2)
    expect(chat.questions.last).to_contain_text("Be brief.")
    expect(chat.page.get_by_text("Sending")).to_have_count(0)
    expect(chat.answer).to_have_attribute("data-status", "streaming")
    first.say("of course.")
    first.finish()
    second = models.next_asked()
    assert messages(second) == ["user: Tea?\n\nAda: Tea, of course.\n\nBe brief."]
    second.say("Coffee.")
    expect(chat.answer).to_contain_text("Coffee.")
    chat.button("Pause").click()
    expect(chat.page.get_by_text("then it pauses")).to_be_visible()
    second.finish()
    expect(chat.button("Continue")).to_be_visible()
    expect(chat.answers).to_have_text([re.compile("Tea, of course"), re.compile("Coffee")])


def test_what_is_attached_reaches_those_who_talk(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer, tmp_path: Path
) -> None:
    """In the composer of a new chat, in the form, and with a line of one's own."""
    chat = open_chat(divan_with_models)
    chat.pick_model("quick-one")
    chat.add_lane("slow-one")
    tea, coffee, milk = (tmp_path / name for name in ("tea.txt", "coffee.txt", "milk.txt"))
    for path in (tea, coffee, milk):
        path.write_text(f"All about {path.stem}.")
    files = chat.page.locator("form.composer input[type=file]")
    files.set_input_files(tea)
    expect(chat.button("Remove tea.txt")).to_be_visible()
    chat.composer.fill("Read this.")
    chat.button("Let models talk with each other").click()
    form = chat.page.get_by_role("dialog")
    expect(form.get_by_role("textbox", name="Opening line")).to_have_value("Read this.")
    form.locator("input[type=file]").set_input_files(coffee)
    expect(form.get_by_role("button", name="Remove coffee.txt")).to_be_visible()
    form.get_by_role("combobox").select_option("manual")
    form.get_by_role("button", name="Begin").click()
    first = models.next_asked()
    first.say("I read it.")
    first.finish()
    expect(chat.button("Next")).to_be_visible()
    files.set_input_files(milk)
    expect(chat.button("Remove milk.txt")).to_be_visible()
    chat.say("And this?")
    second = models.next_asked()
    second.finish()
    for asked in (first, second):
        opening = str([said for said in messages(asked) if "Read this." in said])
        assert "All about tea." in opening
        assert "All about coffee." in opening
    assert "All about milk." not in str(messages(first))
    assert "And this?" in str(messages(second))
    assert "All about milk." in str(messages(second))
    expect(chat.questions.last).to_contain_text("milk.txt")
    chat.open("/")
    expect(chat.composer).to_have_value("")
    expect(chat.button("Remove tea.txt")).to_have_count(0)
