"""Files on the page: what a model will not get of them is said before they are sent and below the answer."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, expect

from tests.browser.conftest import OpenChat
from tests.browser.model_server import ModelServer
from tests.browser.test_composer import PIXEL
from tests.rag import makers
from tests.services.server import Divan, copy_database

# A family of which it is known that it sees no pictures.
BLIND = "gpt-3.5-turbo"


@pytest.fixture(scope="module")
def blind_models() -> Iterator[ModelServer]:
    with ModelServer([BLIND]) as running:
        yield running


@pytest.fixture
def divan_with_blind(
    tmp_path: Path, database_with_tables: Path, blind_models: ModelServer
) -> Iterator[Divan]:
    folder = tmp_path / "blind"
    copy_database(database_with_tables, folder)
    with Divan(folder, env={"OPENAI_SERVERS": f"fake={blind_models.url}/v1"}) as running:
        yield running


def payload(name: str, data: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": data}


def test_what_is_attached_is_cited_by_its_pages_and_what_is_not_seen_is_said(
    open_chat: OpenChat, divan_with_blind: Divan, blind_models: ModelServer, tmp_path: Path
) -> None:
    chat = open_chat(divan_with_blind)
    page = chat.page
    chat.pick_model(BLIND)
    report = makers.pdf(["Kapak: pompa raporu.", "", "Sonuç: conta mavi dolapta."])
    files = [
        payload("rapor.pdf", report),
        payload("foto.png", PIXEL),
        payload("arsiv.zip", b"PK\x03\x04 broken"),
    ]
    page.locator("input[type=file]").set_input_files(files)
    advice = page.locator("form.composer")
    expect(advice.get_by_text(f"{BLIND} cannot see images: it gets the text only.")).to_be_visible()
    expect(advice.get_by_text("“rapor.pdf” has pages without text (2).")).to_be_visible()
    expect(advice.get_by_text("Models get only its name.")).to_be_visible()
    page.screenshot(path=tmp_path / "composer.png")
    chat.composer.fill("Özetle")
    chat.composer.press("Enter")
    asked = blind_models.next_asked()
    sent = str(asked.body["messages"])
    assert "conta mavi dolapta" in sent
    assert "image_url" not in sent
    asked.say("Conta mavi dolapta [2].")
    asked.finish()
    chat.expect_status("complete")
    chip = chat.answer.get_by_role("button", name="rapor.pdf · p. 3")
    chip.click()
    expect(page.get_by_role("dialog").get_by_text("Sonuç: conta mavi dolapta.")).to_be_visible()
    page.screenshot(path=tmp_path / "answer.png")
    page.keyboard.press("Escape")
    expect(chat.answer.get_by_text("Pages without text: 2. The model did not see them.")).to_be_visible()
    expect(chat.answer.get_by_text("was not seen: this model cannot see images.")).to_be_visible()
    expect(chat.answer.get_by_text("the model got its name only.")).to_be_visible()
