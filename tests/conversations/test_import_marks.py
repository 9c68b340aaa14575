"""ChatGPT's marks for sources, which become links or go."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.files.store import FileStore
from conversations.importers.chatgpt_marks import resolve_marks
from tests.conversations.test_import import only, spoken, take

pytestmark = pytest.mark.django_db
EXPORTS = Path(__file__).parent / "exports"
LINK = "[a.example](https://a.example/x)"
KNOWN = {
    "content_references": [
        {"matched_text": "\ue200cite\ue202turn0search1\ue201", "alt": f"({LINK})"},
        {
            "matched_text": "\ue200cite\ue202turn0search2\ue201",
            "alt": None,
            "items": [{"url": "https://a.example/x"}],
        },
        {"matched_text": "\ue200cite\ue202turn0search3\ue201", "items": [{"url": "javascript:alert(1)"}]},
        {"matched_text": "【1†source】", "safe_urls": ["https://www.a.example/x"]},
        {"matched_text": " ", "type": "sources_footnote", "alt": "nothing"},
    ]
}


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Closed \ue200cite\ue202turn0search1\ue201.", f"Closed ({LINK})."),
        ("Closed\ue200cite\ue202turn0search2\ue201.", f"Closed ({LINK})."),
        ("Closed \ue200cite\ue202turn0search3\ue201.", "Closed."),
        ("Closed 【1†source】.", f"Closed ({LINK.replace('//', '//www.')})."),
        ("Closed【2†source】【3:0†rapor.pdf】, open.", "Closed, open."),
        ("A \ue200cite\ue202turn9search9\ue202turn9news1\ue201 B", "A B"),
        ("A \ue200cite\ue202x\ue201 \ue200cite\ue202y\ue201 B", "A B"),
        ("A\ue200cite\ue202x\ue201B", "AB"),
        ("A \ue200cite\ue202x\ue201", "A"),
        ('one\n\n\ue200image_group\ue202{"query": ["a"]}\ue201\n\ntwo', "one\n\ntwo"),
        ("one\n\n- a\n- \ue200navlist\ue202News\ue202turn0news2\ue201\n- b", "one\n\n- a\n- b"),
        ('The \ue200entity\ue202["museum","Örnek Müzesi","Ankara"]\ue201 is', "The Örnek Müzesi is"),
        ('The \ue200entity["museum","Örnek Müzesi","Ankara"]\ue201 is', "The Örnek Müzesi is"),
        ("See \ue200url\ue202the page\ue202turn0search1\ue201.", "See the page."),
        ("Torn \ue200cite\ue202turn0search1 end", "Torn end"),
        ("Torn \ue200cite", "Torn"),
        ("Lost citeturn0search3turn0news1.", "Lost."),
        ("Lost fileciteturn0file0 here", "Lost here"),
        ("x \ue201\ue202 y", "x  y"),
        ("I cite【your】 work, and  keep   spaces\n\n\n\nas they are", None),
        ("(Müze) 【kaynak】 † ", None),
    ],
)  # fmt: skip
def test_chatgpts_marks_become_links_or_go(text: str, read: str | None) -> None:
    assert resolve_marks(text, KNOWN) == (text if read is None else read)


def test_marks_that_stand_at_known_places_become_links() -> None:
    text = "Kapalı 【12†source】."
    about = {
        "citations": [{"start_ix": 7, "end_ix": 18, "metadata": {"url": "https://a.example/x", "title": "T"}}]
    }
    assert resolve_marks(text, about) == f"Kapalı ({LINK})."


@given(st.text(alphabet="a .\n\ue200\ue201\ue202\ue203【†】cite", max_size=60))
def test_no_mark_leaves_anything_behind(text: str) -> None:
    assert not any("\ue200" <= char <= "\ue20f" for char in resolve_marks(text, {}))


def test_a_chatgpt_export_has_links_for_marks(store: FileStore, tmp_path: Path) -> None:
    take(store, tmp_path / "a.json", (EXPORTS / "chatgpt_citations.json").read_text())
    assert spoken(only(store))[1] == (
        "assistant: Müze pazartesi kapalıdır ([ornek.example](https://ornek.example/muze)). "
        "Örnek Müzesi için bilet gerekir."
    )
