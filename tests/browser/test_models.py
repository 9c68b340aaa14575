"""Choosing models and personas, and what Ollama holds and fetches."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.browser.chat_page import SECONDS_TO_SHOW, ChatPage
from tests.browser.conftest import MakeContext, OpenChat
from tests.browser.model_server import ModelServer
from tests.browser.ollama_server import OllamaServer
from tests.services.processes import wait_until
from tests.services.server import Divan, copy_database


@pytest.fixture
def ollama() -> Iterator[OllamaServer]:
    with OllamaServer(["qwen3:8b", "gemma3:4b"], loaded=["qwen3:8b"]) as running:
        yield running


@pytest.fixture
def divan_with_ollama(
    tmp_path_factory: pytest.TempPathFactory, database_with_tables: Path, ollama: OllamaServer
) -> Iterator[Divan]:
    folder = tmp_path_factory.mktemp("divan") / "server"
    copy_database(database_with_tables, folder)
    with Divan(folder, env={"OLLAMA_BASE_URL": ollama.url}) as running:
        yield running


def open_selector(chat: ChatPage) -> Locator:
    chat.button(re.compile("^Change the model")).click()
    return chat.page.get_by_role("combobox", name="Search models")


def open_ollama(chat: ChatPage) -> Locator:
    open_selector(chat)
    chat.button("Memory and downloads").click()
    return chat.page.get_by_role("dialog", name="Ollama: memory and downloads")


def test_one_of_four_hundred_models_is_found_by_a_few_letters_and_the_keyboard_alone(
    open_chat: OpenChat, divan_with_many: Divan
) -> None:
    chat = open_chat(divan_with_many)
    search = open_selector(chat)
    expect(search).to_be_focused()
    options = chat.page.get_by_role("option")
    expect(options.filter(has_text=re.compile(r"^Show \d+ more$"))).to_be_visible()
    search.fill("370 maker-2")
    expect(options).to_have_count(1)
    search.press("Enter")
    expect(options).to_have_count(0)
    expect(chat.button(re.compile("^Change the model"))).to_contain_text("model-370")
    expect(chat.button(re.compile("^Change the model"))).to_contain_text("big")
    expect(chat.composer).to_be_focused()


def test_a_server_that_is_away_says_why_in_the_selector(open_chat: OpenChat, divan_with_many: Divan) -> None:
    chat = open_chat(divan_with_many)
    open_selector(chat)
    gone = chat.page.get_by_role("group", name="gone")
    expect(gone).to_contain_text("Nothing answers at its address")
    expect(gone).to_contain_text("no models to offer")


def test_everything_that_was_found_is_shown_when_asked(open_chat: OpenChat, divan_with_many: Divan) -> None:
    chat = open_chat(divan_with_many)
    open_selector(chat).fill("big/")
    options = chat.page.get_by_role("option")
    expect(options).to_have_count(61)
    options.filter(has_text="Show 340 more").click()
    expect(options).to_have_count(400)


def test_what_ollama_holds_is_shown_with_its_memory_and_let_go(
    open_chat: OpenChat, divan_with_ollama: Divan, ollama: OllamaServer
) -> None:
    chat = open_chat(divan_with_ollama)
    dialog = open_ollama(chat)
    held = dialog.get_by_role("listitem").filter(has_text="qwen3:8b")
    expect(held).to_contain_text("6 GB")
    expect(held).to_contain_text("50 % on the graphics card")
    held.get_by_role("button", name="Unload").click()
    expect(dialog).to_contain_text("No model is in memory.")
    assert ollama.loaded == []


def test_a_download_goes_on_when_the_dialog_and_the_page_are_closed(
    open_chat: OpenChat, divan_with_ollama: Divan, ollama: OllamaServer
) -> None:
    chat = open_chat(divan_with_ollama)
    dialog = open_ollama(chat)
    dialog.get_by_label("Model", exact=True).fill("phi4:14b")
    dialog.get_by_label("Model", exact=True).press("Enter")
    ollama.fetched(25)
    progress = dialog.get_by_role("group", name="phi4:14b")
    expect(progress).to_contain_text("1 GB of 4 GB, 25 %")
    chat.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    ollama.fetched(50)
    chat.page.reload()
    open_ollama(chat)
    expect(progress).to_contain_text("50 %")
    ollama.steps.put(None)
    expect(progress).to_contain_text("Downloaded.")
    chat.page.keyboard.press("Escape")
    open_selector(chat).fill("phi4")
    expect(chat.page.get_by_role("option")).to_have_count(1)


def test_a_download_that_the_page_lost_sight_of_is_followed_again(
    open_chat: OpenChat, divan_with_ollama: Divan, ollama: OllamaServer
) -> None:
    chat = open_chat(divan_with_ollama)
    chat.page.route("**/servers/*/pull", lambda route: route.abort(), times=1)
    dialog = open_ollama(chat)
    dialog.get_by_label("Model", exact=True).fill("phi4:14b")
    dialog.get_by_label("Model", exact=True).press("Enter")
    progress = dialog.get_by_role("group", name="phi4:14b")
    expect(progress.get_by_role("status")).to_be_visible()
    chat.page.keyboard.press("Escape")
    another = open_chat(divan_with_ollama)
    elsewhere = open_ollama(another)
    elsewhere.get_by_label("Model", exact=True).fill("phi4:14b")
    elsewhere.get_by_label("Model", exact=True).press("Enter")
    ollama.fetched(25)
    expect(elsewhere.get_by_role("group", name="phi4:14b")).to_contain_text("25 %")
    open_ollama(chat)
    expect(progress).to_contain_text("25 %")
    ollama.steps.put(None)
    expect(progress).to_contain_text("Downloaded.")


def test_a_download_is_cancelled_at_the_server(
    open_chat: OpenChat, divan_with_ollama: Divan, ollama: OllamaServer
) -> None:
    chat = open_chat(divan_with_ollama)
    dialog = open_ollama(chat)
    dialog.get_by_label("Model", exact=True).fill("phi4:14b")
    chat.button("Download").click()
    ollama.fetched(25)
    progress = dialog.get_by_role("group", name="phi4:14b")
    expect(progress).to_contain_text("25 %")
    chat.button("Cancel the download of phi4:14b").click()
    expect(progress).to_have_count(0)

    def is_hung_up_on() -> bool:
        ollama.fetched(26)
        return ollama.left.is_set()

    wait_until(is_hung_up_on, seconds=SECONDS_TO_SHOW, what="the end of the download")


def test_a_failed_answer_offers_to_fetch_the_model_that_is_missing(
    open_chat: OpenChat, divan_with_ollama: Divan, ollama: OllamaServer
) -> None:
    chat = open_chat(divan_with_ollama)
    open_selector(chat).fill("ollama/phi4:14b")
    chat.page.get_by_role("option", name="Use “ollama/phi4:14b” anyway").click()
    chat.say("Are you there?")
    chat.expect_status("failed")
    expect(chat.answer.get_by_role("alert")).to_contain_text("does not have the model phi4:14b")
    chat.button("Download phi4:14b").click()
    ollama.steps.put(None)
    expect(chat.page.get_by_role("group", name="phi4:14b")).to_contain_text("Downloaded.")
    chat.page.keyboard.press("Escape")
    chat.button("Retry").click()
    expect(chat.text).to_have_text("At your service.")


def test_a_persona_is_made_called_and_shared_by_a_link(
    open_chat: OpenChat, contexts: MakeContext, divan_with_models: Divan, models: ModelServer
) -> None:
    context = contexts(permissions=["clipboard-read", "clipboard-write"])
    chat = open_chat(divan_with_models, context=context)
    chat.pick_model("quick-one")
    open_selector(chat)
    chat.button("Personas").click()
    chat.button("Socrates").click()
    chat.page.get_by_label("Name").fill("Old Socrates")
    chat.button("Save").click()
    chat.button("Share and copy link").click()
    expect(chat.page.get_by_text("The link is copied.")).to_be_visible()
    link = chat.page.evaluate("navigator.clipboard.readText()")
    other = open_chat(divan_with_models, link.removeprefix(divan_with_models.url), context=context)
    expect(other.page).to_have_url(f"{divan_with_models.url}/")
    expect(other.button(re.compile("^Change the model"))).to_contain_text("Old Socrates")
    other.say("What is courage?")
    asked = models.next_asked()
    assert asked.model == "quick-one"
    assert asked.body["messages"][0]["content"].startswith("You are Socrates.")
    asked.say("What do you call brave?")
    asked.finish()
    expect(other.answer).to_contain_text("Old Socrates")


def test_a_link_to_what_is_not_shared_says_so(open_chat: OpenChat, divan_with_models: Divan) -> None:
    chat = open_chat(divan_with_models, "/?persona=aaaaaaaaaaaaaaaa")
    expect(chat.page.get_by_text("This persona does not exist")).to_be_visible()


def test_a_lane_offers_what_its_model_knows_and_sends_it(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    chat = open_chat(divan_with_models)
    chat.pick_model("echo")
    settings = chat.button(re.compile("^Settings for"))
    settings.click()
    expect(chat.page.get_by_label("Answer in JSON")).to_be_visible()
    expect(chat.page.get_by_label("Temperature")).to_have_count(0)
    chat.page.keyboard.press("Escape")
    chat.pick_model("quick-one")
    settings.click()
    expect(chat.page.get_by_label("Context window (tokens)")).to_have_count(0)
    chat.page.get_by_label("Seed").fill("7")
    chat.page.get_by_label("Temperature").fill("9")
    expect(chat.button("Save")).to_be_disabled()
    chat.page.get_by_label("Temperature").fill("0,4")
    chat.button("Save").click()
    chat.say("Go")
    asked = models.next_asked()
    assert (asked.body["temperature"], asked.body["seed"]) == (0.4, 7)
    asked.say("gone")
    asked.finish()
    chat.expect_status("complete")
    settings.click()
    expect(chat.page.get_by_label("Temperature")).to_have_value("0.4")
    chat.button("Reset").click()
    expect(chat.page.get_by_label("Temperature")).to_have_value("")
    chat.button("Save").click()
    chat.say("Again")
    plain = models.next_asked()
    assert {"temperature", "seed"}.isdisjoint(plain.body)
    plain.say("gone")
    plain.finish()


def test_what_a_lane_was_told_can_be_taken_back(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    chat = open_chat(divan_with_models)
    chat.pick_model("quick-one")
    told = []
    for system in ("Speak like a pirate.", ""):
        chat.button(re.compile("^Settings for")).click()
        chat.page.get_by_label("System prompt").fill(system)
        chat.button("Save").click()
        chat.say("Go")
        asked = models.next_asked()
        told.append([message["role"] for message in asked.body["messages"]])
        asked.say("gone")
        asked.finish()
        chat.expect_status("complete")
    assert told == [["system", "user"], ["user", "assistant", "user"]]


def test_a_model_is_called_by_name_from_the_message_box(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    chat = open_chat(divan_with_models)
    chat.pick_model("quick-one")
    chat.composer.press_sequentially("Hello @thi")
    expect(chat.page.get_by_role("option")).to_have_count(1)
    chat.composer.press("Enter")
    expect(chat.button(re.compile("^Change the model"))).to_contain_text("third-one")
    expect(chat.composer).to_have_value("Hello ")
    chat.composer.press_sequentially("there")
    chat.composer.press("Enter")
    asked = models.next_asked()
    assert (asked.model, asked.body["messages"][-1]["content"]) == ("third-one", "Hello there")
    asked.say("Hi.")
    asked.finish()
    chat.expect_status("complete")
    chat.add_lane("slow-one")
    chat.composer.press_sequentially("@quick")
    chat.composer.press("Tab")
    expect(chat.button(re.compile("^Change the model"))).to_have_count(3)
    chat.composer.press_sequentially("me@thi")
    expect(chat.page.get_by_role("option")).to_have_count(0)


def test_a_link_asks_the_model_that_it_names_however_that_is_called(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    chat = open_chat(divan_with_models, "/?model=fake%2Fa%20b%23c")
    expect(chat.button(re.compile("^Change the model: a b#c"))).to_be_visible()
    chat.say("Who are you?")
    asked = models.next_asked()
    assert asked.model == "a b#c"
    asked.say("a b#c")
    asked.finish()
    chat.expect_status("complete")


def test_a_lane_that_a_link_names_can_be_set_up_before_the_list_of_models_is_there(
    open_chat: OpenChat, divan_with_models: Divan, contexts: MakeContext
) -> None:
    context = contexts()
    held: list[Route] = []
    released: list[bool] = []

    def hold(route: Route) -> None:
        if released:
            route.continue_()
        else:
            held.append(route)

    context.route("**/api/models", hold)
    chat = open_chat(divan_with_models, "/?model=fake%2Fslow-one", context=context)
    expect(chat.button(re.compile("^Change the model: slow-one"))).to_be_visible()
    chat.button(re.compile("^Settings for")).click()
    chat.page.get_by_label("Answer in JSON").check()
    with chat.page.expect_response("**/api/models/providers/health"):
        released.append(True)
        for route in held:
            route.continue_()
    expect(chat.page.get_by_label("Answer in JSON")).to_be_checked()


@pytest.mark.parametrize("wanted", ["nowhere/model", "no-ref"])
def test_a_link_to_a_model_that_is_not_known_says_so_and_takes_no_other(
    open_chat: OpenChat, divan_with_models: Divan, wanted: str
) -> None:
    chat = open_chat(divan_with_models)
    before = chat.button(re.compile("^Change the model")).get_attribute("aria-label")
    chat.open(f"/?model={wanted}")
    expect(chat.page.locator(".toast")).to_contain_text(
        f"The model “{wanted}” of that link is not known here."
    )
    expect(chat.button(re.compile("^Change the model"))).to_have_attribute("aria-label", before or "")
