"""The page as a person sees it: what there is to click and to read."""

import re
from re import Pattern

from playwright.sync_api import Dialog, Locator, Page, expect

SECONDS_TO_SHOW = 10.0
expect.set_options(timeout=SECONDS_TO_SHOW * 1000)

TROUBLE = re.compile(r"Content Security Policy|Refused to|Uncaught|\[Vue warn\]|\[intlify\]", re.IGNORECASE)


class ChatPage:
    """One tab. What goes wrong in it silently (script errors, CSP violations) gathers in `troubles`."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.troubles: list[str] = []
        self.requests: list[str] = []
        page.on("pageerror", lambda error: self.troubles.append(f"script error: {error}"))
        page.on("console", lambda message: self._hear(message.text))
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("dialog", self._refuse)

    def _refuse(self, dialog: Dialog) -> None:
        self.troubles.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _hear(self, text: str) -> None:
        if TROUBLE.search(text):
            self.troubles.append(text)

    def open(self, path: str = "/") -> "ChatPage":
        self.page.goto(self.url + path)
        expect(self.composer).to_be_visible()
        return self

    @property
    def composer(self) -> Locator:
        return self.page.locator("#composer")

    @property
    def path(self) -> str:
        return self.page.url.removeprefix(self.url)

    @property
    def answers(self) -> Locator:
        return self.page.locator("[data-answer]")

    @property
    def questions(self) -> Locator:
        return self.page.locator("[data-message]")

    @property
    def question_texts(self) -> Locator:
        """Their words alone, without what stands around them."""
        return self.questions.locator(".text")

    @property
    def answer(self) -> Locator:
        """The last answer."""
        return self.answers.last

    @property
    def rows(self) -> Locator:
        """The conversations at the left."""
        return self.page.get_by_role("navigation").locator("[data-conversation]")

    def text_of(self, answer: Locator) -> Locator:
        return answer.locator(".md").last

    @property
    def text(self) -> Locator:
        return self.text_of(self.answer)

    def button(self, name: str | Pattern[str]) -> Locator:
        return self.page.get_by_role("button", name=name, exact=isinstance(name, str) or None)

    def new_chat(self) -> None:
        """By the button of the sidebar: the title of a conversation that has none yet reads the same."""
        sidebar = self.page.get_by_role("complementary", name="Conversations")
        sidebar.get_by_role("button", name="New chat", exact=True).click()

    def undo(self, said: str) -> None:
        """Takes back what a note speaks of. It comes with the server's word: an older one may still stand."""
        note = self.page.locator(".toast").filter(has_text=said)
        note.get_by_role("button", name="Undo").click()

    def say(self, text: str) -> None:
        self.composer.fill(text)
        self.composer.press("Enter")

    def ask_echo(self, text: str, directions: str = "") -> None:
        """Asks the built-in model and waits until it has answered."""
        count = self.answers.count()
        self.say(f"/echo {directions}\n{text}" if directions else text)
        expect(self.answers).to_have_count(count + 1)
        self.expect_status("complete")

    def expect_status(self, status: str) -> None:
        expect(self.answer).to_have_attribute("data-status", status)

    def expect_conversation(self) -> str:
        """Waits for the conversation's own address, and returns it."""
        expect(self.page).to_have_url(re.compile(r"/c/\d{8}-\d{6}-[a-z0-9]{8}$"))
        return self.path

    def pick_model(self, model: str, lane: int = 0) -> None:
        self.button(re.compile("^Change the model")).nth(lane).click()
        self.choose_model(model)

    def add_lane(self, model: str) -> None:
        self.button("Add a model").click()
        self.choose_model(model)

    def choose_model(self, model: str) -> None:
        search = self.page.get_by_role("combobox", name="Search models")
        search.fill(model)
        self.page.get_by_role("option").filter(has_text=model).first.click()
        expect(search).to_have_count(0)
