"""Documents on the page: giving them, trying a search, asking them, and the places that an answer names."""

import re

import pytest
from playwright.sync_api import FilePayload, Locator, expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import OpenChat
from tests.browser.model_server import ModelServer
from tests.rag import makers
from tests.services.server import Divan

PUMP = "# Bakım\n\n## Pompa\n\nSu pompasının contası her mart ayında değiştirilir.\n"


def file(name: str, data: bytes | str) -> FilePayload:
    content = data.encode() if isinstance(data, str) else data
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


class DocumentsPage:
    def __init__(self, chat: ChatPage) -> None:
        self.chat = chat
        self.page = chat.page

    def go(self, path: str = "/documents") -> "DocumentsPage":
        self.page.goto(self.chat.url + path)
        expect(self.page.get_by_role("heading", name="Library", exact=True)).to_be_visible()
        return self

    def row(self, name: str) -> Locator:
        return self.page.locator("[data-document]").filter(has_text=name)

    def give(self, *files: FilePayload) -> None:
        self.page.locator("main input[type=file]").set_input_files(list(files))

    def give_ready(self, *files: FilePayload) -> None:
        self.give(*files)
        for one in files:
            self.expect_status(one["name"], "ready")

    def expect_status(self, name: str, status: str) -> None:
        expect(self.row(name)).to_have_attribute("data-status", status, timeout=30_000)

    def search(self, question: str) -> Locator:
        self.page.get_by_role("searchbox").fill(question)
        self.page.get_by_role("searchbox").press("Enter")
        return self.page.get_by_role("list", name="Passages, the best first").get_by_role("listitem")


@pytest.fixture
def documents(open_chat: OpenChat, divan_with_models: Divan) -> DocumentsPage:
    """A page, and no documents of the test before."""
    chat = open_chat(divan_with_models)
    page = DocumentsPage(chat)
    for document in chat.page.request.get(f"{chat.url}/api/documents").json()["documents"]:
        token = next(c["value"] for c in chat.page.context.cookies() if c.get("name") == "csrftoken")
        path = f"{chat.url}/api/documents/{document['id']}"
        chat.page.request.delete(path, headers={"X-CSRFToken": token, "Origin": chat.url})
    return page.go()


def test_the_documents_of_a_conversation_in_the_trash_are_named_by_it(documents: DocumentsPage) -> None:
    url, request = documents.chat.url, documents.page.request
    token = next(c["value"] for c in documents.page.context.cookies() if c.get("name") == "csrftoken")
    headers = {"X-CSRFToken": token, "Origin": url}
    lanes = [{"model": "echo/echo"}]
    made = request.post(
        f"{url}/api/conversations", data={"title": "Old pumps", "lanes": lanes}, headers=headers
    )
    talk = made.json()["id"]
    documents.go(f"/documents/{talk}").give_ready(file("pump.md", PUMP))
    assert request.delete(f"{url}/api/conversations/{talk}", headers=headers).status == 204
    missing: list[str] = []
    documents.page.on("response", lambda answer: missing.append(answer.url) if answer.status == 404 else None)
    documents.go()
    expect(documents.page.get_by_role("link", name="Old pumps (in the trash)")).to_be_visible()
    assert missing == []


def test_several_files_are_given_at_once_and_each_says_how_it_went(documents: DocumentsPage) -> None:
    pages = makers.pdf(["Receipts are uploaded within two weeks.", "Bicycles stand in the courtyard."])
    documents.give(
        file("bakım.md", PUMP), file("handbook.pdf", pages), file("broken.docx", b"PK\x03\x04 no archive")
    )
    documents.expect_status("bakım.md", "ready")
    documents.expect_status("handbook.pdf", "ready")
    expect(documents.row("handbook.pdf")).to_contain_text("2 pages")
    documents.expect_status("broken.docx", "failed")
    expect(documents.row("broken.docx")).to_contain_text("The file is damaged and cannot be read.")
    found = documents.search("Pompanın contası?")
    expect(found.first).to_contain_text("Bakım › Pompa")
    expect(found.first.locator("mark")).to_have_text(["pompasının", "contası"])
    found.first.get_by_text("Why this passage").click()
    expect(found.first.get_by_text("How close its vector is to the question’s")).to_be_visible()
    documents.page.get_by_role("button", name="Delete broken.docx").click()
    documents.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(documents.row("broken.docx")).to_have_count(0)
    documents.page.reload()
    expect(documents.page.locator("[data-document]")).to_have_count(2)


def test_a_file_that_is_there_under_another_name_is_said_to_be_so(documents: DocumentsPage) -> None:
    documents.give_ready(file("bakım.md", PUMP))
    documents.give(file("kopya.md", PUMP))
    expect(documents.page.get_by_text("“kopya.md” is already here, as “bakım.md”.")).to_be_visible()
    documents.give(file("bakım.md", PUMP))
    expect(documents.page.get_by_text("“bakım.md” is already here.")).to_be_visible()
    expect(documents.page.locator("[data-document]")).to_have_count(1)


def test_dropped_files_are_taken_and_addresses_inside_the_network_are_not(documents: DocumentsPage) -> None:
    transfer = documents.page.evaluate_handle(
        """() => {
            const given = new DataTransfer()
            given.items.add(new File(['Zebras have stripes.'], 'zebra.txt'))
            given.items.add(new File(['Lions have manes.'], 'lion.txt'))
            return given
        }"""
    )
    documents.page.dispatch_event("body", "drop", {"dataTransfer": transfer})
    documents.expect_status("zebra.txt", "ready")
    documents.expect_status("lion.txt", "ready")
    address = documents.page.get_by_role("textbox", name="Address of a page or a file")
    address.fill("http://127.0.0.1/secret.txt")
    address.press("Enter")
    documents.expect_status("secret.txt", "failed")
    expect(documents.row("secret.txt")).to_contain_text("http://127.0.0.1/secret.txt")
    expect(documents.row("secret.txt")).to_contain_text("Only public http and https addresses")


def test_a_long_name_makes_the_page_no_wider_than_a_telephone(documents: DocumentsPage) -> None:
    documents.page.set_viewport_size({"width": 360, "height": 740})
    documents.give_ready(file(f"{'long' * 40}.txt", "short"))
    expect(documents.row("long")).to_contain_text("5 bytes")
    edges = documents.page.locator("main button").evaluate_all(
        "buttons => buttons.map(button => button.getBoundingClientRect().right)"
    )
    assert max(edges) <= 360


def test_the_switch_asks_all_lanes_with_the_same_passages_and_stays_on(
    documents: DocumentsPage, models: ModelServer
) -> None:
    documents.give_ready(file("bakım.md", PUMP))
    chat = documents.chat.open("/")
    chat.pick_model("quick-one")
    chat.add_lane("slow-one")
    chat.button("Answer from my documents").click()
    chat.say("Pompanın contası ne zaman değiştirilir?")
    asked = models.next_asked_by_model(2)
    prompts = [str(each.body["messages"][0]["content"]) for each in asked.values()]
    assert "[1] bakım.md · Bakım › Pompa\nSu pompasının" in prompts[0]
    assert prompts[0] == prompts[1]
    for each in asked.values():
        each.say("Her mart ayında [1]. Dizi: x[7].")
        each.finish()
    expect(chat.answers).to_have_count(2)
    chat.expect_status("complete")
    chat.page.reload()
    expect(chat.button("Answer from my documents")).to_have_attribute("aria-pressed", "true")
    cited = chat.answer.get_by_role("button", name="1", exact=True)
    cited.focus()
    chat.page.keyboard.press("Enter")
    passage = chat.page.get_by_role("dialog")
    expect(passage).to_contain_text("bakım.md")
    expect(passage.locator("mark").first).to_have_text("pompasının")
    chat.page.keyboard.press("Escape")
    expect(passage).to_have_count(0)
    expect(cited).to_be_focused()
    chat.answer.get_by_role("group", name="Sources").get_by_role("button").click()
    expect(passage).to_contain_text("Su pompasının")


def test_an_answer_says_that_the_documents_held_nothing(
    documents: DocumentsPage, models: ModelServer
) -> None:
    documents.give_ready(file("zebra.txt", "The animal has stripes."))
    chat = documents.chat.open("/")
    chat.pick_model("quick-one")
    chat.button("Answer from my documents").click()
    chat.say("Where do penguins live?")
    asked = models.next_asked()
    asked.say("At the South Pole.")
    asked.finish()
    chat.expect_status("complete")
    chat.page.reload()
    expect(chat.answer).to_contain_text("Nothing about this was found in your documents.")
    expect(chat.answer.get_by_role("group", name="Sources")).to_have_count(0)


def test_a_mark_in_the_message_asks_one_document_with_the_keyboard_alone(
    documents: DocumentsPage, models: ModelServer
) -> None:
    documents.give_ready(
        file("zebra.txt", "The animal has stripes."), file("lion.txt", "The animal has a mane.")
    )
    chat = documents.chat.open("/")
    chat.pick_model("quick-one")
    chat.composer.press_sequentially("What does the animal have? #lio")
    expect(chat.page.get_by_role("option")).to_have_text(["lion.txt"])
    chat.composer.press("Enter")
    expect(chat.composer).to_have_value("What does the animal have? ")
    chat.composer.press("Enter")
    asked = models.next_asked()
    prompt = str(asked.body["messages"][0]["content"])
    assert "mane" in prompt
    assert "stripes" not in prompt
    asked.say("A mane [1].")
    asked.finish()
    chat.expect_status("complete")
    expect(chat.questions.last.get_by_role("list", name="Asked documents")).to_have_text(
        re.compile("lion.txt")
    )
    expect(chat.button("Answer from my documents")).to_have_attribute("aria-pressed", "false")
    chat.composer.press_sequentially("#")
    chat.page.get_by_role("option", name="Manage documents…").click()
    expect(documents.page.get_by_role("heading", name="Library", exact=True)).to_be_visible()
