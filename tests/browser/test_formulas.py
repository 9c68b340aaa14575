"""A formula draws nothing over what stands above, below or beside it: on the page and in an exported one."""

from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Page, expect

from conversations.attachments import AttachmentStore
from conversations.export import export_document
from conversations.files.store import FileStore
from tests.browser.conftest import OpenChat
from tests.browser.model_server import ModelServer
from tests.conversations.samples import ID, answer, conversation, user
from tests.services.server import Divan

STRAYING = (
    r"\rule{20em}{-15em}\rule[-15em]{15em}{14em}",
    r"\smash{\rule[-6em]{20em}{12em}}",
    r"\raisebox{8em}{\smash{\color{red}\rule{9em}{6em}}}",
    r"\smash{\raisebox{-6em}{\colorbox{red}{over\rule{9em}{3em}}}}",
    r"a\\[-9em]\colorbox{red}{over what stands above}\rule{9em}{3em}",
    r"\kern-30em\colorbox{red}{before the line}\rule{9em}{3em}",
    r"\hspace{-20em}\llap{\rule{15em}{2em}}\mathllap{\rule{15em}{2em}}",
    r"\begin{matrix}a\\[-8em]\rule{20em}{3em}\end{matrix}",
    r"\vphantom{x}\smash[b]{\rule[-9em]{9em}{9em}}",
    r"\overset{\smash{\rule{9em}{9em}}}{x}_{\smash{\rule[-9em]{9em}{9em}}}",
)
TEXT = "".join(f"Above {n} stands this.\n\nIn a ${tex}$ line.\n\n" for n, tex in enumerate(STRAYING))
TEXT += "".join(f"Between {n} stands this.\n\n$$\n{tex}\n$$\n\n" for n, tex in enumerate(STRAYING))
TEXT += "At the end stands this."


def exported(data_dir: Path, text: str) -> str:
    store = FileStore(data_dir)
    store.create(conversation(), user("u1"), answer("a1", "u1", text))
    return export_document(store.open(ID), AttachmentStore(data_dir), "html").data.decode()


def drawn(page: Page, paragraphs: str) -> Sequence[bytes]:
    around = page.locator(paragraphs).filter(has_text="stands this")
    expect(around).to_have_count(2 * len(STRAYING) + 1)
    return [around.nth(n).screenshot(animations="disabled") for n in range(around.count())]


def assert_same_without(page: Page, paragraphs: str, formulas: str) -> None:
    """What stands around the formulas looks as it does where they are not drawn at all."""
    with_them = drawn(page, paragraphs)
    page.locator(formulas).evaluate_all("all => all.forEach((one) => { one.style.visibility = 'hidden' })")
    without = drawn(page, paragraphs)
    assert [n for n, (one, other) in enumerate(zip(with_them, without, strict=True)) if one != other] == []


def test_on_the_page(open_chat: OpenChat, divan_with_models: Divan, models: ModelServer) -> None:
    chat = open_chat(divan_with_models)
    chat.pick_model("slow-one")
    chat.say("Draw")
    asked = models.next_asked()
    asked.say(TEXT)
    asked.finish()
    chat.expect_status("complete")
    expect(chat.text.locator(".md-math:not([data-tex])")).to_have_count(0)
    assert chat.text.locator(".katex").count() > len(STRAYING)
    assert_same_without(chat.page, ".md p", ".md .katex *")


def test_in_an_exported_page(open_chat: OpenChat, divan: Divan, data_dir: Path) -> None:
    made = exported(data_dir, TEXT)
    page = open_chat(divan).page.context.new_page()
    page.set_content(made)
    assert page.locator("math").count() > len(STRAYING)
    assert_same_without(page, "article p", "math, math *")


def test_an_ordinary_formula_stands_whole_on_its_line(
    open_chat: OpenChat, divan: Divan, data_dir: Path
) -> None:
    """The box that holds it moves it by no more than what a browser rounds, and has it all within."""
    made = exported(data_dir, r"So $x^2$ and $\frac{a}{b}$ and $\int_0^1 f$ stand.")
    places = """[...document.querySelectorAll('math')].map((one) => {
        const {left, right, top, bottom} = one.getBoundingClientRect()
        return [left, right, top, bottom]
    })"""
    page = open_chat(divan).page.context.new_page()
    page.set_content(made)
    held = page.evaluate(places)
    boxes = page.evaluate(places.replace("'math'", "'.formula'"))
    page.add_style_tag(content="span.formula{display:inline;padding:0;margin:0;contain:none}")
    free = page.evaluate(places)
    assert len(held) == len(free) == 3
    for one, other in zip(held, free, strict=True):
        assert max(abs(a - b) for a, b in zip(one, other, strict=True)) < 2
    for (left, right, top, bottom), box in zip(held, boxes, strict=True):
        assert box[0] <= left < right <= box[1]
        assert box[2] <= top < bottom <= box[3]
