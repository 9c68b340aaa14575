"""Formulas of an answer in a page that stands alone."""

import pytest
from playwright.sync_api import sync_playwright

from conversations.attachments import AttachmentStore
from conversations.export import export_document
from conversations.files.store import FileStore
from tests.conversations.samples import ID, answer, conversation, user

BOMB = (
    r"\def\a{xx}" + "".join(rf"\def\{chr(98 + n)}{{\{chr(97 + n)}\{chr(97 + n)}}}" for n in range(20)) + r"\v"
)
HOSTILE = (
    r"$\href{javascript:alert(1)}{x}$ $\style{position:fixed}{x}$ $\class{a}{x}$ "
    r'$\text{<img src=x onerror=alert(1)>}$ $\color{"onload="alert(1)}{x}$ $\text{&lt;script&gt;}$ '
    r"$\hspace{99999cm}x$"
)


def body(store: FileStore, text: str) -> str:
    """What stands in the page for an answer's words."""
    store.create(conversation(), user("u1"), answer("a1", "u1", text))
    page = export_document(store.open(ID), AttachmentStore(store.folders.data), "html").data.decode()
    return page.partition("</h2>\n")[2].partition("</h2>\n")[2].partition("</article>")[0]


@pytest.mark.parametrize(
    ("text", "display"),
    [
        (r"So $x^2$.", "inline"),
        (r"So \(x^2\).", "inline"),
        ("$$\nx^2\n$$", "block"),
        (r"\[ x^2 \]", "block"),
        ("- first\n\n  $$x^2$$", "block"),
    ],
)
def test_a_formula_is_mathml(store: FileStore, text: str, display: str) -> None:
    shown = body(store, text)
    assert f'<math display="{display}" alttext="x^2">' in shown
    assert "<msup><mi>x</mi><mn>2</mn></msup>" in shown
    assert "$" not in shown


@pytest.mark.parametrize(
    "text",
    [
        "It costs $5, or $6 with milk.",
        "From $5 to 6$ a piece.",
        "`$x^2$` is code",
        r"\$x^2\$",
        "US$x and A$y",
        r"$\frac$",
        r"$\undefined{x}$",
        r"$\frac{a}$",
        r"$x^$",
        r"$\left( x$",
        "$$\nx^2",
        "$$\nx\n\ny\n$$",
        f"${BOMB}$",
        "$" + "{" * 1_900 + "x" + "}" * 90 + "$",
    ],
)
def test_money_code_and_what_is_no_formula_stay_text(store: FileStore, text: str) -> None:
    assert "<math" not in body(store, text)


def test_a_broken_formula_keeps_its_marks(store: FileStore) -> None:
    assert body(store, "So $x^$ and\n\n$$\n\\frac\n$$").strip() == "<p>So $x^$ and</p>\n<p>$$\\frac$$</p>"


@pytest.mark.parametrize("environment", ["aligned", "align*", "cases", "pmatrix", "gathered"])
def test_rows_stand_below_each_other(store: FileStore, environment: str) -> None:
    shown = body(store, rf"$$\begin{{{environment}}}a \\ b\end{{{environment}}}$$")
    assert shown.count("<mtr>") == 2


def test_a_formula_runs_and_fetches_nothing(store: FileStore, chromium: str) -> None:
    shown = body(store, HOSTILE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.set_content(shown)
        risky = page.evaluate(
            "[...document.querySelectorAll('math *')].filter((one) => one.namespaceURI.includes('html') ||"
            " ['href', 'style', 'class', 'onload', 'onerror'].some((name) => one.hasAttribute(name))).length"
        )
        found = page.locator("math").count()
        browser.close()
    assert (risky, found) == (0, 7)
    assert 'width="99999cm"' not in shown
