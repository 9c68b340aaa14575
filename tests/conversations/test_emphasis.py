"""Emphasis beside letters that stand without spaces: in documents, and in titles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from chat.prompting.titles import clean_title
from conversations.attachments import AttachmentStore
from conversations.emphasis import use_cjk_emphasis
from conversations.export import export_document
from conversations.files.store import FileStore

from .samples import ID, answer, conversation, user

PIECES = ["**", "*", "***", "_", "__", "~~", *"aıяé“”«().2`—\n 🎉"]


def parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


MARKED = use_cjk_emphasis(parser())

SAID = [
    ("**“引用”**的意思。", "<strong>“引用”</strong>的意思。"),
    ("**你好：**世界。", "<strong>你好：</strong>世界。"),
    ("これは**「重要」**です。", "これは<strong>「重要」</strong>です。"),
    ("**굵게**는", "<strong>굵게</strong>는"),
    ("**“굵게”**는 그리고 **(강조)**를", "<strong>“굵게”</strong>는 그리고 <strong>(강조)</strong>를"),
    ("这是*“斜体”*的", "这是<em>“斜体”</em>的"),
    ("这是***“都有”***的", "这是<em><strong>“都有”</strong></em>的"),
    ("这是~~“删除”~~的", "这是<s>“删除”</s>的"),
    ("**50%**的人", "<strong>50%</strong>的人"),
    ("𠮷野家**“牛丼”**𠮷野家", "𠮷野家<strong>“牛丼”</strong>𠮷野家"),
    ("2**3**4 和 snake_case_名", "2<strong>3</strong>4 和 snake_case_名"),
    ("这 ** 不是 ** 强调", "这 ** 不是 ** 强调"),
    ("你好**世界", "你好**世界"),
]


@pytest.mark.parametrize(("source", "html"), SAID)
def test_marks_are_read_beside_letters_without_spaces(source: str, html: str) -> None:
    assert MARKED.renderInline(source) == html


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_every_other_text_stays_as_it_was(source: str) -> None:
    assert MARKED.render(source) == parser().render(source)


def test_the_export_in_html_shows_them(store: FileStore) -> None:
    text = "**“引用”**的意思。"
    store.create(conversation(), user("u1"), answer("a1", "u1", parts=[{"type": "text", "text": text}]))
    page = export_document(store.open(ID), AttachmentStore(store.folders.data), "html").data.decode()
    assert "<strong>“引用”</strong>的意思。" in page


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("**“引用”**的意思", "“引用”的意思"),
        ("这是**「重要」**的事", "这是「重要」的事"),
        ("**굵게**는", "굵게는"),
    ],
)
def test_titles_lose_them(said: str, title: str) -> None:
    assert clean_title(said) == title
